"""Counts the formulas in a workbook whose values the file does not store.

A spreadsheet program stores what each formula came to, and a library that only writes formulas does
not. ``workbooks`` reads such cells as NULL and says so with the counts from here.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pyagent.texts import counted

NOT_STORED = "formulas whose values the file does not store"
_ADVICE = "open the file in a spreadsheet program and save it to store them"
_WITHOUT_VALUE = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 1_000
_MAX_NAMED = 10


def may_be_without_values(data: bytes) -> bool:
    """Whether the text of a sheet has a formula without a value. Most workbooks have none.

    This reads the sheets as bytes, which takes a small part of the time that their cells take.
    """
    book = zipfile.ZipFile(io.BytesIO(data))
    return any(
        _has_one(book, part.filename)
        for part in book.infolist()
        if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    )


def _has_one(book: zipfile.ZipFile, name: str) -> bool:
    kept = b""
    with book.open(name) as part:
        while chunk := part.read(_CHUNK_BYTES):
            text = kept + chunk
            if (b"<f" in text or b":f" in text) and _WITHOUT_VALUE.search(text):
                return True
            kept = chunk[-_OVERLAP_BYTES:]
    return False


def formulas_without_values(
    openpyxl: Any, data: bytes, titles: Sequence[str]
) -> list[Counter[int]]:
    """For each sheet, how many formulas without a value each column has, counted from 0."""
    stored = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    written = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    return [_counted(stored[title], written[title]) for title in titles]


def _counted(stored: Any, written: Any) -> Counter[int]:
    found: Counter[int] = Counter()
    for sheet in (stored, written):
        sheet.reset_dimensions()
    for values, formulas in zip(
        stored.iter_rows(), written.iter_rows(values_only=True), strict=False
    ):
        for number, (cell, formula) in enumerate(zip(values, formulas, strict=False)):
            # A formula that came to an empty text is marked as text.
            if formula is not None and cell.value is None and cell.data_type != "str":
                found[number] += 1
    return found


def formula_notes(counts: Mapping[int, int], names: Sequence[str]) -> list[str]:
    """What a reader is told of the formulas of one sheet; ``names`` are those of its columns."""
    told = [
        f"{counted(count, 'cell')} of column {names[number]}"
        for number, count in sorted(counts.items())
        if number < len(names)
    ]
    if not told:
        return []
    more = [f"{counted(len(told) - _MAX_NAMED, 'more column')}"] if len(told) > _MAX_NAMED else []
    held = "holds" if len(told) == 1 and told[0].startswith("1 cell ") else "hold"
    what = NOT_STORED if held == "hold" else "a formula whose value the file does not store"
    return [f"{', '.join([*told[:_MAX_NAMED], *more])} {held} {what}: read as NULL ({_ADVICE})"]


def only_formulas() -> str:
    """Why a workbook seems empty."""
    return f"its cells hold only {NOT_STORED}: {_ADVICE}"
