"""Tools of other programs, such as a page: their JSON Schema becomes a Python signature."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pyagent import ToolDefinitionError
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
