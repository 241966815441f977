"""Calls from model-written code: arguments are bound and checked, results become JSON."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import pathlib
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import pytest

from pyagent import ToolDefinitionError, ToolError, tool
from pyagent.tools import from_schema, results


@tool
def book(
    city: str, nights: int = 1, price: float | None = None, kind: Literal["tent", "hut"] = "hut"
) -> list[Any]:
    """Book.

    Args:
        city: Where.
        nights: How many.
        price: At most.
        kind: Of bed.
    """
    return [city, nights, price, kind]


def call(*args: Any, **kwargs: Any) -> Any:
    return asyncio.run(book.call(args, kwargs))


def returned(value: Any) -> Any:
    @tool
    def give() -> Any:
        """Give."""
        return value

    return asyncio.run(give.call())


def test_arguments_are_taken_by_position_and_by_name() -> None:
    assert call("Rome") == ["Rome", 1, None, "hut"]
    assert call("Rome", 3, kind="tent") == ["Rome", 3, None, "tent"]
    assert call(nights=2, city="Rome", price=80) == ["Rome", 2, 80, "hut"]
    assert call("Rome", 2.0) == ["Rome", 2, None, "hut"]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ([], {}, "book() needs the argument(s) 'city'."),
        (
            ["a", 1, 1, "hut", 5],
            {},
            "book() takes 4 argument(s) 'city', 'nights', 'price', 'kind', not 5.",
        ),
        (
            ["a"],
            {"town": 1},
            "book() has no argument 'town'; it takes 'city', 'nights', 'price', 'kind'.",
        ),
        (["a"], {"city": "b"}, "book() got argument 'city' twice."),
        ([5], {}, "book() wants 'city' as str, not int 5."),
        (["a", "2"], {}, "book() wants 'nights' as int, not str '2'."),
        (["a", True], {}, "book() wants 'nights' as int, not bool True."),
        (["a", 2.5], {}, "book() wants 'nights' as int, not float 2.5."),
        (["a", 1, "x"], {}, "book() wants 'price' as float | None, not str 'x'."),
        (["a"], {"kind": "bed"}, "book() wants 'kind' as Literal['tent', 'hut'], not str 'bed'."),
    ],
)
def test_wrong_call_is_explained(args: list[Any], kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ToolError) as caught:
        call(*args, **kwargs)
    assert caught.value.message == message


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
    with pytest.raises(ToolError, match="is a bytes, which cannot be sent"):
        returned([b"x"])
    with pytest.raises(ToolError, match="is a object, which cannot be sent"):
        returned(object())


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


def test_tool_of_a_page_gets_its_own_names_back() -> None:
    got: list[dict[str, Any]] = []
    schema = {
        "type": "object",
        "properties": {
            "from": {"type": "string", "description": "Start."},
            "max-price": {"type": ["number", "null"]},
            "max price": {"enum": [1, 2]},
            "2nd": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["max-price"],
    }
    find = from_schema("find-train", "Find a train.", schema, lambda args: got.append(args) or "ok")
    assert find.name == "find_train"
    assert find.signature == (
        "(max_price: float | None, from_: str = ..., max_price_: Literal[1, 2] = ..., "
        "_2nd: list[int] = ...) -> Any"
    )
    assert asyncio.run(find.call([9.5], {"from_": "Rome"})) == "ok"
    assert got == [{"max-price": 9.5, "from": "Rome"}]


def test_async_handler_of_a_page_is_awaited() -> None:
    async def handler(args: dict[str, Any]) -> dict[str, Any]:
        return {"sum": sum(args["numbers"])}

    schema = {"properties": {"numbers": {"type": "array"}}}
    add = from_schema("add", "Add.", schema, handler)
    assert asyncio.run(add.call([[1, 2]])) == {"sum": 3}


@pytest.mark.parametrize("schema", [{"type": "array"}, {"properties": []}])
def test_schema_that_is_no_object_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ToolDefinitionError, match="JSON Schema of type 'object'"):
        from_schema("t", "D.", schema, lambda args: None)
