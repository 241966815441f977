"""Sentences that announce a step, and sentences that answer."""

from __future__ import annotations

import pytest

from pyagent.parsing.plans import announces_step

PLANS = [
    "The first file has three rows. Next I open the second file.",
    "Next, I'll open the second file.",
    "There are 3 rows. I will now compute the mean.",
    "Now let's check the other column!",
    "Good. Let me look at the second page.",
    "I\u2019ll search for it.",
    "We need to read the file first.",
    "Okay, now I am going to run the tests.",
    "So far 12 rows.\n\n**Next step:** open the second file",
    "The next step is to count them.",
    "I still have to verify the total.",
    "Searching for the population of Lisbon...",
    "Let me run this. This will give the total.",
    "Now I sum up:",
    "Proceeding to the second file…",
    "Moving on to the next page.",
    "Time to open the second file.",
    "There are 3 rows. It's time to read the other one.",
    "Thought: I must open the other file.",
    "**Thought:** I must open the other file.",
    "There are 3 rows.\nStep 2: read the second file.",
    "Done with the first part; on to the second.",
    "To finish, the second file must be read.",
    "Ich öffne jetzt die zweite Datei.",
    "Die erste Datei hat drei Zeilen. Als Nächstes öffne ich die zweite Datei.",
    "Jetzt werde ich die Summe berechnen.",
    "Ich werde nun die zweite Datei lesen.",
    "Le premier fichier a trois lignes. Je vais maintenant ouvrir le second.",
    "Ahora voy a abrir el segundo archivo.",
    "Em seguida, vou calcular a média.",
    "Ora apro il secondo file.",
    "Vervolgens open ik het tweede bestand.",
    "Теперь я открою второй файл.",
    "第一个文件有三行。接下来我打开第二个文件。",
    "次に二番目のファイルを開きます。",
    "이제 두 번째 파일을 열겠습니다.",
]

ANSWERS = [
    "It is 7.",
    "Let me check. The total is 7.",
    "I will look at it: the second file has three rows, so there are six in all. Both are clean.",
    "I opened the second file. It has three rows.",
    "The next step in the recipe is baking.",
    "Dear Ann,\n\nI will send you the figures tomorrow.\n\nBest wishes\nBob",
    "Let me know if anything is unclear.",
    "Should I open the second file?",
    "I will run it again if you want.",
    "Once you confirm, I will delete it. I can open the second file when you say so.",
    "The company plans to open a second shop.",
    "We recommend the second offer.",
    "I need your permission for that.",
    "I could not open the second file, because it is empty.",
    "Opening hours: 9 to 5.",
    "Next year the population will reach 8 million.",
    "Then the sum is 12.",
    "Then we find that x is 5.",
    "Now I check both: 3 + 4 = 7.",
    "I will see you in Rome.",
    "Next, run the installer.",
    "Let's go!",
    "Time to process the file: 3 seconds.",
    "Time to open the file is 3 ms.",
    "Step 1: install it.\nStep 2: run the tests.",
    "To finish, the form must be signed.",
    "To finish, press the button.",
    "Moving on to the next quarter, sales rise.",
    "Done with the first part.",
    "Thought: the total is 7.",
    "Ich öffne die Tür um neun.",
    "Now the list is sorted.",
    "Jetzt ist die Summe 12.",
    "Dann ist das Ergebnis 7.",
    "Le total est maintenant 12.",
    "现在总数是12。",
    "",
]


@pytest.mark.parametrize("text", PLANS)
def test_text_that_ends_with_a_plan_announces_a_step(text: str) -> None:
    assert announces_step(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_text_that_ends_with_a_result_or_a_question_does_not(text: str) -> None:
    assert not announces_step(text)
