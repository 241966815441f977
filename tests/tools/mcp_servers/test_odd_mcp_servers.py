"""Servers that hang, die, change, flood or never were: a sentence, and the run goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from pyagent import CodeAgent, MCPClient, ScriptedModel, ToolError
from pyagent.tools.mcp.tools import MCPTool, ToolChange
from support import SUPPORT

ODD = {"command": sys.executable, "args": [str(SUPPORT / "mcp_odd_server.py")]}


def odd(*arguments: str) -> dict[str, Any]:
    return {**ODD, "args": [*ODD["args"], *arguments]}


def by_name(tools: list[MCPTool]) -> dict[str, MCPTool]:
    return {tool.name: tool for tool in tools}


def call(tool: MCPTool, *args: Any) -> Any:
    return asyncio.run(tool.call(list(args)))


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        ({"command": "there-is-no-such-program"}, "No such file or directory"),
        (odd("broken"), "It said: I have no configuration."),
        (odd("silent"), "it did not answer in time"),
        ("http://127.0.0.1:9/mcp", "The MCP server 127.0.0.1 cannot be reached"),
        ({"url": "http://127.0.0.1:9/sse", "transport": "sse"}, "127.0.0.1 cannot be reached"),
    ],
)
def test_server_that_cannot_be_reached_is_told_with_the_reason(server: Any, sentence: str) -> None:
    with pytest.raises(ToolError) as caught:
        MCPClient(server, connect_timeout_s=3).get_tools()
    assert sentence in str(caught.value)


def test_server_that_prints_between_its_messages_works() -> None:
    with MCPClient(odd("chatty")) as tools:
        assert call(by_name(tools)["greet"]) == "hello"


def test_call_without_an_answer_ends_at_the_limit_and_the_next_one_works() -> None:
    with MCPClient(ODD, timeout_s=1) as tools:
        named = by_name(tools)
        with pytest.raises(ToolError, match=r"hang\(\) of the server .* within 1 s"):
            call(named["hang"], 20)
        assert call(named["greet"]) == "hello"


def test_cancelled_call_ends_at_once() -> None:
    async def program(tool: MCPTool) -> float:
        begun = monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await tool.call([20])
        return monotonic() - begun

    with MCPClient(ODD) as tools:
        assert asyncio.run(program(by_name(tools)["hang"])) < 5


def test_server_that_dies_in_a_call_is_started_again_for_the_next_one() -> None:
    with MCPClient(ODD) as tools:
        named = by_name(tools)
        with pytest.raises(ToolError, match="Whether the call was carried out is not known"):
            call(named["die"])
        assert call(named["greet"]) == "hello"


def test_call_that_only_reads_is_made_again_by_itself(tmp_path: Path) -> None:
    with MCPClient(ODD) as tools:
        assert call(by_name(tools)["die_once"], str(tmp_path / "mark")).startswith("process ")


def test_model_reads_of_a_dead_server_and_the_run_goes_on() -> None:
    model = ScriptedModel(["die()", "final_answer(greet())"])
    with MCPClient(ODD) as tools, CodeAgent(tools, model) as agent:
        result = agent.run("Greet.")
    assert result.output == "hello"
    assert "ended during the call" in model.requests[1].messages[-1].content


def test_too_long_a_result_is_told() -> None:
    with MCPClient(ODD) as tools, pytest.raises(ToolError, match="Ask for less at once"):
        call(by_name(tools)["long"], 5_000_000)


def is_running(*words: str) -> bool:
    listed = subprocess.run(["ps", "-ww", "-eo", "args="], capture_output=True, text=True)
    return any(all(word in line for word in words) for line in listed.stdout.splitlines())


async def changed(tools: list[MCPTool], what: str) -> dict[str, MCPTool]:
    """Let the server change its list, and wait until that is known."""
    named = by_name(tools)
    session = named["greet"]._tools.session
    before = session.listed
    await named["change"].call([what])
    async with asyncio.timeout(20):
        while session.listed is before:
            await asyncio.sleep(0.05)
    return named


def test_tool_that_changed_its_description_is_not_called() -> None:
    with MCPClient(ODD) as tools:
        named = asyncio.run(changed(tools, "greet"))
        with pytest.raises(ToolError, match=r"has changed its tool greet \(description\)"):
            call(named["greet"])


def test_person_who_looked_may_let_a_changed_tool_be_called() -> None:
    asked: list[ToolChange] = []

    def on_change(change: ToolChange) -> bool:
        asked.append(change)
        return True

    with MCPClient(ODD, on_change=on_change) as tools:
        named = asyncio.run(changed(tools, "greet"))
        assert [call(named["greet"]), call(named["greet"])] == ["hello", "hello"]
    (change,) = asked  # once for each change
    assert (change.tool, change.parts) == ("greet", ("description",))
    assert "attacker" in change.after.description


def test_tool_that_is_gone_is_told_and_new_ones_are_listed() -> None:
    with MCPClient(ODD) as tools:
        named = asyncio.run(changed(tools, "less"))
        with pytest.raises(ToolError, match="has no tool greet any more"):
            call(named["greet"])
    client = MCPClient(ODD)
    with client as tools:
        asyncio.run(changed(tools, "more"))
        assert by_name(client.get_tools()).keys() - by_name(tools).keys() == {"seven"}


def test_tool_that_changed_while_its_server_was_away_is_not_called(tmp_path: Path) -> None:
    mark = tmp_path / "evil"
    with MCPClient(odd("turns evil", str(mark))) as tools:
        named = by_name(tools)
        assert call(named["greet"]) == "hello"
        mark.touch()
        with pytest.raises(ToolError):
            call(named["die"])
        with pytest.raises(ToolError, match=r"has changed its tool greet \(description\)"):
            call(named["greet"])


def test_call_after_a_server_has_ended_is_made_by_a_new_one() -> None:
    with MCPClient(ODD) as tools:
        named = by_name(tools)
        first = call(named["process"])
        os.kill(first, signal.SIGKILL)
        while (Path("/proc") / str(first)).exists():
            sleep(0.02)
        sleep(0.2)  # the end of its pipe is seen
        assert call(named["process"]) != first


def test_one_bad_server_leaves_no_other_one_open() -> None:
    good = odd("left-alone")
    for client in (MCPClient([good, odd("broken")]), MCPClient([odd("broken"), good])):
        with pytest.raises(ToolError, match="I have no configuration"):
            client.get_tools()
        assert not is_running("left-alone")


def test_cancelled_connection_leaves_no_process() -> None:
    async def program() -> None:
        client = MCPClient(odd("silent", "cancelled"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await client.aget_tools()

    asyncio.run(program())
    until = monotonic() + 10  # it does not heed the end of its input
    while is_running("silent", "cancelled"):
        assert monotonic() < until
        sleep(0.1)


def test_person_has_all_the_time_they_want() -> None:
    def think(question: Any) -> dict[str, Any]:
        sleep(2)
        return {"pieces": 2}

    with MCPClient(ODD, timeout_s=1, on_question=think) as tools:
        assert call(by_name(tools)["ask"]) == "2 pieces, wrapped: False"


def test_question_about_a_change_may_be_async_and_holds_up_nobody_else() -> None:
    async def on_change(change: ToolChange) -> bool:
        await asyncio.sleep(1)
        return True

    async def program(tools: list[MCPTool]) -> list[Any]:
        named = await changed(tools, "greet")
        greeting = asyncio.create_task(named["greet"].call())
        await asyncio.sleep(0.1)
        others = [await named["process"].call() for _ in range(3)]
        assert not greeting.done()
        return [await greeting, *others]

    with MCPClient(ODD, on_change=on_change) as tools:
        assert asyncio.run(program(tools))[0] == "hello"


def test_programs_of_servers_end_with_the_program(tmp_path: Path) -> None:
    script = (
        "from pyagent import MCPClient\n"
        f"client = MCPClient({odd('ends-with-the-program')!r})\n"
        "print(len(client.connect()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) > 5
    assert not is_running("ends-with-the-program")
