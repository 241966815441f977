"""Replies that end with a list of steps, and the tasks that they reply to."""

# ruff: noqa: E501, RUF001 - a reply is easier to read on one line, and some are not in English.

from __future__ import annotations

TO_BE_TAKEN: list[tuple[str, str]] = [
    (
        "How many rows do both files have?",
        "Plan:\n1. Read the first file.\n2. Read the second file.\n3. Add the numbers of rows.",
    ),
    (
        "Which city is the warmest?",
        "Here is my plan:\n- Load the CSV\n- Group by city\n- Take the maximum mean temperature",
    ),
    (
        "Find the author of the paper.",
        "The page was fetched.\n\n**Next steps:**\n1. Extract the author's name\n2. Verify it against the second source",
    ),
    (
        "Total sales in 2023?",
        "## Plan\n\n1. **Load the data** from sales.csv\n2. **Filter** to 2023\n3. **Sum** the amounts",
    ),
    (
        "Compute the mean.",
        "My approach:\n1) open data.json\n2) convert the strings to numbers\n3) compute the mean",
    ),
    (
        "What is the population of Lisbon?",
        "To answer this, I will:\n1. Search for Lisbon\n2. Read the article\n3. Report the population",
    ),
    (
        "Clean the table.",
        "Steps to take:\n* Drop the empty columns\n* Fix the dates\n* Save the result as clean.csv",
    ),
    (
        "Compare both budgets.",
        "The first budget is 3,400 euros.\n\nRemaining steps:\n- parse the second budget\n- compute the difference",
    ),
    (
        "Is the site up?",
        "Step 1: Send a request to the site.\nStep 2: Check the status code.\nStep 3: Tell you the result.",
    ),
    (
        "Plot the temperatures.",
        "I'll do the following:\n\n- parse the timestamps\n- plot the series\n- save it as a PNG",
    ),
    (
        "How many words has the text?",
        "Okay. First, I'll read the file. Then I'll split it into words. Finally, I'll count them.",
    ),
    (
        "Which student has the best grade?",
        "Todo:\n[ ] read grades.xlsx\n[ ] sort by grade\n[ ] print the first row",
    ),
    (
        "Sum the invoices.",
        "**Plan**\n\nFirst, extract the totals from each PDF. Second, add them up. Third, return the sum.",
    ),
    (
        "Which month is the rainiest?",
        "What I will do next:\n1. Aggregate the rain by month\n2. Pick the month with the most rain",
    ),
    (
        "Check the links in page.html.",
        "I found 14 links so far.\n\nNext:\n1. Request each link\n2. Note the ones that fail",
    ),
    (
        "What changed between the two versions?",
        "Action plan:\n1. Diff the two files\n2. Summarize the changes",
    ),
    (
        "When was the bridge built?",
        "Strategy:\n- look up the bridge in Wikipedia\n- confirm the year with another page",
    ),
    (
        "Translate the file.",
        "Here's how I'll proceed:\n1. Read input.txt\n2. Translate each paragraph\n3. Write output.txt",
    ),
    (
        "Find duplicates.",
        "Let me break this down:\n\n1. Load customers.csv\n2. Normalize the e-mail addresses\n3. Find addresses that occur twice",
    ),
    (
        "Which product sells best?",
        "The data has 5 columns.\n\nThe next steps are:\n(a) group by product\n(b) sum the quantity\n(c) sort descending",
    ),
    (
        "Wie viele Zeilen haben beide Dateien?",
        "Plan:\n1. Erste Datei lesen\n2. Zweite Datei lesen\n3. Zeilen addieren",
    ),
    (
        "Welche Stadt ist am wärmsten?",
        "Nächste Schritte:\n- CSV laden\n- nach Stadt gruppieren\n- Mittelwerte vergleichen",
    ),
    (
        "Wer hat das Buch geschrieben?",
        "Mein Vorgehen:\n1. Ich suche das Buch bei Wikipedia.\n2. Ich lese den Namen des Autors.",
    ),
    (
        "Summiere die Rechnungen.",
        "Die erste Rechnung beträgt 40 Euro.\n\n**Nächste Schritte**\n\n1. Zweite Rechnung auslesen\n2. Summe bilden",
    ),
    (
        "Ist die Seite erreichbar?",
        "Ich werde wie folgt vorgehen:\n1. Anfrage senden\n2. Statuscode prüfen",
    ),
    (
        "Combien de lignes ont les deux fichiers ?",
        "Plan :\n1. Lire le premier fichier\n2. Lire le deuxième fichier\n3. Additionner",
    ),
    (
        "Quelle ville est la plus chaude ?",
        "Prochaines étapes :\n- charger le CSV\n- regrouper par ville\n- prendre le maximum",
    ),
    (
        "Qui a écrit ce livre ?",
        "Voici mon plan :\n1. Chercher le livre\n2. Lire la page\n3. Donner l'auteur",
    ),
    (
        "Calcule la moyenne.",
        "Étapes à suivre :\n1. Ouvrir data.json\n2. Convertir les valeurs\n3. Calculer la moyenne",
    ),
    (
        "Trouve les doublons.",
        "Le fichier a 300 lignes.\n\nÉtapes suivantes :\n* normaliser les adresses\n* compter les doublons",
    ),
    (
        "¿Cuántas filas tienen los dos archivos?",
        "Plan:\n1. Leer el primer archivo\n2. Leer el segundo archivo\n3. Sumar las filas",
    ),
    (
        "¿Qué ciudad es la más cálida?",
        "Próximos pasos:\n- cargar el CSV\n- agrupar por ciudad\n- calcular el máximo",
    ),
    (
        "¿Quién escribió el libro?",
        "Mi plan es el siguiente:\n1. Buscar el libro\n2. Leer el artículo\n3. Dar el autor",
    ),
    (
        "Suma las facturas.",
        "La primera factura es de 40 euros.\n\nSiguientes pasos:\n1. Extraer la segunda\n2. Sumarlas",
    ),
    (
        "Calcula la media.",
        "Pasos a seguir:\n1. Abrir data.json\n2. Convertir los valores\n3. Calcular la media",
    ),
    (
        "两个文件一共有多少行？",
        "计划：\n1. 读取第一个文件\n2. 读取第二个文件\n3. 把行数相加",
    ),
    (
        "哪个城市最热？",
        "已读取文件。\n\n下一步：\n1. 按城市分组\n2. 计算平均气温",
    ),
    (
        "Сколько строк в обоих файлах?",
        "План:\n1. Прочитать первый файл\n2. Прочитать второй файл\n3. Сложить строки",
    ),
    (
        "Qual é a cidade mais quente?",
        "Próximos passos:\n1. Carregar o CSV\n2. Agrupar por cidade\n3. Calcular o máximo",
    ),
    (
        "Quante righe hanno i due file?",
        "Prossimi passi:\n1. Leggere il primo file\n2. Leggere il secondo file\n3. Sommare le righe",
    ),
    (
        "Find the cheapest flight in flights.csv",
        "I understand the task. Here's the plan:\n\n1. Read `flights.csv`\n2. Find the row with the lowest price\n3. Return it",
    ),
    (
        "What is the capital of the largest country in the table?",
        "Thought: I need to look at the table first.\n\nPlan:\n- inspect columns\n- sort by area\n- answer",
    ),
    (
        "How many users signed up in May?",
        "The file has 1,204 rows and a column `signup_date`.\n\n### Next steps\n\n1. Parse `signup_date` as dates.\n2. Keep the rows of May 2024.\n3. Count them.",
    ),
    (
        "Is 2^61-1 prime?",
        "I will proceed as follows:\n\n* Import sympy\n* Call isprime(2**61 - 1)",
    ),
    (
        "Get the title of https://example.com",
        "To do:\n- [x] import requests\n- [ ] fetch the page\n- [ ] extract the title",
    ),
    (
        "Which of these files is the largest?",
        "We need to:\n1. List the files\n2. Get the size of each\n3. Compare the sizes",
    ),
    (
        "Convert the temperatures to Celsius.",
        "My plan is to do this in three steps:\n\n1. Load the data.\n2. Convert each value.\n3. Save the new file.",
    ),
    (
        "What's the total of column B?",
        "Got it! I'm going to:\n1. Open the workbook with openpyxl\n2. Iterate over column B\n3. Add up the numbers",
    ),
    (
        "Find the bug.",
        "I've looked at main.py and it seems fine.\n\nWhat's next:\n1. Look at utils.py\n2. Run the tests",
    ),
    (
        "Who is the oldest person in the list?",
        "**Execution Plan**\n**Step 1:** Read people.json\n**Step 2:** Sort by birth date\n**Step 3:** Output the first name",
    ),
    (
        "How old is the universe?",
        "Plan: search for the age of the universe, then answer.",
    ),
    (
        "Plot sales by month.",
        "Sure, here is how I'll do it:\n1. Group by month.\n2. Plot a bar chart with matplotlib.",
    ),
    (
        "Answer the questions in quiz.txt",
        "There are five questions in the file.\n\nUpcoming tasks:\n1. Search for the answer of question 1\n2. Search for the answer of question 2",
    ),
    (
        "Extract all e-mail addresses.",
        "Approach:\n  1. Use a regular expression\n  2. Remove duplicates\n  3. Print the result",
    ),
    (
        "How far is it from Rome to Oslo?",
        "I'd start with the coordinates of both cities.\n\nNext steps:\n1. Look up the coordinates of Rome\n2. Look up the coordinates of Oslo\n3. Compute the distance",
    ),
    (
        "Rename the columns.",
        "Tasks:\n1. Load table.csv\n2. Rename the columns\n3. Write table.csv",
    ),
    (
        "Which word occurs most?",
        "The steps I'll follow are:\n1. Split the text\n2. Count each word\n3. Take the maximum",
    ),
    (
        "What is the weather in Paris?",
        "First I need to find a weather service. Then I will call it. After that I will report the temperature.",
    ),
    (
        "Compute the correlation of x and y.",
        "Let's break the problem into steps:\n\n1. Read the data\n2. Compute the correlation with numpy\n3. Interpret it",
    ),
    (
        "Check whether the two lists are equal.",
        "Strategy\n--------\n1. Sort both lists\n2. Compare them element by element",
    ),
    (
        "Wie viele Einwohner hat Porto?",
        "Ich gehe so vor:\n1. Wikipedia-Seite von Porto öffnen\n2. Einwohnerzahl auslesen",
    ),
    (
        "Welche Spalte hat die meisten Lücken?",
        "Die Tabelle hat acht Spalten.\n\nWeitere Schritte:\n- Lücken je Spalte zählen\n- Spalten sortieren",
    ),
    (
        "Rechne die Beträge um.",
        "**Plan**\n1. Kurs abrufen\n2. Beträge umrechnen\n3. Ergebnis speichern",
    ),
    (
        "Finde den Fehler.",
        "Als Nächstes:\n1. utils.py lesen\n2. Tests ausführen",
    ),
    (
        "Sortiere die Liste.",
        "So gehe ich vor:\n- Liste laden\n- Liste sortieren\n- Liste ausgeben",
    ),
    (
        "Quel est le prix moyen ?",
        "Je vais procéder ainsi :\n1. Charger le fichier\n2. Calculer la moyenne",
    ),
    (
        "Qui a gagné le Tour 1998 ?",
        "Mon plan :\n- Rechercher l'article\n- Lire le vainqueur",
    ),
    (
        "Trie les lignes.",
        "Le fichier est chargé.\n\nProchaines étapes :\n1. Trier les lignes\n2. Enregistrer le résultat",
    ),
    (
        "Convertis les devises.",
        "Étapes :\n1. Récupérer le taux\n2. Convertir les montants",
    ),
    (
        "Compare les deux textes.",
        "Voici la démarche :\n1. Lire les deux textes\n2. Comparer les mots",
    ),
    (
        "¿Cuál es el precio medio?",
        "Voy a hacer lo siguiente:\n1. Cargar el archivo\n2. Calcular la media",
    ),
    (
        "¿Quién ganó el Tour de 1998?",
        "Plan de acción:\n- Buscar el artículo\n- Leer el ganador",
    ),
    (
        "Ordena las líneas.",
        "El archivo tiene 20 líneas.\n\nPróximos pasos:\n1. Ordenar las líneas\n2. Guardar el resultado",
    ),
    (
        "Convierte las monedas.",
        "Pasos:\n1. Obtener el tipo de cambio\n2. Convertir los importes",
    ),
    (
        "Compara los dos textos.",
        "Este es el plan:\n1. Leer los dos textos\n2. Comparar las palabras",
    ),
    (
        "平均价格是多少？",
        "我将按以下步骤进行：\n1. 加载文件\n2. 计算平均值",
    ),
    (
        "谁赢得了1998年环法？",
        "下一步：\n1、搜索文章\n2、读取冠军",
    ),
    (
        "Какая средняя цена?",
        "Мой план:\n1. Загрузить файл\n2. Посчитать среднее",
    ),
    (
        "平均価格は？",
        "計画：\n1. ファイルを読み込む\n2. 平均を計算する",
    ),
    (
        "Qual é o preço médio?",
        "Vou fazer o seguinte:\n1. Carregar o arquivo\n2. Calcular a média",
    ),
    (
        "What is the median age?",
        "Alright, the steps ahead:\n1) load ages.csv\n2) sort the ages\n3) pick the middle one",
    ),
    (
        "Does the API support paging?",
        "The documentation page has 12 sections.\n\n**To do next**\n- read the section on lists\n- try the endpoint with page=2",
    ),
    (
        "List the ten longest words.",
        "Plan of action:\n1. Tokenize the text\n2. Sort the tokens by length\n3. Show ten",
    ),
    (
        "Who wrote the most commits?",
        "In order to answer, I need to do the following things:\n- clone the repository\n- run git shortlog\n- pick the first name",
    ),
    (
        "Is the contract still valid?",
        "Step 1 - Open contract.pdf\nStep 2 - Find the end date\nStep 3 - Compare it with today",
    ),
    (
        "What's in the archive?",
        "Proposed plan:\n1. Unzip the archive\n2. List its files",
    ),
    (
        "Fill in the missing values.",
        "There are 14 missing values in `height`.\n\n## Remaining work\n1. Compute the median of `height`\n2. Replace the missing values",
    ),
    (
        "Find three papers on bees.",
        "Here's a plan:\n\n1. **Search** for bees on arXiv\n2. **Filter** by year\n3. **Select** three papers",
    ),
    (
        "What was the revenue in Q2?",
        "My next steps:\n- open the report\n- look for the table of revenues",
    ),
    (
        "How long is the video?",
        "I am going to do two things:\n1. Download the video\n2. Read its duration with ffprobe",
    ),
    (
        "Wie lang ist das Video?",
        "Mein Plan sieht so aus:\n1. Video herunterladen\n2. Dauer auslesen",
    ),
    (
        "Was steht in der dritten Zeile?",
        "Um das zu beantworten, werde ich:\n1. die Datei öffnen\n2. die dritte Zeile lesen",
    ),
    (
        "Welche Links sind kaputt?",
        "Ich habe 14 Links gefunden.\n\nNoch zu tun:\n- alle Links abrufen\n- Fehler zählen",
    ),
    (
        "Quelle est la durée de la vidéo ?",
        "Je dois :\n1. télécharger la vidéo\n2. lire sa durée",
    ),
    (
        "Quels liens sont cassés ?",
        "À faire :\n- vérifier chaque lien\n- compter les erreurs",
    ),
    (
        "¿Cuánto dura el vídeo?",
        "Para responder voy a:\n1. descargar el vídeo\n2. leer su duración",
    ),
    (
        "¿Qué enlaces están rotos?",
        "Siguientes pasos:\n- comprobar cada enlace\n- contar los errores",
    ),
    (
        "视频有多长？",
        "我的计划如下：\n1. 下载视频\n2. 获取时长",
    ),
    (
        "Какой длины видео?",
        "Следующие шаги:\n1. Скачать видео\n2. Получить длительность",
    ),
    (
        "Hoe lang is de video?",
        "Mijn plan:\n1. Video downloaden\n2. Duur lezen",
    ),
]
"""Each reply says what its writer has yet to do, so it is no answer."""

ANSWERING: list[tuple[str, str]] = [
    (
        "Write me a plan for learning Spanish",
        "Plan:\n1. Learn the 500 most common words.\n2. Read a short story every week.\n3. Find a partner to talk to.",
    ),
    (
        "What are the next steps?",
        "Next steps:\n1. Open the second file.\n2. Check the totals.\n3. Send the report.",
    ),
    (
        "How do I clean a CSV file?",
        "Steps:\n1. Load the file with pandas.\n2. Drop the empty rows.\n3. Save it.",
    ),
    (
        "How can I verify a download?",
        "1. Compute its SHA-256.\n2. Compare it with the published one.\n3. Check the signature.",
    ),
    (
        "Give me a roadmap for the migration.",
        "## Plan\n\n1. Export the old data\n2. Import it into the new system\n3. Check the counts",
    ),
    (
        "What should I do first, and what then?",
        "Next steps:\n- Call the bank\n- Search for the contract\n- Read its terms",
    ),
    (
        "Draft an outline of a project plan.",
        "Project plan:\n1. Define the scope\n2. Collect the requirements\n3. Build a prototype",
    ),
    (
        "Suggest a strategy to test the API.",
        "Strategy:\n- test each endpoint alone\n- test the errors\n- run a load test",
    ),
    (
        "Explain how to bake bread.",
        "Steps:\n1. Mix flour and water.\n2. Let it rest.\n3. Bake it for 40 minutes.",
    ),
    (
        "Make a to-do list for my move.",
        "Todo:\n[ ] find boxes\n[ ] call the movers\n[ ] clean the flat",
    ),
    (
        "Analyse the sales.",
        "Sales fell by 5% in March, because of the supplier.\n\nNext steps for you:\n- Talk to the supplier\n- Raise the prices of two products",
    ),
    (
        "What did the team decide?",
        "The team decided on this plan:\n1. Hire two people.\n2. Open an office in Porto.\n3. Review in June.",
    ),
    (
        "List the steps in the manual.",
        "Steps:\n1. Open the lid.\n2. Load the paper.\n3. Close the lid.",
    ),
    (
        "Which files are there?",
        "Files:\n1. plan.txt\n2. steps.csv",
    ),
    (
        "What were the main findings?",
        "Findings:\n1. Load times doubled.\n2. Search traffic fell.\n3. Reading time grew.",
    ),
    (
        "What does section 3 of the document say?",
        "Section 3 is titled 'Next steps':\n- Extract the ore\n- Process it on site",
    ),
    (
        "Summarize the meeting.",
        "The budget was approved. Ann presents the figures in May.\n\nAction items:\n- Bob: check the contract\n- Ann: send the slides",
    ),
    (
        "Which plans does the provider offer?",
        "Plans:\n1. Basic, 5 euros\n2. Plus, 10 euros\n3. Pro, 20 euros",
    ),
    (
        "Who won?",
        "1. Ann, 30 points\n2. Bob, 20 points\n3. Cem, 10 points",
    ),
    (
        "What is the best way to learn to read faster?",
        "Read every day. My advice:\n1. Read easy texts.\n2. Use a timer.\n3. Check what you remember.",
    ),
    (
        "Schreib mir einen Plan, um Spanisch zu lernen.",
        "Plan:\n1. 500 Wörter lernen\n2. Jede Woche eine Geschichte lesen\n3. Einen Partner suchen",
    ),
    (
        "Was sind die nächsten Schritte?",
        "Nächste Schritte:\n1. Zweite Datei öffnen\n2. Summen prüfen",
    ),
    (
        "Wie prüfe ich einen Download?",
        "Schritte:\n1. SHA-256 berechnen\n2. Mit dem veröffentlichten Wert vergleichen",
    ),
    (
        "Was steht im Protokoll?",
        "Das Budget wurde genehmigt.\n\nAufgaben:\n- Ann: Folien senden\n- Bob: Vertrag prüfen",
    ),
    (
        "Welche Tarife gibt es?",
        "Tarife:\n1. Basis, 5 Euro\n2. Plus, 10 Euro",
    ),
    (
        "Écris-moi un plan pour apprendre l'espagnol",
        "Plan :\n1. Apprendre 500 mots\n2. Lire une histoire par semaine\n3. Chercher un partenaire",
    ),
    (
        "Quelles sont les prochaines étapes ?",
        "Prochaines étapes :\n1. Ouvrir le second fichier\n2. Vérifier les totaux",
    ),
    (
        "Comment vérifier un téléchargement ?",
        "Étapes :\n1. Calculer son SHA-256\n2. Le comparer",
    ),
    (
        "Quels sont les forfaits ?",
        "Forfaits :\n1. Base, 5 euros\n2. Plus, 10 euros",
    ),
    (
        "Que dit la recette ?",
        "La recette dit :\n1. Chercher les œufs\n2. Lire la notice du four",
    ),
    (
        "Escríbeme un plan para aprender alemán",
        "Plan:\n1. Aprender 500 palabras\n2. Leer un cuento cada semana\n3. Buscar un compañero",
    ),
    (
        "¿Cuáles son los próximos pasos?",
        "Próximos pasos:\n1. Abrir el segundo archivo\n2. Revisar los totales",
    ),
    (
        "¿Cómo verifico una descarga?",
        "Pasos:\n1. Calcular el SHA-256\n2. Compararlo",
    ),
    (
        "¿Qué planes ofrece?",
        "Planes:\n1. Básico, 5 euros\n2. Plus, 10 euros",
    ),
    (
        "¿Quién ganó?",
        "1. Ana\n2. Bob\n3. Cem",
    ),
    (
        "给我写一个学西班牙语的计划",
        "计划：\n1. 学习500个单词\n2. 每周读一个故事\n3. 找一个语伴",
    ),
    (
        "接下来该怎么做？",
        "下一步：\n1. 打开第二个文件\n2. 检查总数",
    ),
    (
        "Напиши план изучения испанского",
        "План:\n1. Выучить 500 слов\n2. Читать рассказ каждую неделю\n3. Найти собеседника",
    ),
    (
        "Quais são os próximos passos?",
        "Próximos passos:\n1. Abrir o segundo arquivo\n2. Verificar os totais",
    ),
    (
        "Scrivimi un piano per imparare lo spagnolo",
        "Piano:\n1. Imparare 500 parole\n2. Leggere un racconto a settimana\n3. Cercare un partner",
    ),
    (
        "Plan a weekend in Lisbon.",
        "Plan:\n1. Saturday: visit Belém\n2. Sunday: take the train to Sintra",
    ),
    (
        "How should we debug this?",
        "1. Check the logs\n2. Run the tests\n3. Inspect the database",
    ),
    (
        "Give me a study schedule.",
        "Next steps:\n1. Read chapter 1\n2. Write a summary\n3. Test yourself",
    ),
    (
        "What would you do to speed up this script?",
        "My approach:\n1. Load the file once\n2. Use sets\n3. Run it in parallel",
    ),
    (
        "What is left to do according to todo.md?",
        "Remaining tasks:\n1. Write the tests\n2. Check the docs",
    ),
    (
        "Compare the two offers.",
        "Offer A is cheaper by 300 euros.\n\nNext steps:\n- Ask for a discount\n- Sign by Friday",
    ),
    (
        "Describe what backup.sh does.",
        "1. Load the settings\n2. Create an archive\n3. Send it to the server",
    ),
    (
        "Why did the build fail?",
        "The disk was full. To fix it:\n1. Remove old images\n2. Run the build again",
    ),
    (
        "Which tasks are in the file?",
        "Tasks:\n1. Write the report\n2. Call Ann",
    ),
    (
        "Solve x^2 = 4.",
        "Steps:\n1. Take the root: x = 2 or x = -2\n2. Check: 4 = 4",
    ),
    (
        "What did you do?",
        "Approach:\n1. Loaded the data\n2. Removed 3 duplicates\n3. Counted 97 rows",
    ),
    (
        "What are the ingredients?",
        "You need:\n- flour\n- water\n- salt",
    ),
    (
        "Summarise the plan of the city.",
        "Plan:\n- Build a tram line\n- Open two parks",
    ),
    (
        "Write a function that sorts.",
        "Use sorted().\n\nNotes:\n- It returns a new list\n- It is stable",
    ),
    (
        "Who are the three candidates?",
        "The candidates are:\n1. Read, Ann\n2. Load, Bob\n3. Count, Cem",
    ),
    (
        "Analyse the survey.",
        "Most people are satisfied (82%).\n\nRecommended next steps:\n1. Analyze the free text answers\n2. Run the survey again in May",
    ),
    (
        "Tell me the top commands.",
        "1. search\n2. load\n3. run",
    ),
    (
        "Give instructions for the new printer.",
        "Steps:\n1. Open the box\n2. Load paper\n3. Print a test page",
    ),
    (
        "What can the tool do?",
        "It can:\n- read files\n- search the web\n- run code",
    ),
    (
        "What do you need from me?",
        "I need to know the following:\n1. Your budget\n2. Your dates",
    ),
    (
        "Wie backe ich Brot?",
        "Schritte:\n1. Teig kneten\n2. Ofen öffnen",
    ),
    (
        "Erstelle einen Projektplan.",
        "Plan:\n1. Daten sammeln\n2. Prototyp schreiben",
    ),
    (
        "Was ist passiert?",
        "Der Server ist ausgefallen.\n\nNächste Schritte:\n- Anbieter anrufen\n- Vertrag kündigen",
    ),
    (
        "Gib mir eine Anleitung zum Sichern.",
        "Vorgehen:\n1. Ordner öffnen\n2. Dateien speichern",
    ),
    (
        "Welche Dateien gibt es?",
        "Es gibt:\n- plan.txt\n- lesen.txt",
    ),
    (
        "Comment faire une sauvegarde ?",
        "Étapes :\n1. Ouvrir le dossier\n2. Enregistrer les fichiers",
    ),
    (
        "Propose un plan de voyage.",
        "Plan :\n1. Lisbonne\n2. Porto",
    ),
    (
        "Que s'est-il passé ?",
        "Le serveur est tombé.\n\nProchaines étapes :\n- Appeler le fournisseur\n- Payer la facture",
    ),
    (
        "Donne-moi une recette.",
        "Étapes :\n1. Mélanger\n2. Cuire",
    ),
    (
        "Quels fichiers y a-t-il ?",
        "Il y a :\n- plan.txt\n- lire.txt",
    ),
    (
        "¿Cómo hago una copia?",
        "Pasos:\n1. Abrir la carpeta\n2. Guardar los archivos",
    ),
    (
        "Propón un plan de viaje.",
        "Plan:\n1. Lisboa\n2. Oporto",
    ),
    (
        "¿Qué pasó?",
        "El servidor falló.\n\nPróximos pasos:\n- Llamar al proveedor\n- Pagar la factura",
    ),
    (
        "Dame una receta.",
        "Pasos:\n1. Mezclar\n2. Hornear",
    ),
    (
        "¿Qué archivos hay?",
        "Hay:\n- plan.txt\n- leer.txt",
    ),
    (
        "怎么备份？",
        "步骤：\n1. 打开文件夹\n2. 保存文件",
    ),
    (
        "推荐一个旅行计划",
        "计划：\n1. 里斯本\n2. 波尔图",
    ),
    (
        "Как сделать копию?",
        "Шаги:\n1. Открыть папку\n2. Сохранить файлы",
    ),
    (
        "バックアップの方法は？",
        "手順：\n1. フォルダを開く\n2. ファイルを保存する",
    ),
    (
        "Como faço um backup?",
        "Passos:\n1. Abrir a pasta\n2. Salvar os arquivos",
    ),
    (
        "Help me prepare for my exam in two weeks.",
        "Week 1:\n- Read chapters 1 to 4\n- Test yourself every evening\nWeek 2:\n- Read chapters 5 to 8",
    ),
    (
        "Any ideas how to get more readers?",
        "Try this:\n1. Write shorter titles\n2. Test two versions\n3. Search for partners",
    ),
    (
        "What's the procedure for a refund?",
        "Procedure:\n1. Open a ticket\n2. Send the receipt",
    ),
    (
        "What are you going to do?",
        "My plan:\n1. Load the data\n2. Plot it",
    ),
    (
        "Walk me through the installation.",
        "Steps:\n1. Download the installer\n2. Run it",
    ),
    (
        "Draft a proposal for the board.",
        "We will do three things:\n1. Cut costs\n2. Open a shop in Porto\n3. Hire two people",
    ),
    (
        "What did Ann promise in her mail?",
        "She promised:\n1. to send the figures\n2. to check the contract",
    ),
    (
        "Which movies are on?",
        "Tonight:\n1. The Search\n2. Run Lola Run\n3. Open Range",
    ),
    (
        "What is the customer's plan?",
        "Plan: Premium, 20 euros a month.",
    ),
    (
        "Evaluate the model.",
        "The accuracy is 0.91.\n\nSuggested next steps:\n- collect more data\n- try a larger model",
    ),
    (
        "Wie komme ich zum Bahnhof?",
        "Schritte:\n1. Geradeaus gehen\n2. Links abbiegen",
    ),
    (
        "Was macht das Skript?",
        "Das Skript macht Folgendes:\n1. Datei lesen\n2. Summe berechnen",
    ),
    (
        "Mach mir einen Trainingsplan.",
        "Plan:\n- Montag: laufen\n- Mittwoch: schwimmen",
    ),
    (
        "Que fait le script ?",
        "Le script fait ceci :\n1. Lire le fichier\n2. Calculer la somme",
    ),
    (
        "Comment aller à la gare ?",
        "Étapes :\n1. Aller tout droit\n2. Tourner à gauche",
    ),
    (
        "¿Qué hace el script?",
        "El script hace esto:\n1. Leer el archivo\n2. Calcular la suma",
    ),
    (
        "Hazme un plan de entrenamiento",
        "Plan:\n- lunes: correr\n- miércoles: nadar",
    ),
    (
        "脚本做什么？",
        "脚本的步骤：\n1. 读取文件\n2. 计算总和",
    ),
    (
        "Что делает скрипт?",
        "Скрипт делает следующее:\n1. Прочитать файл\n2. Посчитать сумму",
    ),
    (
        "Wat doet het script?",
        "Het script doet dit:\n1. Bestand lezen\n2. Som berekenen",
    ),
]
"""Each reply is an answer: the task asks for steps, or they are somebody else's."""
