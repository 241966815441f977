"""What a tool returns becomes JSON, within limits."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import pathlib
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from pyagent import ToolError, tool
from pyagent.tools import results


def returned(value: Any) -> Any:
    @tool
    def give() -> Any:
        """Give."""
        return value

    return asyncio.run(give.call())


@dataclass
class Row:
    id: int
    tags: tuple[str, ...]


class Level(Enum):
    HIGH = "high"


class Frame:
    def to_dict(self, orient: str = "dict") -> Any:
        return [{"a": 1}] if orient == "records" else {"a": {0: 1}}


class Array:
    def tolist(self) -> list[float]:
        return [1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Row(id=1, tags=("a", "b")), {"id": 1, "tags": ["a", "b"]}),
        ({1: {2}, Level.HIGH: Level.HIGH}, {"1": [2], "high": "high"}),
        (datetime.date(2026, 11, 22), "2026-11-22"),
        (decimal.Decimal("1.5"), 1.5),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        ((n * n for n in range(3)), [0, 1, 4]),
        (range(2), [0, 1]),
        (Frame(), [{"a": 1}]),
        (Array(), [1.0, 2.0]),
        ([float("nan"), float("inf"), 1.5], [None, None, 1.5]),
        (True, True),
        (None, None),
    ],
)
def test_results_become_json(value: Any, json: Any) -> None:
    result = returned(value)
    assert result == json
    assert type(result) is type(json)


def test_result_that_json_cannot_hold_is_an_error() -> None:
    with pytest.raises(ToolError, match="cannot be sent to the code: a value of type bytes"):
        returned([b"x"])
    with pytest.raises(ToolError, match="cannot be sent to the code: a value of type object"):
        returned(object())
    with pytest.raises(ToolError, match="cannot be sent to the code: an integer has more than"):
        returned({"count": 10**5_000})


def test_too_deep_and_too_large_results_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(ToolError, match="nested deeper than 50 levels"):
        returned(deep)
    monkeypatch.setattr(results, "MAX_CHARS", 1_000)
    with pytest.raises(ToolError, match="larger than 1,000 characters"):
        returned(iter(int, 1))
    with pytest.raises(ToolError, match="larger than 1,000 characters"):
        returned("x" * 1_001)
