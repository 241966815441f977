"""Cases for what the signature of a tool may hold, on CPython and in a page, for both agents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, NamedTuple, NewType, TypedDict

from contracts.everywhere.cases import Place, answer, asked, block, both, case, use
from pyagent import Tool, tool
from pyagent.tools import from_schema


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Unit(str, Enum):  # noqa: UP042
    C = "C"
    F = "F"


class Level(IntEnum):
    LOW = 1
    HIGH = 3


@dataclass
class Stay:
    """A stay.

    Attributes:
        city: Where.
    """

    city: str
    start: date
    nights: int = 1


class Spot(TypedDict):
    lat: float
    color: Color


class Pair(NamedTuple):
    left: int
    right: int = 0


UserId = NewType("UserId", int)


class Search(Tool):
    name = "search"
    description = "Searches."
    inputs = {  # noqa: RUF012
        "limit": {"type": "integer", "description": "How many.", "nullable": True},
        "query": {"type": "string", "description": "What."},
    }
    output_type = "string"

    def forward(self, query: str, limit: int = 5) -> str:
        return f"{query} {limit}"


@tool
def add(a: int = 1, *, b: int) -> int:
    """Add.

    Args:
        a: One.
        b: The other.
    """
    return a + b


@tool
def heat(
    by: float = math.inf, least: float = math.nan, unit: Unit = Unit.C, level: Level = Level.HIGH
) -> str:
    """Heat.

    Args:
        by: Degrees.
        least: Degrees.
        unit: Of the degrees.
        level: How fast.
    """
    return f"{by} {least} {unit!r} {level!r}"


@tool
def find(city: str = None) -> str:  # type: ignore[assignment]  # noqa: RUF013
    """Find.

    Args:
        city: Where.
    """
    return f"in {city}"


@tool
def declared(
    color: Color,
    tags: set[str],
    pair: tuple[int, str],
    day: date,
    stay: Stay,
    spot: Spot,
    user: UserId,
    price: Decimal,
    both: Pair,
    note: Annotated[str, "A note."],
    colors: list[Color] | None = None,
    names: dict[int, str] | None = None,
) -> str:
    """Take everything.

    Args:
        color: Color.
        tags: Tags.
        pair: Pair.
        day: Day.
        stay: Stay.
        spot: Spot.
        user: User.
        price: Price.
        both: Both.
        colors: Colors.
        names: Names.
    """
    return repr(
        [color, sorted(tags), pair, day, stay, spot, user, price, both, note, colors, names]
    )


JSON_ARGUMENTS: dict[str, Any] = {
    "color": "red",
    "tags": ["b", "a", "a"],
    "pair": [1, "x"],
    "day": "2026-11-22",
    "stay": {"city": "Rome", "start": "2026-11-23"},
    "spot": {"lat": 1, "color": "blue"},
    "user": 7,
    "price": "1.10",
    "both": {"left": 1},
    "note": "n",
    "colors": ["blue"],
    "names": {"1": "a"},
}
PYTHON_ARGUMENTS = """
from collections import namedtuple
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

class Color(Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Stay:
    city: str
    start: date

Pair = namedtuple("Pair", "left right")
final_answer(declared(
    Color.RED, {"b", "a"}, (1, "x"), date(2026, 11, 22), Stay("Rome", date(2026, 11, 23)),
    spot={"lat": 1, "color": Color.BLUE}, user=7, price=Decimal("1.10"), both=Pair(1, 0),
    note="n", colors=(Color.BLUE,), names={1: "a"},
))
"""


Call = tuple[Tool, str, dict[str, Any]]
"""A tool, the code that calls it, and the arguments of the same call as JSON."""


async def _outputs(place: Place, calls: Sequence[Call]) -> tuple[list[Any], list[str]]:
    """What the calls returned to an agent of each kind, as values and as the model reads them."""
    tools = list({id(tool): tool for tool, _, _ in calls}.values())
    code = block(f"final_answer([{', '.join(code for _, code, _ in calls)}])")
    uses = [[use(tool.name, **arguments)] for tool, _, arguments in calls]
    async with both(place, [code], [*uses, answer("done")], tools=tools) as (coder, caller):
        coded = await coder.arun("Go.")
        assert coded.success, coded
        assert (await caller.arun("Go.")).success
        return coded.output, [asked(caller, i + 1)[-1].content for i in range(len(calls))]


@case
async def signatures_that_python_allows_are_called(place: Place) -> None:
    search = Search()
    warm = {"by": 1.5, "least": 0, "unit": "F", "level": 1}
    calls: list[tuple[Call, object]] = [
        ((search, "search('x')", {"query": "x"}), "x 5"),
        ((search, "search('x', limit=2)", {"query": "x", "limit": 2}), "x 2"),
        ((add, "add(b=2)", {"b": 2}), 3),
        ((add, "add(2, b=2)", {"a": 2, "b": 2}), 4),
        ((heat, "heat()", {}), "inf nan <Unit.C: 'C'> <Level.HIGH: 3>"),
        ((heat, "heat(1.5, 0, 'F', 1)", warm), "1.5 0 <Unit.F: 'F'> <Level.LOW: 1>"),
        ((find, "find(city=None)", {"city": None}), "in None"),
        ((find, "find()", {}), "in None"),
    ]
    values, texts = await _outputs(place, [call for call, _ in calls])
    assert values == [expected for _, expected in calls]
    assert texts == [str(expected) for _, expected in calls]


@case
async def body_gets_what_its_hints_say(place: Place) -> None:
    calls = [[use("declared", **JSON_ARGUMENTS)], answer("done")]
    async with both(place, [block(PYTHON_ARGUMENTS)], calls, tools=[declared]) as (coder, caller):
        coded = await coder.arun("Go.")
        await caller.arun("Go.")
    expected = [
        Color.RED,
        ["a", "b"],
        (1, "x"),
        date(2026, 11, 22),
        Stay("Rome", date(2026, 11, 23)),
        {"lat": 1, "color": Color.BLUE},
        7,
        Decimal("1.10"),
        Pair(1, 0),
        "n",
        [Color.BLUE],
        {1: "a"},
    ]
    assert coded.output == repr(expected)
    assert asked(caller)[-1].content == repr(expected)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return arguments


@case
async def schemas_that_json_schema_allows_are_called(place: Place) -> None:
    schemas: list[tuple[Any, Any]] = [
        ({"enum": []}, 1),
        ({"default": math.nan}, 1),
        ({"type": ["integer", "null"], "default": None}, None),
        ({"type": "string", "default": None}, None),
        (True, 1),
        (None, 1),
        ({"$ref": "#/properties/x"}, 1),
        ({"$ref": "#/$defs/row"}, {"n": 1}),
        ({"type": "array", "items": [{"type": "integer"}]}, [1]),
        ({"anyOf": []}, 1),
        ({"description": None, "type": []}, 1),
        ({"type": "number"}, 2),
        ({"type": "integer"}, 2.0),
    ]
    row = {"type": "object", "properties": {"n": {"type": "integer"}}}
    calls: list[Call] = []
    for i, (schema, value) in enumerate(schemas):
        whole = {"type": "object", "properties": {"x": schema}, "$defs": {"row": row}}
        made = from_schema(f"f{i}", "D.", whole, _given)
        calls.append((made, f"f{i}({value})", {"x": value}))
    values, texts = await _outputs(place, calls)
    assert values == [{"x": value} for _, value in schemas]
    assert len(texts) == len(schemas)


@case
async def parameters_of_any_name_are_called(place: Place) -> None:
    names = ["self", "x²", "class", "ﬁ", "", "__import__", "a b", "a-b"]
    schema = {"properties": {name: {} for name in names}, "required": ["ﬁ"]}
    made = from_schema("__import__", "D.", schema, _given)
    code = "import_(1, self=2, x2=3, class_=4, _=5, import_=6, a_b=7, a_b_=8)"
    arguments = {"fi": 1, "self": 2, "x2": 3, "class_": 4, "_": 5}
    arguments |= {"import_": 6, "a_b": 7, "a_b_": 8}
    values, _ = await _outputs(place, [(made, code, arguments)])
    expected = [2, 3, 4, 1, 5, 6, 7, 8]
    assert values == [dict(zip(names, expected, strict=True))]
