"""Compares what came out of a task with what README.md says should."""

from __future__ import annotations

import io
import math
import struct
from typing import Any

import openpyxl

from .solving import Solved


def check_value(solved: Solved, expect: dict[str, Any]) -> None:
    """Raises ``AssertionError`` if the answer is another one."""
    kind, value = expect["kind"], expect["value"]
    if kind == "table":
        check_table(solved.table, expect)
    elif kind == "series":
        assert list(solved.output) == value["index"]
        assert close(list(solved.output.values()), value["values"], expect)
        assert all(label in solved.answer["text/plain"] for label in value["index"])
    elif kind == "decimal":
        assert str(solved.output) == value
    elif kind == "figure":
        assert "image/png" in solved.answer or "image/svg+xml" in solved.answer
    else:
        assert close(solved.output, value, expect), (solved.output, value)


def check_table(table: dict[str, Any], expect: dict[str, Any]) -> None:
    value = expect["value"]
    names = [field["name"] for field in table["schema"]["fields"]]
    columns = value["columns"]
    labels = names[: len(names) - len(columns)]
    assert names[len(labels) :] == columns
    rows = [[row[name] for name in columns] for row in table["data"]]
    assert close(rows, value["rows"], expect), (rows, value["rows"])
    if labels:
        index = [" | ".join(str(row[name]) for name in labels) for row in table["data"]]
        assert index == value["index"]


def close(found: Any, wanted: Any, expect: dict[str, Any]) -> bool:
    """Whether values are the same, numbers within the task's tolerances."""
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and found.keys() == wanted.keys()
            and all(close(found[key], wanted[key], expect) for key in wanted)
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(close(one, other, expect) for one, other in zip(found, wanted, strict=True))
        )
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)):
        # A table's times have milliseconds.
        return bool(found == wanted or str(found).removesuffix(".000") == wanted)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return False
    return math.isclose(found, wanted, rel_tol=expect["rel_tol"], abs_tol=expect["abs_tol"])


def check_artefacts(solved: Solved, artefacts: list[dict[str, Any]]) -> None:
    """Raises ``AssertionError`` if other pictures, tables or files came out."""
    figures = sum(part["count"] for part in artefacts if part["kind"] == "figure")
    assert solved.pictures == figures
    for part in artefacts:
        if part["kind"] == "table":
            assert solved.table["total_rows"] == part["rows"]
        elif part["kind"] == "file":
            check_file(solved.files[part["name"]], part)


def check_file(data: bytes, part: dict[str, Any]) -> None:
    assert len(data) >= part.get("min_bytes", 1)
    if "size" in part:
        assert picture_size(data) == tuple(part["size"])
    if "lines" in part:
        assert len(data.decode().splitlines()) == part["lines"]
    if "sheets" in part:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        assert {sheet.title: sheet.max_row - 1 for sheet in book} == part["sheets"]


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or a JPEG, in pixels."""
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    at = 2
    while True:  # the segments of a JPEG; one of them starts a frame and has the size
        marker, length = struct.unpack(">HH", data[at : at + 4])
        if 0xFFC0 <= marker <= 0xFFC3:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
