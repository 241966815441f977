"""Tools of other programs, such as a page: their JSON Schema becomes a Python signature."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pyagent import ToolDefinitionError, ToolError
from pyagent.tools import from_schema


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
def test_schema_that_is_not_an_object_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ToolDefinitionError, match="JSON Schema of type 'object'"):
        from_schema("t", "D.", schema, lambda args: None)


@pytest.mark.parametrize(
    ("schema", "signature"),
    [
        ({"type": None, "properties": None, "required": None}, "() -> Any"),
        ({"type": ["object", "null"], "properties": {"a": True, "b": False}}, "(a: Any = ...)"),
        ({"properties": {"a": {}, "b": {}}, "required": ["b", "c", 5]}, "(b: Any, a: Any = ...)"),
        ({"properties": {"a": {"enum": []}}}, "(a: Any = ...)"),
        (
            {"properties": {"a": {"enum": [float("nan"), [1], None]}}},
            "(a: Literal[[1], None] = ...)",
        ),
        (
            {"properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "null"}}},
            "(a: None",
        ),
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, "(a: Any = ...)"),
        ({"properties": {"a": {"$ref": "https://example.com/s"}}}, "(a: Any = ...)"),
        (
            {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]},
            "(a: A",
        ),
        (
            {"anyOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]},
            "(a: Any = ..., b: Any = ...)",
        ),
        (
            {"properties": {"more": {}}, "additionalProperties": {"type": "string"}},
            "(more: Any = ..., **more_: str)",
        ),
        ({"properties": {}, "additionalProperties": False}, "()"),
        (
            {"properties": {"a": {"default": float("inf")}, "b": {"default": {1}}}},
            "(a: Any = ..., b",
        ),
        (
            {"properties": {"a": {"description": 5, "type": {}, "items": 5, "anyOf": 5}}},
            "(a: Any = ...",
        ),
        (
            {"properties": {"a": {"type": "array", "items": [{"type": "string"}]}}},
            "(a: list = ...)",
        ),
        ({"properties": {"a": {"properties": {"b": None}}}}, "(a: dict = ...)"),
    ],
)
def test_schema_that_people_write_is_taken(schema: dict[str, Any], signature: str) -> None:
    made = from_schema("f", "D.", schema, lambda arguments: None)
    assert made.signature.startswith(signature)


def test_further_properties_are_taken_where_the_schema_allows_them() -> None:
    got: list[Any] = []
    schema = {"properties": {"a-b": {}}, "additionalProperties": {"type": "string"}}
    made = from_schema("f", "D.", schema, got.append)
    asyncio.run(made.call([1], {"c": "x"}))
    assert got == [{"a-b": 1, "c": "x"}]
    with pytest.raises(ToolError, match="wants 'c' as str, not int 5"):
        asyncio.run(made.call([1], {"c": 5}))


def test_none_leaves_out_an_optional_argument_that_has_no_default() -> None:
    got: list[Any] = []
    properties = {
        "a": {"type": "string"},
        "b": {"enum": ["x"]},
        "c": {"type": ["string", "null"]},
        "d": {"type": "string", "default": "x"},
        "e": {},
    }
    schema = {"properties": properties | {"f": {"type": "string"}}, "required": ["f"]}
    made = from_schema("f", "D.", schema, got.append)
    asyncio.run(made.call(["f", None], {"b": None, "c": None, "e": None}))
    assert got == [{"f": "f", "c": None, "e": None}]
    for wrong in ({"f": None}, {"f": "f", "d": None}):
        with pytest.raises(ToolError, match="as str, not NoneType None"):
            asyncio.run(made.call([], wrong))


def test_schema_that_grows_by_references_stays_bounded() -> None:
    def doubled(i: int) -> dict[str, Any]:
        return {"properties": {name: {"$ref": f"#/$defs/{i}"} for name in "ab"}}

    schema = {
        "properties": {"x": {"$ref": "#/$defs/0"}},
        "$defs": {str(i): doubled(i + 1) for i in range(60)},
    }
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"properties": {"a": deep}}
    for grown in (schema, deep):
        made = from_schema("f", "D.", grown, lambda arguments: None)
        assert len(str(made.parameters)) < 500_000
        assert len(made.doc) < 10_000


@pytest.mark.parametrize(("name", "description"), [(None, "D."), ("f", 5)])
def test_name_or_description_that_is_no_text_is_refused(name: Any, description: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="must be text"):
        from_schema(name, description, {}, lambda arguments: None)


def test_schema_of_another_program_is_completed_at_every_depth() -> None:
    rows = {"type": "array", "items": {"type": "array"}}
    named = {"type": "object", "properties": {"type": {"type": "any"}, "n": {"type": "int"}}}
    choice = {"anyOf": [{"type": "array"}, {"type": ["string", "any"]}]}
    pair = {"type": "array", "prefixItems": [{"type": "array"}]}
    given = {"rows": rows, "named": named, "choice": choice, "pair": pair}
    made = from_schema("f", "D.", {"properties": given}, lambda arguments: None)
    array: dict[str, Any] = {"type": "array", "items": {}}
    assert made.parameters["properties"] == {
        "rows": {"type": "array", "items": array},
        "named": {"type": "object", "properties": {"type": {}, "n": {}}},
        "choice": {"anyOf": [array, {}]},
        "pair": {"type": "array", "prefixItems": [array]},
    }
    assert given["rows"] == {"type": "array", "items": {"type": "array"}}
