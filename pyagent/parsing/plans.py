"""Tells words that announce the next step from words that answer. Actors ask before they answer.

Many models stop in the middle of their work with a sentence such as "Next I open the second file."
Only the last sentence counts: a plan before a result belongs to the answer. A sentence is a plan if
it says that the writer is about to do something that agents do. What waits for the person, such as
a question, is an answer.
"""

from __future__ import annotations

import re

from pyagent.parsing.plan_lists import ends_with_plan

_LOOKED_AT = 1_000
"""How many characters at the end of a text are looked at."""

_DO = (
    r"(?:analy[sz]e|apply|browse|build|calculate|call|check|clean|collect|combine|compare|compute"
    r"|confirm|continue by|convert|count|debug|define|determine|display|double-check|download"
    r"|examine|execute|explore|extract|fetch|figure|filter|find|fix|gather|generate|group"
    r"|identify|implement|import|inspect|investigate|join|list|load|look|loop|merge|open|parse"
    r"|plot|print|proceed|process|query|read|re-?run|re-?try|retrieve|run|scan|search|select"
    r"|solve|sort|split|start by|sum|test|try|use|validate|verify|view|visit)"
)
_DO_TOGETHER = rf"(?:{_DO}|begin|continue|get|see|start|take|write)"
_DOING = (
    r"(?:analy[sz]ing|calculating|calling|checking|computing|counting|downloading|executing"
    r"|extracting|fetching|inspecting|loading|looking|opening|parsing|processing"
    r"|querying|reading|retrieving|running|searching|trying|verifying|writing)"
)
_DONE = (
    r"(?:analy[sz]ed|checked|counted|downloaded|examined|fetched|inspected|loaded|opened|parsed"
    r"|processed|queried|read|searched)"
)
_THING = r"(?:chunk|column|entry|file|image|item|one|page|part|row|section|sheet|step|table)"
_FIRST = r"(?:(?:ok(?:ay)?|so|now|next|then|first|second|third|finally|after that|afterwards"
_FIRST += r"|from here|lastly|and|but|great|good|step \d{1,2})[,.:!]?\s+){0,4}"
_SOON = r"(?:(?:now|then|next|still|also|first|just|quickly|simply)\s+){0,3}"

_PLANS = {
    "English, an intent": (
        rf"{_FIRST}(?:i|we)(?:\s+{_SOON}(?:will|shall|need to|have to|must|should|want to|plan to"
        r"|intend to|(?:am|are) (?:now )?(?:going|about) to)|'ll|'(?:m|re) (?:now )?(?:going|about)"
        rf" to)\s+{_SOON}{_DO}\b"
    ),
    "English, the present": rf"(?:next,?\s+(?:i|we)|(?:now|then|first),?\s+i)\s+{_SOON}{_DO}\b",
    "English, a proposal": (
        rf"{_FIRST}(?:let me|let's|let us|allow me to)\s+{_SOON}{_DO_TOGETHER}\b"
    ),
    "English, a step": rf"(?:the )?next step\W*(?:is (?:to )?|will be (?:to )?)?{_DO}\b",
    "English, the time": (
        rf"{_FIRST}(?:it is |it's )?time to {_DO} (?:a|the|this|that|it)\b[^:\d]*$"
    ),
    "English, the next thing": (
        rf"{_FIRST}(?:proceeding|moving on|back|on) (?:to|with) the "
        rf"(?:(?:\w+ )?{_THING}\b[^,:]*|next|other|others|rest|second|third|last)$"
    ),
    "English, what is left": (
        r"to (?:finish|continue|complete|proceed)\b[^,]{0,40},\s+[^,]{1,60}? "
        rf"(?:must|has to|have to|needs? to|should) be {_DONE}\b"
    ),
    "English, a purpose": (
        r"(?:this|that|it) (?:will|should) (?:give|help|let|allow|reveal|show|tell|return)\b"
    ),
    "English, under way": rf"{_FIRST}{_DOING}\b[^.]*(?:\.\.\.|…)$",
    "German": (
        r"(?:als nächstes|nun|jetzt|dann|danach|anschließend|zuerst|zunächst|im nächsten schritt)"
        r"\s+(?:\w+e|werde|muss|will|kann)\s+(?:ich|wir)\b"
        r"|(?:nun |jetzt |zuerst |zunächst )?(?:ich|wir) (?:werden?|muss|müssen) \S.*"
        r"(?:öffnen|lesen|prüfen|berechnen|suchen|laden|ausführen|zählen|ansehen|untersuchen"
        r"|analysieren|abrufen|aufrufen|überprüfen|auswerten|ermitteln)\b"
        r"|(?:ich|wir) (?:öffne|lese|prüfe|berechne|suche|lade|zähle|untersuche|analysiere|rufe)n? "
        r"(?:nun|jetzt|als nächstes|dann|zuerst|zunächst)\b"
        r"|lass(?:t|en sie)? (?:mich|uns)\b"
    ),
    "French": (
        r"(?:(?:ensuite|maintenant|puis|d'abord|à présent|alors),?\s+)*"
        r"(?:je vais|nous allons|je dois|laissez-moi|permettez-moi de)\s+(?:maintenant |ensuite )?"
        r"(?:\w+(?:er|ir|re)|l'\w+(?:er|ir|re))\b"
        r"|(?:ensuite|maintenant|puis|d'abord|à présent),?\s+j(?:e |')\w+e\b"
    ),
    "Spanish, Portuguese, Italian": (
        r"(?:(?:ahora|luego|después|primero|a continuación|agora|depois|em seguida|primeiro|ora"
        r"|adesso|poi|quindi|prima),?\s+)*"
        r"(?:voy a|vamos a|déjame|permíteme|vou|vamos|deixe-me|andiamo a|vado ad?|lasciami|fammi)"
        r"\s+(?:ahora |agora |ora )?\w+(?:ar|er|ir|are|ere|ire)\b"
        r"|(?:ahora|luego|después|a continuación|agora|depois|em seguida|ora|adesso|poi),?\s+"
        r"(?:abro|leo|leio|leggo|apro|calculo|calcolo|busco|cerco|reviso|verifico|cargo|carico)\b"
    ),
    "Dutch": (
        r"(?:nu|dan|vervolgens|eerst|daarna)\s+(?:ga|open|lees|bereken|zoek|controleer|bekijk) ik\b"
        r"|(?:nu )?ik (?:ga|zal) (?:nu )?\S.*"
        r"(?:openen|lezen|berekenen|zoeken|controleren|bekijken)\b"
        r"|laat (?:me|mij|ons)\b"
    ),
    "Russian": (
        r"(?:(?:теперь|далее|затем|сначала|сейчас|потом|давайте),?\s+)*(?:я\s+|мы\s+)?"
        r"(?:открою|прочитаю|проверю|посчитаю|вычислю|рассчитаю|посмотрю|найду|загружу|запущу"
        r"|поищу|попробую|откроем|прочитаем|проверим|посчитаем|вычислим|посмотрим|загрузим)(?!\w)"
    ),
    "Chinese": (
        r"(?:好的?|那么|所以|\uff0c|,|\s)*(?:接下来|下一步|现在|然后|首先|让我们?|我将|我要|我会|我来|我先"
        r"|我需要|我们需要|接着).*(?:打开|读取|查看|检查|计算|分析|搜索|运行|加载|查找|使用|调用|看看"
        r"|处理|统计|验证|执行|获取|查询)"
    ),
    "Japanese": (
        r"(?:次に|これから|まず|それでは|では|続いて|今から).*(?:開|読|確認|計算|調べ|検索|実行|分析|取得)"
        r".*(?:ます|ましょう|る|う)$"
    ),
    "Korean": r"(?:이제|다음으로|먼저|그럼|이어서).*(?:겠습니다|게요|보자|합니다|봅시다)$",
}
"""Language → the beginning of a sentence that announces a step."""

_PLAN = re.compile("|".join(f"(?:{plan})" for plan in _PLANS.values()), re.I)
_THOUGHT = re.compile(r"(?:thoughts?|reasoning)\s?:[\s*]*", re.I)
_NUMBERED = re.compile(r"\b(?:step|part) \d{1,2}\s?[:.)][\s*]*", re.I)
_NUMBERED_PLAN = re.compile(rf"(?:{_NUMBERED.pattern}){_DO}\b", re.I)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=\S)|(?<=[。\uff01\uff1f])|\n+")
_MARKS = " \t*_#>-•\"'“”`"
_ANSWERS = re.compile(
    r"=|\?|\uff1f"
    r"|\b(?:if|once|when|unless|until|after|as soon as|whenever) (?:you|i (?:get|have|hear))\b"
    r"|\byou(?:r)? (?:say|confirm|want|prefer|permission|approval|confirmation)\b",
    re.I,
)


def announces_step(text: str, task: str = "") -> bool:
    """Whether a text ends by saying what its writer does next, so that it cannot be an answer.

    A list of steps may be the answer to a ``task`` that asks for one.
    """
    if ends_with_plan(text, task):
        return True
    tail = text[-_LOOKED_AT:].replace("\u2019", "'").rstrip()
    if tail.endswith((":", "\uff1a")):
        return True
    sentences = [part.strip(_MARKS) for part in _SENTENCE_END.split(tail)]
    last = next((part for part in reversed(sentences) if part), "")
    bare = last.rstrip(".!;。\uff01").strip(_MARKS) if not last.endswith("...") else last
    bare = _THOUGHT.sub("", bare, count=1) if _THOUGHT.match(bare) else bare
    if _NUMBERED_PLAN.match(bare):
        return len(_NUMBERED.findall(tail)) == 1  # several steps are instructions
    return _PLAN.match(bare) is not None and not _ANSWERS.search(last)
