"""Tools of a page: integers that JavaScript cannot hold never become other numbers."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from pyagent import ToolError
from pyagent.browser.page_tools import PageTools
from pyagent.protocol import AddTool, ToolCall, ToolReturn
from support.images import png

LONG = 2**53 + 1
TEXT = b64encode(png(6, 5)).decode()


def sent_to_page(schema: dict[str, Any], value: Any) -> Any:
    """The argument that a page gets. Its tool has one parameter, with this schema."""
    calls: list[ToolCall] = []

    def send(call: ToolCall) -> None:
        calls.append(call)
        tools.returned(ToolReturn(call_id=call.call_id, value="ok"))

    tools = PageTools(send)
    parameters = {"type": "object", "properties": {"n": schema}}
    tool = tools.add(AddTool(name="take", description="Take.", parameters=parameters))
    assert asyncio.run(tool.call([value])) == "ok"
    return calls[0].kwargs["n"]


@pytest.mark.parametrize("value", [2**53, -(2**53), 2**60, 5, True, 1e300, "x", [2**53], None])
def test_numbers_that_javascript_holds_are_sent_as_they_are(value: Any) -> None:
    sent = sent_to_page({}, value)
    assert sent == value
    assert type(sent) is type(value)


@pytest.mark.parametrize(
    ("schema", "value", "sent"),
    [
        ({"type": ["integer", "string"]}, LONG, str(LONG)),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, -LONG, str(-LONG)),
        ({"type": "array", "items": {"type": ["string", "number"]}}, [1, LONG], [1, str(LONG)]),
        ({"properties": {"id": {"type": ["string", "integer"]}}}, {"id": LONG}, {"id": str(LONG)}),
    ],
)
def test_long_integers_are_sent_as_text_where_the_schema_allows(
    schema: dict[str, Any], value: Any, sent: Any
) -> None:
    assert sent_to_page(schema, value) == sent


@pytest.mark.parametrize(
    ("schema", "value", "where"),
    [
        ({"type": "integer"}, LONG, "'n' is 9007199254740993"),
        ({"type": "number"}, 10**400, "'n' is 1000"),
        ({}, -LONG, "'n' is -9007199254740993"),
        ({}, {"ids": [1, LONG]}, "'n'['ids'][1] is 9007199254740993"),
        ({"type": "array", "items": {"type": "integer"}}, [LONG], "'n'[0] is"),
    ],
)
def test_long_integers_are_refused_where_it_does_not(
    schema: dict[str, Any], value: Any, where: str
) -> None:
    with pytest.raises(ToolError) as caught:
        sent_to_page(schema, value)
    assert where in caught.value.message
    assert "which JavaScript cannot hold exactly" in caught.value.message


@pytest.mark.parametrize(
    "value",
    [
        {"text/plain": "[image]", "image/png": TEXT},
        {"type": "image", "mimeType": "image/png", "data": TEXT},
        {"mime": "image/png", "data": TEXT},
    ],
)
def test_image_that_a_page_returns_becomes_a_bundle_with_its_size(value: Any) -> None:
    tools = PageTools(lambda call: tools.returned(ToolReturn(call_id=call.call_id, value=value)))
    tool = tools.add(AddTool(name="draw", description="Draw.", parameters={"type": "object"}))
    assert asyncio.run(tool.call([])) == {"text/plain": "[image 6x5]", "image/png": TEXT}
