"""Calls from model-written code: arguments are bound to parameters and checked by the schema."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from pyagent import ToolError, tool


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
