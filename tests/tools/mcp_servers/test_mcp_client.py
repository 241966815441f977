"""The tools of MCP servers: their definitions, results, connections and ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from pyagent import CodeAgent, MCPClient, ScriptedModel, ToolCollection, ToolError
from pyagent.tools.mcp.tools import MCPTool
from support import SUPPORT

SHOP = {"command": sys.executable, "args": [str(SUPPORT / "mcp_shop_server.py")]}
ODD = {"command": sys.executable, "args": [str(SUPPORT / "mcp_odd_server.py")]}


def by_name(tools: list[MCPTool]) -> dict[str, MCPTool]:
    return {tool.name: tool for tool in tools}


def call(tool: MCPTool, *args: Any) -> Any:
    """Call a tool in an event loop of its own, as an asynchronous program does."""
    return asyncio.run(tool.call(list(args)))


def is_running(*words: str) -> bool:
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True
    )
    return any(all(word in line for word in words) for line in listed.stdout.splitlines())


def test_tools_are_python_functions_with_the_types_of_the_server() -> None:
    with MCPClient(SHOP) as tools:
        named = by_name(tools)
        signatures = {name: tool.signature for name, tool in named.items()}
        assert call(named["take"], "A-17", 2) == {"left": 1}
        assert call(named["opening_hours"]) == "9 to 5"
        assert call(named["weigh"], "A-17") == {"result": 1.5, "unit": "kg"}
    assert signatures["take"] == "(sku: str, pieces: int = 1) -> dict[str, int]"
    assert signatures["opening_hours"] == "() -> str"
    assert "keys" not in named["take"].doc


def test_structured_output_can_be_left_aside() -> None:
    with MCPClient(SHOP, structured_output=False) as tools:
        text = call(by_name(tools)["take"], "A-17")
    assert text.replace(" ", "").replace("\n", "") == '{"left":2}'


def test_every_kind_of_content_is_read() -> None:
    with MCPClient(ODD) as tools:
        assert call(by_name(tools)["everything"]).splitlines() == [
            "a text",
            "[audio, audio/wav, 3 bytes, not shown]",
            "[resource notes: file:///notes.txt]",
            "inside",
            "[resource file:///a.zip, application/zip, 3 bytes, not shown]",
        ]


def test_hints_say_whether_a_call_changes_something_or_reaches_out() -> None:
    with MCPClient(ODD) as tools:
        named = by_name(tools)
    assert (named["die_once"].side_effects, named["die_once"].fetches) == (False, False)
    assert (named["greet"].side_effects, named["greet"].fetches) == (True, True)


def test_same_names_of_two_servers_get_the_names_of_the_servers() -> None:
    with MCPClient({"mcpServers": {"north": SHOP, "south": SHOP}}) as tools:
        named = by_name(tools)
        assert {"north_take", "south_take", "north_weigh"} <= named.keys()
        assert call(named["north_take"], "A-17", 3) == {"left": 0}
        assert call(named["south_take"], "A-17") == {"left": 2}  # a stock of its own


def test_block_ends_the_servers_process() -> None:
    marked = {**SHOP, "args": [*SHOP["args"], "ends-with-the-block"]}
    with MCPClient(marked):
        assert is_running("ends-with-the-block")
    assert not is_running("ends-with-the-block")


def test_async_block_works_in_any_loop() -> None:
    async def program() -> Any:
        async with MCPClient(SHOP) as tools, asyncio.TaskGroup() as group:
            calls = [group.create_task(by_name(tools)["take"].call(["A-17"])) for _ in range(3)]
        return [task.result() for task in calls]

    assert sorted(one["left"] for one in asyncio.run(program())) == [0, 1, 2]


def test_tools_without_a_block_close_with_their_last_agent() -> None:
    marked = {**SHOP, "args": [*SHOP["args"], "closes-with-the-agent"]}
    client = MCPClient(marked)
    tools = client.get_tools()
    first = CodeAgent(tools, ScriptedModel(["final_answer(take('A-17'))"]))
    second = CodeAgent(tools[:1], ScriptedModel(["final_answer(take('A-17'))"]))
    assert first.run("Take one.").output == {"left": 2}
    first.close()
    assert is_running("closes-with-the-agent")
    assert second.run("Take one.").output == {"left": 1}
    second.close()
    assert not is_running("closes-with-the-agent")


def test_connect_and_disconnect_work_as_in_smolagents() -> None:
    client = MCPClient(SHOP)
    try:
        assert len(client.connect()) == len(client.get_tools()) == 4
    finally:
        client.disconnect()
    client.disconnect()


def test_collection_of_a_server_is_given_to_an_agent() -> None:
    with (
        ToolCollection.from_mcp(SHOP, trust_remote_code=True) as collection,
        CodeAgent([*collection.tools], ScriptedModel(["final_answer(take('A-17'))"])) as agent,
    ):
        assert agent.run("Take one.").output == {"left": 2}
    with pytest.raises(AttributeError, match="not on the Hub here yet"):
        ToolCollection.from_hub  # noqa: B018


def test_servers_question_is_put_to_the_person() -> None:
    asked = []

    def answer(question: Any) -> dict[str, Any] | None:
        asked.append((question.server, question.message, list(question.schema["properties"])))
        return {"pieces": 4, "wrapped": True} if len(asked) == 1 else None

    with MCPClient(ODD, on_question=answer) as tools:
        assert call(by_name(tools)["ask"]) == "4 pieces, wrapped: True"
        with pytest.raises(ToolError):
            call(by_name(tools)["ask"])
    assert asked == [("mcp_odd_server", "How many?", ["pieces", "wrapped"])] * 2


def test_without_anybody_to_ask_the_question_is_refused() -> None:
    with MCPClient(ODD) as tools, pytest.raises(ToolError, match="mcp_odd_server"):
        call(by_name(tools)["ask"])
