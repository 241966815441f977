"""What a small model of a ``CodeAgent`` gets instead of a long prompt.

It gets worked examples as turns of a conversation: a model of 0.5B imitates turns, but only talks
about text that explains. With each task it gets what it would have forgotten since the prompt: the
tools before it, and after it how to read its files and what to do next. ``agents/run/tool_choice``
decides when it is told of tools at all. ``scripts/bench --models`` measures whether a change here
is an improvement. Models copy examples that look like the task, so there are only a few, each of a
different kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, starmap
from pathlib import PurePosixPath

from pyagent.memory import OBSERVATION, TASK
from pyagent.messages import ChatMessage
from pyagent.protocol import ToolStub

_TOOLS = "Functions that you can call:"
_READ = "To read it:"
_KEY = " " * 8
"""How the lines of ``Tool.doc`` begin that name the key of an argument."""
_READERS = {
    ".csv": (
        "rows = list(csv.DictReader(open({name}){delimiter}))  # all text: {number} for numbers"
    ),
    ".json": "data = json.load(open({name}))",
    ".txt": "lines = open({name}).read().splitlines()",
}
"""File suffix → the code that reads such a file."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A task as the model reads it, and the code that it should have written."""

    task: str
    tools: tuple[str, ...] = ()
    """The functions that the task comes with."""
    first: str = ""
    """The function that it must call first."""
    thought: str
    """The beginning of a JSON reply."""
    code: str
    observation: str = ""
    """What the code printed, if it does not answer yet."""
    then: str = ""
    """The code that answers after ``observation``."""


_EXAMPLES = (
    Example(
        task="What is 15% of 240?",
        thought="I compute it.",
        code="result = 240 * 15 / 100\nfinal_answer(result)",
    ),
    Example(
        task="Weekday of 1 May 2024?",
        thought="I ask the calendar.",
        code=(
            'from datetime import date\nday = date(2024, 5, 1).strftime("%A")\nfinal_answer(day)'
        ),
    ),
    Example(
        task="Sort by length: plum, fig, cherry.",
        thought="I sort the words.",
        code='words = ["plum", "fig", "cherry"]\nwords.sort(key=len)\nfinal_answer(words)',
    ),
    Example(
        task="Who paid most?\nname,euros\nAnn,12\nBob,30",
        thought="I write the rows down and take the largest.",
        code=(
            'rows = [("Ann", 12), ("Bob", 30)]\n'
            "most = max(rows, key=lambda row: row[1])\n"
            "final_answer(most[0])"
        ),
    ),
)
_WEIGHT = "weight_kg(item: str) -> float  # Weight of one piece"
_BUSES = "bus_times(stop: str) -> list[str]  # When buses leave"
_WORDS = "define(word: str) -> str  # Look up a word in a dictionary"
_PEOPLE = "person(name: str) -> dict  # Look up a person"
_ROOM = "room(house: str) -> dict  # Room of a house: beds, floor, price of a night"
_GUESTS = "guests(house: str) -> list[dict]  # Guests: name, nights"
_ARTICLE = "article(topic: str) -> str  # Read about a topic"
_SMS = "sms(name: str, text: str) -> str  # Send a message to a phone"
_EXAMPLES_WITH_TOOLS = (
    Example(
        task="How heavy are 12 bricks and a beam?",
        tools=(_WORDS, _WEIGHT, _BUSES),
        first="weight_kg",
        thought="I ask for the weights.",
        code='total = 12 * weight_kg("brick") + weight_kg("beam")\nfinal_answer(total)',
    ),
    Example(
        task="When is the last bus at the station?",
        tools=(_BUSES, _PEOPLE),
        first="bus_times",
        thought="I ask for the buses.",
        code='times = bus_times("station")\nfinal_answer(times[-1])',
    ),
    Example(
        task="By how much is Eve taller than 150 cm?",
        tools=(_PEOPLE,),
        first="person",
        thought="I ask for Eve.",
        code='print(person("Eve"))',
        observation="{'name': 'Eve', 'height_cm': 172}",
        then="final_answer(172 - 150)",
    ),
    Example(
        task="Meaning of brisk?",
        tools=(_WEIGHT, _WORDS),
        first="define",
        thought="I look it up.",
        code='meaning = define("brisk")\nfinal_answer(meaning)',
    ),
    Example(
        task="What do three nights in the red house cost?",
        tools=(_BUSES, _ROOM),
        first="room",
        thought="I ask for the room.",
        code='night = room("red house")["price"]\nfinal_answer(3 * night)',
    ),
    Example(
        task="Which guest stays longest in the blue house?",
        tools=(_WORDS, _GUESTS, _ROOM),
        first="guests",
        thought="I ask for the guests.",
        code=(
            'longest = max(guests("blue house"), key=lambda guest: guest["nights"])\n'
            'final_answer(longest["name"])'
        ),
    ),
    Example(
        task="Tell Tom that lunch is at one.",
        tools=(_SMS,),
        first="sms",
        thought="I send it.",
        code='sent = sms("Tom", "Lunch is at one.")\nfinal_answer(sent)',
    ),
    Example(
        task="Are 20 bricks heavier than 50 kg?",
        tools=(_WEIGHT, _PEOPLE),
        first="weight_kg",
        thought="I ask for the weight.",
        code='total = 20 * weight_kg("brick")\nfinal_answer("yes" if total > 50 else "no")',
    ),
)
"""Each of these tasks needs a function, and says which one to call first."""
_CHOICES = (
    ("Is Eve taller than Tom?", (_PEOPLE, _WEIGHT), "person"),
    ("How heavy are 12 bricks?", (_WORDS, _BUSES, _WEIGHT), "weight_kg"),
    ("Tell Tom that lunch is at one.", (_SMS, _PEOPLE, _BUSES), "sms"),
    ("Meaning of brisk?", (_PEOPLE, _WORDS, _SMS), "define"),
    ("When does the last bus leave?", (_ARTICLE, _BUSES, _PEOPLE), "bus_times"),
    ("How old did Plato become?", (_WEIGHT, _WORDS, _ARTICLE), "article"),
)
"""Tasks with functions, and the one that each needs."""
_NONE_HELPS = (
    ("Hello!", (_PEOPLE,), "none"),
    ("Who wrote Hamlet?", (_WEIGHT, _BUSES), "none"),
    ("Give me a rhyme for moon.", (_SMS, _PEOPLE), "none"),
    ("Which is larger, a whale or a mouse?", (_BUSES, _WORDS), "none"),
    ("Thanks a lot.", (_WEIGHT, _ARTICLE), "none"),
    ("What is the capital of Peru?", (_WEIGHT,), "none"),
)
"""Tasks that a model can answer by itself."""


def which_tool(tools: Sequence[ToolStub], task: str, *, or_none: bool) -> list[ChatMessage]:
    """The question which of ``tools`` a task needs. With ``or_none``, that may be none."""
    asked_for = "Reply with the name of the function that helps most"
    ending, choices = ".", list(_CHOICES)
    if or_none:
        pairs = zip(_CHOICES, _NONE_HELPS, strict=True)
        ending, choices = ", or with none.", list(chain.from_iterable(pairs))
    turns = [ChatMessage(role="system", content=f"{asked_for}{ending}")]
    for asked, lines, chosen in choices:
        turns.append(ChatMessage(role="user", content=f"{_before(lines)}{TASK} {asked}"))
        turns.append(ChatMessage(role="assistant", content=chosen))
    shown = _before([_line(tool).split("\n")[0] for tool in tools])
    return [*turns, ChatMessage(role="user", content=f"{shown}{TASK} {task}")]


def now_answer(task: str) -> str:
    """The text after what a function gave."""
    return f"Now answer: {task}"


def first_call(tool: str) -> str:
    """The text after a task that needs a tool."""
    return f"Call {tool}."


def look_first(tool: str) -> str:
    """The text after a task when the model does not know what a tool gives."""
    return f"Print what {tool} gives."


def worked_examples(*, structured: bool, with_tools: bool) -> list[ChatMessage]:
    """Tasks and replies in turns. ``structured`` replies are JSON with ``thought`` and ``code``.

    They hold nothing from the conversation, so they are the same for every agent.
    """
    turns = []
    for example in _EXAMPLES_WITH_TOOLS if with_tools else _EXAMPLES:
        asked = f"{_before(example.tools)}{TASK} {example.task}"
        if example.first:
            asked += f"\n\n{first_call(example.first)}"
        turns.append(ChatMessage(role="user", content=asked))
        reply = _reply(example, example.code, structured=structured)
        turns.append(ChatMessage(role="assistant", content=reply))
        if example.then:
            turns.append(
                ChatMessage(
                    role="user",
                    content=f"{OBSERVATION}\n{example.observation}\n\n{now_answer(example.task)}",
                )
            )
            reply = _reply(example, example.then, structured=structured)
            turns.append(ChatMessage(role="assistant", content=reply))
    return turns


def before_task(tools: Sequence[ToolStub]) -> str:
    """The text before each task: the tools. The task comes last, as a model heeds the end most."""
    return _before([*map(_line, tools)])


def after_task(files: Mapping[str, bytes]) -> str:
    """The text after a task: how to read its files."""
    readers = list(filter(None, starmap(_reader, files.items())))
    return "\n".join([_READ, *readers]) if readers else ""


def _before(tools: Sequence[str]) -> str:
    return "\n".join([_TOOLS, *tools, "", ""]) if tools else ""


def _reply(example: Example, code: str, *, structured: bool) -> str:
    if structured:
        return json.dumps({"thought": example.thought, "code": code})
    return f"```python\n{code}\n```"


def _reader(name: str, data: bytes) -> str:
    """The code that reads a file, in its encoding and with its separator."""
    reader = _READERS.get(PurePosixPath(name).suffix.lower())
    if reader is None:
        return ""
    # Most tasks have no files, and the readers of tables import csv, sqlite3, zipfile and more.
    from pyagent.tables.files import open_file

    file = open_file(name, data, quick=True)
    opened = json.dumps(name, ensure_ascii=False)
    if file.encoding is not None and file.encoding.name != "utf-8":
        opened += f', encoding="{file.encoding.name}"'
    delimiter = f", delimiter={json.dumps(file.separator)}" if file.separator else ""
    comma = any(column.has_decimal_comma for table in file.tables for column in table.columns)
    number = 'float(x.replace(".", "").replace(",", "."))' if comma else "float(...)"
    return reader.format(name=opened, delimiter=delimiter, number=number)


def _line(tool: ToolStub) -> str:
    summary = tool.doc.split("\n")[0].split(". ")[0]
    line = f"{tool.name}{tool.signature}" + (f"  # {summary}" if summary else "")
    return "\n".join([line, *_keys(tool.doc)])


def _keys(doc: str) -> list[str]:
    """The arguments whose dicts have keys, and the keys, out of a tool's docstring."""
    lines: list[str] = []
    argument = ""
    for line in doc.rpartition("\n\nArgs:\n")[2].split("\n"):
        if not line.startswith(_KEY):
            argument = line
            continue
        if argument:
            lines.append(f"#{argument}")
            argument = ""
        lines.append(f"#{line}")
    return lines
