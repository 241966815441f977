"""Code that rests on what a model was told, and code that does not."""

from __future__ import annotations

import pytest

from pyagent.parsing.made_up import MAX_CODE_CHARS, is_plain_answer, made_up

RESTS_ON_THE_TASK = [
    ("What is 15% of 240?", "final_answer(240 * 15 / 100)"),
    ("A coat costs 80. It is reduced by 25%.", "final_answer(80 * 0.75)"),
    ("How many seconds are 3 hours?", "hours = 3\nfinal_answer(hours * 60 * 60)"),
    ("Convert 98.6 degrees Fahrenheit.", "final_answer((98.6 - 32) * 5 / 9)"),
    ("I am 5 feet 11 inches tall.", "final_answer((5 * 12 + 11) * 2.54)"),
    ("Sort 7, 42, 3.", "numbers = [7, 42, 3]\nnumbers.sort()\nfinal_answer(numbers)"),
    ("Mean of three values: 1,5; 2,5; 4", "final_answer((1.5 + 2.5 + 4) / 3)"),
    (
        "Weekday of 4 July 1999?",
        "from datetime import date\nfinal_answer(date(1999, 7, 4).strftime('%A'))",
    ),
    (
        "How many vowels has encyclopedia?",
        "final_answer(sum(c in 'aeiou' for c in 'encyclopedia'))",
    ),
    ("Who is older?\nAnn,31\nBob,4.5", 'a = [("Ann", 31), ("Bob", 4.5)]\nfinal_answer(max(a)[0])'),
    ("Twelve eggs cost 3 euros. One?", "final_answer(3 / 12)"),
    ("Is 391 prime?", "n = 391\nfinal_answer(all(n % i for i in range(2, n)))"),
    ("Say it: ha ha", "final_answer(' '.join(['ha'] * 2))"),
    ("1.234.567 or 1,234,567?", "final_answer(1234567 == 1_234_567.0 + 0)"),
]
MADE_UP = [
    ("How many chairs are in the store?", "chairs = 100\nfinal_answer(chairs * 1)", "100"),
    ("What are 40 CHF in euros?", "final_answer(40 * 0.93)", "0.93"),
    ("What are 40 CHF in euros?", "final_answer(40 / 1.0)", "40 / 1.0"),
    ("Who earns more, Ann or Bob?", 'pay = {"Ann": 5200}\nfinal_answer(max(pay))', "5200"),
    ("Where does Bob work?", 'rows = {"Bob": "IT"}\nfinal_answer(rows["Bob"])', "'IT'"),
    ("Temperature in Oslo?", 'x = "Oslo".title()\ny = "mild"\nfinal_answer(y)', "y"),
    ("Temperatures?", "final_answer([12.5, 13.5])", "12.5"),
    ("We need 50 chairs. How many are missing?", "n = 50\nfinal_answer(n - n)", "n - n"),
    ("Is it colder than 10 degrees?", "t = 10\nfinal_answer(t < 10)", "t < 10"),
    ("Bitcoin price?", "import requests\nfinal_answer(len(requests.get('x').text))", "requests"),
    ("Mail Ann.", "from smtplib import SMTP\nfinal_answer(str(SMTP()))", "smtplib"),
    ("When does the train leave?", 't = "12:00".split(":")\nfinal_answer(t)', "'12:00'"),
    (
        "At what age did Ada die?",
        "from datetime import date\nfinal_answer(date(1852, 1, 1).year)",
        "1852",
    ),
    ("How old is she?", "import time\nfinal_answer(time.time())", "(nothing of the task)"),
    ("Go.", "final_answer(", "(unreadable code)"),
    ("Go.", "x = 1\n" * MAX_CODE_CHARS, "(long code)"),
    ("Go.", "-" * 15_000 + "1", "(unreadable code)"),
]


@pytest.mark.parametrize(("task", "code"), RESTS_ON_THE_TASK)
def test_values_of_the_task_and_of_common_knowledge_are_not_made_up(task: str, code: str) -> None:
    assert made_up(code, task) == []


@pytest.mark.parametrize(("task", "code", "part"), MADE_UP)
def test_values_that_nobody_gave_are_made_up(task: str, code: str, part: str) -> None:
    assert part in made_up(code, task)


@pytest.mark.parametrize(
    ("code", "is_plain"),
    [
        ('final_answer("Hello!")', True),
        ('name = "Goethe"\nfinal_answer(name)', True),
        ('final_answer(answer="Yes.")', True),
        ("final_answer(750)", False),
        ("final_answer(3 * 4)", False),
        ("final_answer([1, 2])", False),
        ('print("Hello!")', False),
        ("final_answer(", False),
        ("final_answer(1)\n" * MAX_CODE_CHARS, False),
    ],
)
def test_an_answer_that_is_only_written_down_is_plain(code: str, is_plain: bool) -> None:
    assert is_plain_answer(code) is is_plain
    if is_plain:
        assert made_up(code, "Hi.") == []


def test_what_an_observation_said_was_told() -> None:
    code = "final_answer(2 * 84.5)"
    assert made_up(code, "What do two nights cost?") == ["84.5"]
    assert made_up(code, "What do two nights cost?\nObservation:\n{'price': 84.5}") == []
