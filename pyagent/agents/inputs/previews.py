"""Describes the files of a task for the model: how they begin, and how to read them."""

from __future__ import annotations

import codecs
import re

from pyagent.tables.encodings import Encoding, without_nulls
from pyagent.tables.files import DataFile, open_file
from pyagent.texts import cut_middle

_PREVIEW_BYTES = 8_192
_MAX_LINE = 200
_MAX_FACTS = 1_500
_MAX_TABLES = 10
_LINE_END = re.compile(r"\r\n|\n|\r")


def preview(name: str, data: bytes, *, lines: int) -> str:
    """What follows the name and size of a file: its first lines, then facts about its tables.

    The text does not grow with the file. It is empty if nothing is known.
    """
    file = open_file(name, data, quick=True)
    text = ""
    if file.encoding is not None:
        first = [f"  {line}" for line in _first_lines(data, file.encoding, lines)]
        text = "\n".join([", begins:", *first]) if first else ""
    return "\n".join([text, *_facts(file)])


def _facts(file: DataFile) -> list[str]:
    remarks = file.remarks()
    if file.problem:
        remarks.append(f"it cannot be read as a table: {file.problem}")
    if len(file.tables) == 1 and not file.tables[0].title:
        table = file.tables[0]
        remarks += [table.described(), *table.remarks()]
    facts = [_bracketed(remarks)] if remarks else []
    for table in file.tables[:_MAX_TABLES]:
        if table.title:
            about = [table.described(), *table.remarks()]
            facts.append(_bracketed([f"{table.title!r:.60}: {about[0]}", *about[1:]]))
    more = len(file.tables) - _MAX_TABLES
    if more > 0:
        facts.append(f"  ({more} more tables)")
    return facts


def _bracketed(remarks: list[str]) -> str:
    text = "; ".join(remarks)
    return f"  ({text if len(text) <= _MAX_FACTS else text[:_MAX_FACTS] + '…'})"


def _first_lines(data: bytes, encoding: Encoding, lines: int) -> list[str]:
    decoder = codecs.getincrementaldecoder(encoding.name)(encoding.errors)
    head = without_nulls(data[:_PREVIEW_BYTES], encoding)
    text = decoder.decode(head, final=len(data) <= _PREVIEW_BYTES)
    found = _LINE_END.split(text)
    while found and not found[-1].strip():
        found.pop()
    return [cut_middle(line, _MAX_LINE).replace("\n", " ") for line in found[:lines]]
