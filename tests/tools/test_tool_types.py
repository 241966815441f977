"""Types of arguments: what the model sees of them, and what the body of a tool gets."""

from __future__ import annotations

import asyncio
import collections
import datetime
import enum
import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    TypedDict,
    TypeVar,
)

import pydantic
import pytest
from typing_extensions import TypeAliasType

from pyagent import ToolDefinitionError, ToolError, tool
from pyagent.prompts.small_models import before_task
from pyagent.tools import from_schema
from pyagent.tools.base import FunctionTool

T = TypeVar("T")
NO_DEFAULT = object()


def taking(hint: Any, default: Any = NO_DEFAULT) -> FunctionTool:
    """A tool with one parameter of this type. It says what it got."""

    def take(value: Any) -> str:
        """Take.

        Args:
            value: Anything.
        """
        got.append(value)
        return "taken"

    got: list[Any] = []
    take.__annotations__["value"] = hint
    take.__defaults__ = None if default is NO_DEFAULT else (default,)
    take.got = got  # type: ignore[attr-defined]
    return tool(take)


def arrived(hint: Any, *args: Any, default: Any = NO_DEFAULT) -> Any:
    """What the body of such a tool gets for an argument from the model."""
    made = taking(hint, default)
    asyncio.run(made.call(args))
    return made.forward.got[-1]  # type: ignore[attr-defined]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Shape(enum.Enum):
    SQUARE = (1, 1)
    WIDE = (2, 1)


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Tree:
    value: int
    kids: list[Tree] = field(default_factory=list)


@dataclass(kw_only=True)
class Room:
    """A room.

    Attributes:
        size: In square metres.
    """

    size: float
    seed: InitVar[int] = 0
    made_up: int = field(init=False, default=0)

    def __post_init__(self, seed: int) -> None:
        if self.size <= 0:
            raise ValueError("no room is that small")
        self.made_up = seed + 1


@dataclass
class Box(Generic[T]):
    content: T


@dataclass
class Chain(Generic[T]):
    content: T
    next: Chain[T] | None = None


CHAIN = Chain(Color.RED, Chain(Color.BLUE))


class Row(TypedDict):
    day: datetime.date
    note: NotRequired[str]


class Spot(NamedTuple):
    x: int
    y: int = 0


class Guest(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)

    name: str = pydantic.Field(min_length=2, description="Full name.")
    born: datetime.date
    friends: list[Guest] = []


Celsius = NewType("Celsius", float)
Warm = NewType("Warm", Celsius)
DAY = datetime.date(2026, 11, 22)
ID = uuid.UUID(int=5)


@pytest.mark.parametrize(
    ("hint", "given", "body"),
    [
        (Color, "red", Color.RED),
        (Shape, "WIDE", Shape.WIDE),
        (Right, 3, Right.READ | Right.WRITE),
        (Color | None, None, None),
        (list[Color], ["red"], [Color.RED]),
        (dict[Color, Color], {"red": "blue"}, {Color.RED: Color.BLUE}),
        (Literal[Color.RED, 5], "red", Color.RED),
        (Literal[True, 2], True, True),
        (set[str], ["a", "b", "a"], {"a", "b"}),
        (frozenset, [1, 1], frozenset({1})),
        (AbstractSet[int], [1], {1}),
        (tuple[int, str], [1, "a"], (1, "a")),
        (tuple[int, ...], [1, 2.0], (1, 2)),
        (tuple[()], [], ()),
        (tuple, [1], (1,)),
        (collections.deque[int], [1], collections.deque([1])),
        (Sequence[Color], ["red"], [Color.RED]),
        (list[int | None], [1.0, None], [1, None]),
        (dict[int, str], {"1": "a"}, {1: "a"}),
        (Mapping[str, Color], {"a": "red"}, {"a": Color.RED}),
        (datetime.date, "2026-11-22", DAY),
        (datetime.date, "2026-11-22T00:00:00", DAY),
        (datetime.time, "18:30:00", datetime.time(18, 30)),
        (datetime.timedelta, 90, datetime.timedelta(seconds=90)),
        (Decimal, "1.10", Decimal("1.10")),
        (Decimal, 0.1, Decimal("0.1")),
        (uuid.UUID, str(ID), ID),
        (Path, "a/b", Path("a/b")),
        (datetime.date | str, "soon", "soon"),
        (datetime.date | str, "2026-11-22", DAY),
        (float | int, 2, 2),
        (int | None, 2.0, 2),
        (Warm, 5, 5),
        (Annotated[Color, "Of the wall."], "red", Color.RED),
        (TypeAliasType("Colors", list[Color]), ["red"], [Color.RED]),
        (Tree, {"value": 1, "kids": [{"value": 2}]}, Tree(1, [Tree(2)])),
        (Tree | None, {"value": 1}, Tree(1)),
        (Box[int], {"content": 1}, Box(1)),
        (Chain[Color], {"content": "red", "next": {"content": "blue"}}, CHAIN),
        (Row, {"day": "2026-11-22", "more": 1}, {"day": DAY, "more": 1}),
        (Spot, {"x": 1}, Spot(1)),
        (Spot, [1, 2], Spot(1, 2)),
        (list[Row], [{"day": "2026-11-22", "note": "n"}], [{"day": DAY, "note": "n"}]),
        (Any, {"a": [1]}, {"a": [1]}),
    ],
)
def test_body_gets_what_its_hint_says(hint: Any, given: Any, body: Any) -> None:
    got = arrived(hint, given)
    assert got == body
    assert type(got) is type(body)


def test_dataclass_is_made_by_its_own_init() -> None:
    assert arrived(Room, {"size": 2, "seed": 4}).made_up == 5


def test_pydantic_model_is_checked_and_built_by_pydantic() -> None:
    friend = {"name": "Bob", "born": "2000-01-02"}
    guest = arrived(Guest, {"name": "Ann", "born": "2000-01-01", "friends": [friend]})
    assert guest.friends == [Guest(name="Bob", born=datetime.date(2000, 1, 2))]
    assert arrived(list[Guest], [friend]) == guest.friends
    with pytest.raises(ToolError, match=r"as dict: name: .*at least 2 characters; born: .*"):
        arrived(Guest, {"name": "A", "born": "soon"})
    with pytest.raises(ToolError, match="as int: Input should be greater than 0"):
        arrived(Annotated[int, pydantic.Field(gt=0)], 0)


@pytest.mark.parametrize(
    ("hint", "given", "message"),
    [
        (Color, "RED", "wants 'value' as Literal['red', 'blue'], not str 'RED'"),
        (Literal[1], True, "wants 'value' as Literal[1], not bool True"),
        (datetime.date, "2026-13-01", "'2026-13-01' is not written as in 2026-11-22"),
        (datetime.date, "2026-11-22T10:00:00", "is not written as in 2026-11-22"),
        (list[int], [1, "2"], "as list[int]: at [1], int is needed, not str '2'"),
        (list[Row], [{"note": "n"}], "at [0], the key 'day' is missing"),
        (Row, {"day": 5}, "as dict: at ['day'], str is needed, not int 5"),
        (Room, {"size": -1}, "as dict: no room is that small"),
        (Room, {"size": 1, "hue": 2}, "there is no key 'hue'; there is: size, seed"),
        (tuple[int, str], [1], "2 items are needed, not 1"),
        (set[Any], [[1]], "unhashable"),
        (dict[int, str], {"a": "b"}, "the key 'a' has the wrong type"),
        (Tree, {"value": 1, "kids": [{"value": None}]}, "at ['kids'][0]['value'], int is needed"),
        (Right, 64, "64 is not written as in the sum of its flags"),
        (Decimal, "much", "'much' is not written as in 12.50"),
        (Spot, [1, 2, 3], "2 items are allowed, not 3"),
    ],
)
def test_argument_that_does_not_fit_its_hint_is_explained(
    hint: Any, given: Any, message: str
) -> None:
    with pytest.raises(ToolError) as caught:
        arrived(hint, given)
    assert message in caught.value.message


def test_value_nested_without_end_is_explained() -> None:
    deep: dict[str, Any] = {"value": 1}
    for _ in range(5_000):
        deep = {"value": 1, "kids": [deep]}
    with pytest.raises(ToolError, match="too deep"):
        arrived(Tree, deep)


@pytest.mark.parametrize(
    ("hint", "default", "signature", "given"),
    [
        (str, None, "(value: str | None = None) -> str", None),
        (Color, None, "(value: Literal['red', 'blue'] | None = None) -> str", None),
        (list[int], None, "(value: list[int] | None = None) -> str", None),
        (str, 5, "(value: str = 5) -> str", 5),
        (Color, Color.BLUE, "(value: Literal['red', 'blue'] = 'blue') -> str", "blue"),
        (float, float("-inf"), "(value: float = ...) -> str", 1.5),
        pytest.param(int, 10**5_000, "(value: int = ...) -> str", 1, id="long"),
        (datetime.date, DAY, "(value: str = ...) -> str", "2026-11-22"),
        (list[int], [1], "(value: list[int] = ...) -> str", [2]),
        (object, object(), "(value: Any = ...) -> str", 1),
    ],
)
def test_any_default_works_and_may_be_given(
    hint: Any, default: Any, signature: str, given: Any
) -> None:
    assert taking(hint, default).signature == signature
    assert arrived(hint, default=default) == default
    given_by_name = arrived(hint, given, default=default)
    assert given_by_name == (default if given in (None, 5, "blue") else given_by_name)


@pytest.mark.parametrize(
    "hint", [bytes, complex, type, Tree.__init__, list[bytes], Color | bytes, enum.Enum, Box[bytes]]
)
def test_type_that_json_does_not_have_is_refused(hint: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="which JSON does not have: use str"):
        taking(hint)


@pytest.mark.parametrize("hint", ["int |", "Nowhere", "enum.Nothing", "1 / 0", "list[Nowhere]"])
def test_hint_that_cannot_be_read_is_refused(hint: str) -> None:
    with pytest.raises(ToolDefinitionError, match=r"a type hint (is unknown|cannot be read)"):
        taking(hint)


def test_description_may_stand_in_the_hint() -> None:
    @tool
    def paint(
        color: Annotated[Color, "Of the wall."], coats: Annotated[int, pydantic.Field(ge=1)] = 1
    ) -> None:
        """Paint.

        Args:
            coats: How many.
        """

    assert "    color: Of the wall.\n    coats: How many." in paint.doc
    assert paint.parameters["properties"]["coats"]["minimum"] == 1


def test_way_of_writing_is_told_to_the_model() -> None:
    assert taking(datetime.date).doc.endswith("value: Anything. As in 2026-11-22.")
    assert taking(datetime.timedelta | None).doc.endswith("Anything. As in 90 (seconds).")


KEYS_OF_ROOM = "        'size': float. In square metres.\n        'seed': int, optional"


def test_keys_of_records_are_shown_to_the_model() -> None:
    assert taking(Room).doc.endswith(f"    value: Anything.\n{KEYS_OF_ROOM}")
    assert taking(dict[str, list[Room]] | None).doc.endswith(KEYS_OF_ROOM)
    assert taking(Row).doc.endswith(
        "        'day': str. As in 2026-11-22.\n        'note': str, optional"
    )
    assert "'friends': list[dict], optional" in taking(Guest).doc
    assert "'name': str. Full name." in taking(Guest).doc


def test_keys_of_a_result_are_shown_to_the_model() -> None:
    @tool
    def rooms() -> list[Room]:
        """List the rooms."""
        return []

    assert rooms.signature == "() -> list[dict]"
    assert rooms.doc == (
        "List the rooms.\n\nReturns:\n    'size': float. In square metres.\n"
        "    'seed': int, optional"
    )


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (tuple[float, float], "tuple[float, float]"),
        (list[tuple[Row, str]], "list[tuple[dict, str]]"),
        (tuple[tuple[int, str], list[int]], "tuple[tuple[int, str], list[int]]"),
        (tuple[int, Any] | None, "tuple[int, Any] | None"),
        (dict[str, tuple[Color]], "dict[str, tuple[Literal['red', 'blue']]]"),
        (tuple[()], "tuple[()]"),
        (tuple[int, ...], "list[int]"),
    ],
)
def test_items_of_a_tuple_are_shown_to_the_model(hint: Any, text: str) -> None:
    assert taking(hint).signature == f"(value: {text}) -> str"


@pytest.mark.parametrize("hint", [tuple[Row, int], list[tuple[Row, Row]], tuple[Row, int] | None])
def test_keys_in_a_tuple_are_shown_once(hint: Any) -> None:
    keys = "        'day': str. As in 2026-11-22.\n        'note': str, optional"
    assert taking(hint).doc.endswith(f"    value: Anything.\n{keys}")


def test_schema_of_a_tuple_is_for_readers_with_and_without_prefix_items() -> None:
    number, text = {"type": "number"}, {"type": "string"}
    pair = taking(tuple[float, float]).parameters["properties"]["value"]
    size = {"minItems": 2, "maxItems": 2, "description": "Anything."}
    items = {"prefixItems": [number, number], "items": number}
    assert pair == {"type": "array", **items, **size}
    mixed = taking(tuple[float, str]).parameters["properties"]["value"]
    items = {"prefixItems": [number, text], "items": {"anyOf": [number, text]}}
    assert mixed == {"type": "array", **items, **size}


def test_tuple_in_a_result_is_shown_as_the_list_that_arrives() -> None:
    @tool
    def spot() -> tuple[float, str]:
        """Find the spot."""
        return (1.5, "a")

    assert spot.signature == "() -> list[float | str]"


def test_call_with_a_list_or_a_tuple_fits_a_tuple() -> None:
    assert arrived(tuple[datetime.date, int], ["2026-11-22", 1]) == (DAY, 1)
    assert arrived(tuple[datetime.date, int], ("2026-11-22", 1)) == (DAY, 1)


def test_nested_keys_of_a_schema_are_shown_to_the_model() -> None:
    area = {"type": "object", "properties": {"km": {"type": "integer"}}, "required": ["km"]}
    properties = {
        "lat": {"type": "number", "description": "North,\n in degrees."},
        "areas": {"type": "array", "items": {"$ref": "#/$defs/area"}},
    }
    where = {"type": "object", "properties": properties, "required": ["lat"]}
    schema = {"type": "object", "properties": {"where": where, "n": {}}, "$defs": {"area": area}}
    find = from_schema("find", "Find.", schema, lambda arguments: None)
    keys = (
        "    where: \n        'lat': float. North, in degrees.\n"
        "        'areas': list[dict], optional\n            'km': int"
    )
    assert find.doc == f"Find.\n\nArgs:\n{keys}\n    n: "
    commented = "\n".join(f"#{line}" for line in keys.split("\n"))
    assert before_task([find.stub()]).endswith(f"# Find.\n{commented}\n\n")


def test_only_so_many_keys_are_shown() -> None:
    many = {"type": "object", "properties": {f"k{i}": {} for i in range(1_000)}}
    find = from_schema("find", "Find.", {"properties": {"a": many}}, lambda arguments: None)
    assert find.doc.count("\n") < 110
    assert find.doc.endswith("…")
