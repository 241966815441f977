"""Tells a list of steps that a reply still has to take from a list that answers. For ``plans``.

Many models begin with "Plan:" and a list, or end with "Next steps:" and a list, and do nothing. The
heading and the verbs of the list tell, and so does the task: whoever asks for a plan or for steps
gets them as the answer. Anything in doubt is an answer.
"""

# ruff: noqa: RUF001 - words of many languages are data here.

from __future__ import annotations

import re
from collections.abc import Sequence

LOOKED_AT = 4_000
"""How many characters at the end of a text, and at the beginning of a task, are looked at."""

_ITEM = re.compile(
    r"[ \t]{0,12}(?:(?:[-*+\u2022\u2013]|\d{1,2}[.):]|\(?[a-z0-9]\)|[\u2460-\u2473])[ \t]+"
    r"|\d{1,2}[.\u3001\uff0e]|(?:\*\*|#{1,4} )?(?P<step>step|schritt|étape|paso"
    r"|passo) \d{1,2}[ \t]?[:.)-])"
    r"(?P<text>.*)",
    re.I,
)
_BOX = re.compile(r"\s{0,4}[-*]?\s{0,4}\[(?P<mark>[ xX])\]\s{0,4}(?P<text>.*)")
_MARKS = " \t*_#>`\"'\u201c\u201d"
_OPENING = re.compile(
    r"(?:(?:ok(?:ay)?|sure|certainly|alright|all right|right|great|good|understood|of course|hi"
    r"|hello|gut|klar|gerne|natürlich|d'accord|bien sûr|claro|vale|certo|хорошо|好的?"
    r"|はい)[\s,.!:\u3002\uff01]*)*",
    re.I,
)
"""Words before a plan that say nothing yet."""

_OF_PLANS = {
    "English": (
        r"(?:(?:here(?: is|'s)|this is|below is) )?(?:(?:my|the|our|an?) )?(?:(?:detailed|rough"
        r"|initial|short|simple|overall|revised|updated|current|new|proposed"
        r"|suggested) )?(?:action |work |solution |execution )?"
        r"(?:plan|approach|strategy)(?: of (?:action|attack)| is\b.*|(?: to| for) (?:solv"
        r"|answer|do|find|get|handl|this|it|the task)\w*\b.*)?"
    ),
    "English, the first person": (
        r"(?:.*\b)?(?:i|we)(?:'ll| (?:will|shall|need to|have to|must|plan to)|(?:'m| am|'re"
        r"| are) (?:now )?(?:going|about) to)\b(?!.*\byou(?:r)?\b).*|let(?: me|'s"
        r"| us)\b(?! know).*"
    ),
    "German": (
        r"(?:(?:hier ist |das ist )?(?:mein|der|unser) )?(?:plan|vorgehen|ansatz|arbeitsplan"
        r"|aktionsplan)(?: (?:ist|sieht).*)?|(?:meine |die )?(?:strategie|vorgehensweise)"
        r"|(?:.*\b)?(?:(?:ich|wir) (?:werden?|muss|müssen|will|wollen|gehen?)|(?:werden?|muss"
        r"|müssen|will) (?:ich|wir))\b(?!.*\b(?:sie|du)\b).*|so gehe ich vor"
    ),
    "French": (
        r"(?:(?:voici|voilà) )?(?:(?:mon|le|notre|un|ma|la) )?(?:plan(?: d'action)?|approche"
        r"|stratégie|démarche)(?: est.*)?|(?:.*\b)?(?:je vais|nous allons"
        r"|je dois)\b(?!.*\bvous\b).*"
    ),
    "Spanish, Portuguese, Italian": (
        r"(?:(?:este es|aquí está|ecco|questo è|este é) )?(?:(?:mi|el|nuestro|meu|o|il|il mio"
        r"|minha|la|mia) )?(?:plan(?: de acción)?|plano(?: de ação)?|piano(?: d'azione)?"
        r"|enfoque|estrategia|abordagem|estratégia|approccio|strategia)(?: (?:es|é|è)\b.*)?"
        r"|(?:.*\b)?(?:voy a|vamos a|vou|vamos|andrò a)\b.*"
    ),
    "Dutch": r"(?:(?:mijn|het) )?(?:plan(?: van aanpak)?|aanpak)|(?:.*\b)?ik (?:ga|zal)\b.*",
    "Russian": r"(?:(?:вот )?мой )?план(?: действий| такой)?|(?:мой )?подход|что я сделаю.*",
    "Chinese, Japanese, Korean": (
        r"(?:我的|以下是(?:我的)?)?(?:行动|执行)?(?:计划|方案|思路)(?:如下)?|我(?:将|会|打算).*|(?:私の)?(?:計画|方針|プラン)"
        r"|(?:제 )?계획(?:은 다음과 같습니다)?"
    ),
}
"""Language → headings of what a writer plans to do."""

_OF_STEPS = {
    "English": (
        r"(?:(?:the|my|our|here are(?: the| my)?) )?(?:next|remaining|planned|upcoming"
        r"|following|further|necessary|required|immediate) (?:steps?|actions?|tasks?)(?: (?:are"
        r"|is|will be|to take))?|next(?: up)?|tasks?|to[- ]?dos?(?: (?:list|next))?"
        r"|(?:the )?steps?(?: (?:to (?:take|follow|do)|needed|required|ahead))?|what(?: is"
        r"|'s) (?:left|next)|still to do|remaining(?: work)?"
    ),
    "German": (
        r"(?:(?:die|meine) )?(?:nächsten?|weiteren?|verbleibenden?|offenen?|geplanten?) "
        r"(?:schritte?|aufgaben?)(?: sind)?|als nächstes|noch zu tun|schritte|zu tun"
    ),
    "French": (
        r"(?:(?:les|mes|voici les) )?(?:prochaines étapes|étapes(?: (?:suivantes|à suivre"
        r"|restantes))?)|ensuite|à faire"
    ),
    "Spanish, Portuguese, Italian": (
        r"(?:(?:los|os|i|mis) )?(?:(?:próximos|siguientes|prossimi) (?:pasos|passos|passi)"
        r"|(?:pasos|passos|passi)(?: (?:a seguir|siguientes|restantes|seguintes|successivi"
        r"|da seguire))?)"
        r"(?: (?:son|são|sono))?|por hacer|a fazer|da fare"
    ),
    "Dutch": r"(?:de )?(?:volgende stappen|stappen)|nog te doen",
    "Russian": r"(?:(?:следующие|дальнейшие|оставшиеся) )?(?:шаги|действия)|далее",
    "Chinese, Japanese, Korean": (
        r"接下来|下一步(?:计划|的?步骤)?|后续步骤|剩余步骤|步骤"
        r"|次のステップ|今後の手順|手順|次の手順|다음 단계|단계"
    ),
}
"""Language → headings of steps, which may be advice for the person."""

_DO = {
    "English": (
        r"(?:(?:then|next|first|finally|and|i(?:'ll| will)|we(?:'ll| will)|now)[, ]+){0,2}"
        r"(?:add up|aggregate|answer|analy[sz]e|apply|build|calculate|call|check|clean|collect"
        r"|combine|compare|compute|confirm|convert|count|create|debug|define|determine|diff"
        r"|display|download|drop|examine|execute|explore|extract|fetch|filter|find|fix|gather"
        r"|generate|get|group|identify|implement|import|inspect|investigate|iterate|join|list"
        r"|load|look|loop|merge|normali[sz]e|note|open|output|parse|pick|plot|present|print"
        r"|process|query|read|re-?run|replace|report|request|retrieve|return|run|save|scan"
        r"|search|select|send|solve|sort|split|sum|summari[sz]e|take|test|tell|translate|try"
        r"|use|validate|verify|view|visit|write)(?:s|ing)?\b"
    ),
    "German": (
        r".*\b(?:aus|auf|ab|ein)?(?:lesen|laden|öffnen|prüfen|berechnen|summieren|addieren"
        r"|suchen|zählen|bilden|vergleichen|sortieren|gruppieren|filtern|ausgeben|speichern"
        r"|rufen|ermitteln|analysieren|werten|schreiben|bestimmen|extrahieren|führen"
        r"|umwandeln)$|ich (?:suche|lese|lade|öffne|prüfe|berechne|zähle|rufe|vergleiche)\b"
    ),
    "French": (
        r"(?:lire|charger|ouvrir|calculer|compter|chercher|rechercher|regrouper|trier|filtrer"
        r"|vérifier|extraire|comparer|additionner|analyser|normaliser|convertir|écrire"
        r"|enregistrer|afficher|télécharger|exécuter|récupérer|identifier)\b"
    ),
    "Spanish, Portuguese, Italian": (
        r"(?:leer|cargar|abrir|calcular|contar|buscar|agrupar|ordenar|filtrar|verificar|revisar"
        r"|extraer|comparar|sumar\w{0,3}|analizar|normalizar|convertir|escribir|guardar|mostrar"
        r"|descargar|ejecutar|obtener|identificar|ler|carregar|extrair|somar|analisar|converter"
        r"|escrever|salvar|baixar|executar|obter|leggere|caricare|aprire|calcolare|contare"
        r"|cercare|raggruppare|ordinare|filtrare|verificare|estrarre|confrontare|sommare"
        r"|analizzare|scrivere|salvare)\b"
    ),
    "Dutch": r".*(?:lezen|openen|laden|berekenen|tellen|zoeken|controleren|vergelijken)$",
    "Russian": (
        r"(?:прочитать|открыть|загрузить|посчитать|вычислить|рассчитать|найти|проверить"
        r"|сравнить|сложить|отсортировать|сгруппировать|извлечь|записать|сохранить"
        r"|проанализировать|получить)\b"
    ),
    "Chinese, Japanese": (
        r".*(?:打开|读取|查看|检查|计算|分析|搜索|运行|加载|查找|统计|验证|执行|获取|查询|分组|比较|相加|開|読|確認|計算|検索|実行|分析|取得)"
    ),
}
"""Language → the beginning of a step that an agent takes."""

_ASKS = {
    "English": (
        r"\bplan(?:s|ning|ned)?\b|\bsteps?\b(?! by step)|\bhow (?:do|does|did|can|could|should"
        r"|would|to|might|shall|must)\b|\b(?:schedule|itinerary|road ?map|outline|agenda|guide"
        r"|tutorial|recipe|instructions?|procedure|checklist|to-?dos?|strateg\w+"
        r"|approach(?:es)?|advice|workflow|method|recommend\w*|next actions?)\b|\bwhat (?:next"
        r"|now|then)\b|\bwhat's next\b|\bwhat (?:do|should|must|can|could) (?:i|we)\b"
        r"|\bwhat (?:did|will|would|do|are) you (?:do|going|suggest|propose|recommend|try)"
        r"|\b(?:review|audit|critique|assess|evaluate|feedback|suggest\w*|advise|propose)\b"
        r"|\b(?:walk|talk|take|guide) (?:me|us) through\b"
        r"|\b(?:tasks?|action items?)\b|\b(?:write|draft|compose)\b.{0,40}\b(?:e-?mail|letter"
        r"|message"
        r"|text|post|report|essay|story|article|speech|proposal)\b"
    ),
    "German": (
        r"\w*plan\b|pläne|schritte?n?\b|\bwie (?:\w+) (?:ich|man|wir|sich)\b|anleitung|vorgehen"
        r"|ablauf|strategie|checkliste|rezept|ratschl|tipps|\bwas (?:soll|muss|kann"
        r"|sollte) (?:ich|man|wir)\b"
    ),
    "French": (
        r"étapes?\b|\bcomment\b(?! s'appelle)|procédure|recette|stratégie|conseils?\b"
        r"|marche à suivre|\bque (?:dois|faut|puis)\b"
    ),
    "Spanish, Portuguese, Italian": (
        r"\bpas(?:os?|sos?|si|so)\b|\bcómo\b(?! se llama)|\bcomo (?:posso|faço|fazer)\b"
        r"|\bcome (?:posso|faccio|si|fare)\b|plan[oe]s?\b|piano|piani|guía|receta|ricetta"
        r"|receita|estrateg|strategia|qué (?:debo|hago|hay que)|instruc"
    ),
    "Dutch": r"\bstappen\b|\bhoe (?:kan|moet|doe)\b|aanpak|recept",
    "Russian": r"план|шаг|\bкак (?:мне|можно|\w+ть)\b|инструкц|рецепт|что (?:мне )?делать|стратег",
    "Chinese, Japanese, Korean": (
        r"计划|步骤|怎么|如何|怎样|方案|接下来|下一步|攻略|教程|清单|計画|手順|方法|どうやって|どうすれば|プラン|계획|단계|방법|어떻게"
    ),
}
"""Language → words of a task whose answer may be a plan."""

_DESCRIBES = re.compile(
    r"\b(?:explain|describe|summari[sz]e|list|outline|what (?:does|do|did|is|are|were|was"
    r"|happens))\b",
    re.I,
)
"""Words of a task whose answer may be steps that somebody else takes."""
_DONE = re.compile(
    r"(?:i |we )?(?:(?!need)\w{2,20}ed|found|read it|got|ran|took|wrote|made)\b(?! by\b)"
    r"|.*(?:\s=\s|\u2192"
    r"|\u2713|\u2705|->|\b(?:result|answer|total) is\b)",
    re.I,
)
"""A step that was taken, or that names its result."""
_ORDINAL = re.compile(
    r"(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth|then|next|finally|lastly|after (?:that"
    r"|this)|zuerst|zunächst|dann|danach|anschließend|zuletzt|d'abord|ensuite|puis|enfin"
    r"|primero|luego|después|por último)\b",
    re.I,
)
_LONGEST_HEADING = 300
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")


def _any_of(patterns: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns.values()), re.I)


_PLAN, _STEPS, _STEP, _ASKED = (_any_of(one) for one in (_OF_PLANS, _OF_STEPS, _DO, _ASKS))
_ORDINAL_INTENT = re.compile(
    rf"(?:{_ORDINAL.pattern})[, ]+(?:i|we)(?:'ll| (?:will|need to|have to|must))\b", re.I
)
_FIRST_PERSON = re.compile(_OF_PLANS["English, the first person"], re.I)
_THEN = re.compile(
    r"\bplan\b.{0,40}\b(?:then|before you|and (?:do|execute|carry|follow|run))\b", re.I
)
"""A task that asks for a plan and for more."""


def asks_for_plan(task: str) -> bool:
    """Whether a plan, or a list of steps, may be the answer to a task."""
    head = task[:LOOKED_AT]
    return _ASKED.search(head) is not None and _THEN.search(head) is None


def ends_with_plan(text: str, task: str) -> bool:
    """Whether a text ends with steps that its writer has yet to take, and ``task`` asks for none.

    ``task`` may be empty if it is not known.
    """
    lines = text[-LOOKED_AT:].replace("\u2019", "'").strip().split("\n")
    start, items = _last_list(lines)
    before = [line for line in lines[:start] if line.strip(_MARKS + "-=")]
    if not items:
        announced = _is_plan_in_words(before)
    elif before:
        announced = _heads_plan(before, items, task)
    else:
        numbered = all((_ITEM.match(line) or {"step": None})["step"] for line in lines[start:])
        announced = (
            bool(task) and numbered and _DESCRIBES.search(task) is None and _are_steps(items)
        )
    return announced and not asks_for_plan(task)


def _last_list(lines: Sequence[str]) -> tuple[int, list[str]]:
    """The line where the list at the end begins, and its items that are not marked as done."""
    items: list[str] = []
    start = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if box := _BOX.match(line):
            items += [box["text"]] if box["mark"] == " " else []
        elif item := _ITEM.match(line):
            inner = _BOX.match(item["text"])
            items.append(inner["text"] if inner else item["text"])
        elif line.strip(_MARKS + "-") and not line.startswith(("  ", "\t")):
            break
        else:
            continue  # an empty line, a rule, or more of the item above
        start = index
    return start, [item.strip(_MARKS) for item in reversed(items)]


def _heads_plan(before: Sequence[str], items: Sequence[str], task: str) -> bool:
    """Whether the line before a list says that its items come next.

    A heading that names what the task is about introduces the answer.
    """
    heading = before[-1].strip(_MARKS).rstrip(":\uff1a.").strip(_MARKS)
    opening = _OPENING.match(heading)
    heading = heading[opening.end() :] if opening else heading
    sentences = [part for part in _SENTENCE_END.split(heading) if part]
    last = sentences[-1][-_LONGEST_HEADING:] if sentences else ""
    subject = last.rpartition(" ")[2].lower()
    is_subject = len(subject) > 3 and subject in task.lower() and not _THEN.search(task[:LOOKED_AT])
    if is_subject or any(map(_DONE.match, items)):
        return False
    rest = "\n".join([*before[:-1], *sentences[:-1]])
    opens = _OPENING.fullmatch(rest.strip()) is not None
    if _FIRST_PERSON.fullmatch(last):
        return _are_steps(items)
    if _PLAN.fullmatch(last):
        return opens or _are_steps(items)
    return _STEPS.fullmatch(last) is not None and (opens or _are_steps(items))


def _are_steps(items: Sequence[str]) -> bool:
    """Whether most items begin as what an agent does."""
    steps = sum(_STEP.match(item.rstrip(".;")) is not None for item in items)
    return 2 * steps > len(items)


def _is_plan_in_words(lines: Sequence[str]) -> bool:
    """Whether a text is only sentences such as "First, I will read it. Then I will sum it up."

    After a heading, "First, read it." will do.
    """
    sentences = [one for line in lines for one in _SENTENCE_END.split(line.strip(_MARKS)) if one]
    sentences = sentences[1:] if sentences and _OPENING.fullmatch(sentences[0]) else sentences
    if len(sentences) > 1 and all(map(_ORDINAL_INTENT.match, sentences)):
        return True
    heading, _, step = sentences[0].partition(":") if sentences else ("", "", "")
    heading = heading.strip(_MARKS)[-_LONGEST_HEADING:]
    if not (_PLAN.fullmatch(heading) or _STEPS.fullmatch(heading)):
        return False
    steps = [*filter(None, [step.strip(_MARKS)]), *sentences[1:]]
    return bool(steps) and all(_ORDINAL.match(one) or _STEP.match(one) for one in steps)
