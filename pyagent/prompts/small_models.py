"""What a small model of a ``CodeAgent`` gets instead of a long prompt.

It gets worked examples as turns of a conversation: a model of 0.5B imitates turns, but only talks
about text that explains. Beside each task it gets what it would have forgotten since the prompt:
the tools, and how to read the task's files. ``scripts/bench --models`` measures whether a change
here is an improvement. Models copy examples that look like the task, so there are only a few, each
of a different kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import PurePosixPath

from pyagent.memory import TASK
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
    thought: str
    """Used only if replies are JSON, which begins with a thought."""
    code: str


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
_WITH_TOOLS = Example(
    task=f"How heavy are 12 bricks?\n\n{_TOOLS}\nweight_kg(item: str) -> float  # Weight of one",
    thought="I call the function.",
    code='weight = weight_kg("brick")\nfinal_answer(12 * weight)',
)


def worked_examples(*, structured: bool, with_tools: bool) -> list[ChatMessage]:
    """Tasks and replies in turns. ``structured`` replies are JSON with ``thought`` and ``code``.

    They hold nothing from the conversation, so they are the same for every agent.
    """
    examples = [*_EXAMPLES, _WITH_TOOLS] if with_tools else _EXAMPLES
    turns = []
    for example in examples:
        turns.append(ChatMessage(role="user", content=f"{TASK} {example.task}"))
        turns.append(ChatMessage(role="assistant", content=_reply(example, structured=structured)))
    return turns


def beside_task(tools: Sequence[ToolStub], files: Mapping[str, bytes]) -> str:
    """The text after a task: how to read its files, and the tools."""
    parts = []
    if readers := list(filter(None, starmap(_reader, files.items()))):
        parts.append("\n".join([_READ, *readers]))
    if tools:
        parts.append("\n".join([_TOOLS, *map(_line, tools)]))
    return "\n\n".join(parts)


def _reply(example: Example, *, structured: bool) -> str:
    if structured:
        return json.dumps({"thought": example.thought, "code": example.code})
    return f"```python\n{example.code}\n```"


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
