"""Properties of every tool that can be made: hypothesis makes signatures, types and schemas.

``PYAGENT_EXAMPLES`` sets how many examples each property gets.
"""

from __future__ import annotations

import ast
import asyncio
import datetime
import enum
import inspect
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyagent import Tool, ToolDefinitionError, ToolError, tool
from pyagent.messages import ToolSpec
from pyagent.prompts import code_agent_prompt, tool_calling_agent_prompt
from pyagent.protocol import DefineTools, ToGuest
from pyagent.sandbox.arguments import to_argument
from pyagent.sandbox.tools import Invocation, make_function
from pyagent.tools import from_schema
from pyagent.tools.schema import identifier
from pyagent.wire import dumps, loads

EXAMPLES = int(os.environ.get("PYAGENT_EXAMPLES", "60"))
more_of = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES <= 100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NAMES = ["a", "b", "self", "args", "kwargs", "more", "name", "x1", "é", "map", "default"]


def through_a_guest(made: Tool) -> Callable[..., Any]:
    """The function of a guest that stands for the tool. Its calls are answered by the tool."""
    [stub] = loads(dumps(DefineTools(tools=[made.stub()])), ToGuest).tools

    def call_all(calls: Sequence[Invocation]) -> list[Any]:
        return [call(args, kwargs) for _, args, kwargs in calls]

    def call(args: list[Any], kwargs: dict[str, Any]) -> Any:
        args, kwargs = json.loads(json.dumps([args, kwargs]))
        return asyncio.run(made.call(args, kwargs, call_blocking=inline))

    return make_function(stub, call_all)


async def inline(function: Callable[[], Any]) -> Any:
    return function()


def check_texts(made: Tool) -> None:
    """The tool can be shown to both kinds of agent, and its signature is Python."""
    heads = ast.parse(f"def {made.name}{made.signature}: ...").body
    assert len(heads) == 1
    spec = ToolSpec(name=made.name, description=made.description, parameters=made.parameters)
    json.dumps(made.parameters, allow_nan=False).encode()
    code_agent_prompt(short=False, tools=[made.stub()]).encode()
    tool_calling_agent_prompt(short=False, native=False, tools=[spec]).encode()


# --- signatures ----------------------------------------------------------------------------------

DEFAULTS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just(()), st.just({"a": 1})
)


@st.composite
def functions(draw: st.DrawFn) -> Callable[..., Any]:
    """A function with any parameters that a model can name. It returns what it was called with."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5))
    split = draw(st.integers(0, len(names)))
    parameters, had_default = [], False
    for i, name in enumerate(names):
        kind = (
            inspect.Parameter.KEYWORD_ONLY
            if i >= split
            else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        default: Any = inspect.Parameter.empty
        if draw(st.booleans()) or (had_default and i < split):
            default, had_default = draw(DEFAULTS), True
        parameters.append(inspect.Parameter(name, kind, default=default))

    def function(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        got.append(bound.arguments)

    signature = inspect.Signature(parameters)
    got: list[dict[str, Any]] = []
    function.__name__ = "function"
    described = "".join(f"\n    {name}: Anything." for name in names)
    function.__doc__ = f"Do.\n\nArgs:{described}" if names else "Do."
    function.__annotations__ = dict.fromkeys(names, Any) | {"return": None}
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.got = got  # type: ignore[attr-defined]
    return function


ARGUMENTS = st.one_of(
    st.none(), st.integers(), st.text(max_size=3), st.lists(st.booleans(), max_size=2)
)


@more_of
@given(
    function=functions(),
    args=st.lists(ARGUMENTS, max_size=4),
    kwargs=st.dictionaries(st.sampled_from([*NAMES, "unknown"]), ARGUMENTS, max_size=4),
)
def test_what_python_would_bind_is_bound(
    function: Any, args: list[Any], kwargs: dict[str, Any]
) -> None:
    made = tool(function)
    check_texts(made)
    try:
        function(*args, **kwargs)
        expected = function.got.pop()
    except TypeError:
        with pytest.raises(ToolError):
            asyncio.run(made.call(args, kwargs, call_blocking=inline))
        with pytest.raises(TypeError, match=r"function\(\)"):
            through_a_guest(made)(*args, **kwargs)
        assert function.got == []
        return
    asyncio.run(made.call(args, kwargs, call_blocking=inline))
    through_a_guest(made)(*args, **kwargs)
    for got in function.got:
        assert repr(got) == repr(expected)
    assert len(function.got) == 2


@more_of
@given(function=functions(), order=st.randoms(use_true_random=False))
def test_inputs_in_any_order_bind_as_forward_does(function: Any, order: Any) -> None:
    names = list(function.__signature__.parameters)
    order.shuffle(names)

    class Made(Tool):
        name = "made"
        description = "D."
        inputs = {n: {"type": "any", "description": "D."} for n in names}  # noqa: RUF012
        output_type = "any"
        forward = staticmethod(function)

    made = Made() if names else tool(function)
    check_texts(made)
    required = [p.name for p in function.__signature__.parameters.values() if p.default is p.empty]
    through_a_guest(made)(**dict.fromkeys(required, 1))
    assert {name: function.got[0][name] for name in required} == dict.fromkeys(required, 1)


# --- types ---------------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Point:
    x: int
    colors: frozenset[Color] = frozenset()


class Row(TypedDict):
    day: datetime.date
    level: Level


class Pair(NamedTuple):
    left: int
    right: Color


Typed = tuple[Any, st.SearchStrategy[Any]]
"""A type and its values."""

FLAT: list[Typed] = [
    (str, st.text()),
    (int, st.integers()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (None, st.none()),
    (Color, st.sampled_from(Color)),
    (Level, st.sampled_from(Level)),
    (Literal["x", 3, None], st.sampled_from(["x", 3, None])),
    (datetime.date, st.dates()),
    (datetime.datetime, st.datetimes()),
    (datetime.time, st.times()),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (Point, st.builds(Point, st.integers(), st.frozensets(st.sampled_from(Color)))),
    (Row, st.fixed_dictionaries({"day": st.dates(), "level": st.sampled_from(Level)})),
    (Pair, st.builds(Pair, st.integers(), st.sampled_from(Color))),
]
HASHABLE = [typed for typed in FLAT if typed[0] is not Row]


def containers(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return st.one_of(
        inner.map(lambda t: (list[t[0]], st.lists(t[1], max_size=3))),  # type: ignore[name-defined]
        inner.map(lambda t: (dict[str, t[0]], st.dictionaries(st.text(), t[1], max_size=3))),  # type: ignore[name-defined]
        inner.map(lambda t: (tuple[t[0], ...], st.lists(t[1], max_size=3).map(tuple))),  # type: ignore[name-defined]
        inner.map(
            lambda t: (
                t[0] | None if isinstance(t[0], type) else t[0] or str,
                t[1] if t[0] else st.text(),
            )
        ),
        inner.map(lambda t: (dict[int, t[0]], st.dictionaries(st.integers(), t[1], max_size=3))),  # type: ignore[name-defined]
        inner.map(lambda t: (Annotated[t[0], "D."], t[1])),
        st.tuples(inner, inner).map(
            lambda p: (tuple[p[0][0], p[1][0]], st.tuples(p[0][1], p[1][1]))
        ),  # type: ignore[name-defined]
        st.sampled_from(HASHABLE).map(lambda t: (set[t[0]], st.sets(t[1], max_size=3))),  # type: ignore[name-defined]
    )


TYPES = st.recursive(st.sampled_from(FLAT), containers, max_leaves=4)


@more_of
@given(typed=TYPES, data=st.data())
def test_body_gets_the_value_that_code_gave(typed: Typed, data: st.DataObject) -> None:
    hint, values = typed
    value = data.draw(values)
    got = []

    def take(value: Any) -> None:
        """Take.

        Args:
            value: Anything.
        """
        got.append(value)

    take.__annotations__["value"] = hint
    made = tool(take)
    check_texts(made)
    through_a_guest(made)(value)
    crossed = to_argument(value, made.stub().parameters[0].hint)
    through_a_guest(made)(json.loads(json.dumps(crossed)))
    for body in got:
        assert body == value
        assert type(body) is type(value) or isinstance(value, float | int)


# --- schemas -------------------------------------------------------------------------------------

ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=4),
        st.sampled_from(["object", "array", "string", "number", "any", "#", "#/properties/a"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYWORDS = [
    "type", "enum", "const", "default", "description", "title", "format", "required", "nullable",
    "items", "prefixItems", "additionalProperties", "anyOf", "oneOf", "allOf", "not", "if",
    "properties", "$ref", "$defs", "minimum", "pattern", "x-more",
]  # fmt: skip


REFS = ["#", "#/properties/a", "#/$defs/a", "#/$defs/b", "#/properties/a/items", "#/nowhere", "x"]
TYPES_OF_JSON = ["object", "array", "string", "integer", "number", "boolean", "null"]
ODD_NAMES = ["a", "b", "class", "self", "x²", "ﬁ", "__import__", "a b", "a-b", ""]


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas as people write them, with odd values here and there."""
    named = st.dictionaries(st.sampled_from(ODD_NAMES) | st.text(max_size=5), inner, max_size=3)
    kinds = st.sampled_from([*TYPES_OF_JSON, ["string", "null"], ["any"], "date", None])
    of_keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": kinds,
        "properties": named,
        "required": st.lists(st.sampled_from(ODD_NAMES), max_size=2),
        "items": inner | st.lists(inner, max_size=2),
        "anyOf": st.lists(inner, max_size=2),
        "allOf": st.lists(inner, max_size=2),
        "additionalProperties": inner,
        "enum": st.lists(ODD, max_size=3),
        "const": ODD,
        "default": ODD,
        "$ref": st.sampled_from(REFS),
    }
    sound = st.fixed_dictionaries({}, optional=of_keywords)
    few = st.sampled_from(list(of_keywords)).flatmap(
        lambda name: st.fixed_dictionaries({name: of_keywords[name]})
    )
    return st.one_of(few, sound, st.dictionaries(st.sampled_from(KEYWORDS), ODD, max_size=3))


INNER = st.recursive(ODD, schemas, max_leaves=6)
DOCUMENTS = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.sampled_from(ODD_NAMES), schemas(INNER), min_size=1)},
    optional={
        "type": st.sampled_from(["object", None, ["object", "null"]]),
        "required": st.lists(st.sampled_from(ODD_NAMES), max_size=4),
        "$defs": st.fixed_dictionaries({"a": schemas(INNER), "b": schemas(INNER)}),
        "allOf": st.lists(schemas(INNER), max_size=2),
        "anyOf": st.lists(schemas(INNER), max_size=2),
        "additionalProperties": ODD,
    },
)


@more_of
@given(name=st.text(), schema=DOCUMENTS | INNER, data=st.data())
def test_any_schema_works_or_is_refused(name: str, schema: Any, data: st.DataObject) -> None:
    got: list[dict[str, Any]] = []
    try:
        made = from_schema(name, "D.", schema, got.append)
    except ToolDefinitionError:
        return
    check_texts(made)
    function = through_a_guest(made)
    assert inspect.signature(function).parameters.keys() >= made.parameters["properties"].keys()
    try:
        function(**{n: data.draw(fitting(s), n) for n, s in made.parameters["properties"].items()})
    except ToolError:
        pytest.fail("a value that fits was refused")
    assert len(got[0]) == len(made.parameters["properties"])


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit the outside of a complete schema."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([fitting(option) for option in options])
    kinds = schema.get("type")
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        "string": st.text(max_size=3), "integer": st.integers(), "number": st.integers(),
        "boolean": st.booleans(), "null": st.none(), "array": st.just([]), "object": st.just({}),
        None: st.just(1),
    }  # fmt: skip
    return st.one_of([by_type[kind] for kind in (kinds if isinstance(kinds, list) else [kinds])])


@more_of
@given(st.text())
def test_any_name_becomes_one_that_code_can_call(name: str) -> None:
    made = identifier(name)
    [statement] = ast.parse(f"{made} = f({made}=1)").body
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.targets[0], ast.Name)
    assert statement.targets[0].id == made == identifier(made)
