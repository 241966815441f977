"""Replies of the page's own model that a schema constrains, and what agents make of them."""

from __future__ import annotations

from support.page.builtin_page import BuiltinPage

_ADD_PRICE = """() => {
  const properties = { sku: { type: "string" } };
  const parameters = { type: "object", properties, required: ["sku"] };
  document.querySelector("py-agent").addTool(
    { name: "price", description: "Price of an article.", parameters },
    ({ sku }) => `${sku} costs 12.5`);
}"""


def test_a_tool_calling_agent_gets_one_call_by_its_schema(builtin_page: BuiltinPage) -> None:
    builtin_page.open(kind="tool_calling", maxSteps=3).page.evaluate(_ADD_PRICE)

    result = builtin_page.solve(
        "What does A-17 cost?",
        {"name": "price", "arguments": {"sku": "A-17"}},
        {"name": "final_answer", "arguments": {"answer": "12.5"}},
    )

    assert (result["success"], result["output"]) == (True, "12.5"), result
    first, second = builtin_page.prompts
    calls = {call["properties"]["name"]["const"]: call for call in first["constraint"]["anyOf"]}
    assert calls["price"]["properties"]["arguments"]["required"] == ["sku"]
    assert "final_answer" in calls
    assert "A-17 costs 12.5" in second["asked"][-1]["content"]


def test_a_code_agent_gets_its_code_by_a_schema(builtin_page: BuiltinPage) -> None:
    builtin_page.open(structuredOutput=True, maxSteps=3)

    result = builtin_page.solve(
        "What is 2% of 67000?",
        {"thought": "I calculate.", "code": "part = 67000 * 2 / 100\nprint('it is', part)"},
        {"thought": "I answer.", "code": "final_answer(part)"},
    )

    assert (result["success"], result["output"]) == (True, 1340), result
    first, second = builtin_page.prompts
    assert first["constraint"]["required"] == ["thought", "code"]
    assert "it is 1340" in second["asked"][-1]["content"]
