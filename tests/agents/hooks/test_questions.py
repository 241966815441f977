"""Code that asks a person gets the answer, or a sentence when nobody can answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel
from pyagent.protocol import InputRequested, ToolFinished, ToolStarted
from pyagent.sandbox.asking import NOBODY
from support.agents.scripted_agents import agent_with, block, requests_of

NAME = "name = input('Name? ')"


def reply(request: InputRequested) -> str:
    return f"reply to {request.prompt}"


async def reply_later(request: InputRequested) -> str:
    await asyncio.sleep(0)
    return reply(request)


@pytest.mark.parametrize("on_input", [reply, reply_later])
def test_input_returns_what_on_input_answers(on_input: Any) -> None:
    with agent_with(block(f"{NAME}\nfinal_answer(name)"), on_input=on_input) as agent:
        events = list(agent.stream("Ask."))
        result = agent.last_result
    assert result is not None
    assert result.output == "reply to Name? "
    [asked] = [event for event in events if isinstance(event, InputRequested)]
    assert (asked.prompt, asked.secret, asked.step) == ("Name? ", False, 1)
    names = [event.name for event in events if isinstance(event, ToolStarted | ToolFinished)]
    assert names == ["input", "input"]


@pytest.mark.parametrize(
    "ask",
    [
        "import getpass\nkey = getpass.getpass('Key: ')",
        "from getpass import getpass\nkey = getpass()",
        "import getpass as g\nkey = g.getpass(prompt='Key')",
    ],
)
@pytest.mark.parametrize("show", ["", "\nkey", "\n[key]", "\nkey = key", "\nprint([key])"])
def test_a_secret_is_in_no_event_and_in_nothing_that_the_model_reads(ask: str, show: str) -> None:
    seen: list[InputRequested] = []

    def hunter2(request: InputRequested) -> str:
        seen.append(request)
        return "hunter2"

    use = block("final_answer([len(key), key == 'hun' + 'ter2', key.upper()[0]])")
    with agent_with(block(f"{ask}{show}"), use, on_input=hunter2) as agent:
        events = list(agent.stream("Ask."))
        requests = requests_of(agent)
        result = agent.last_result
    assert seen[0].secret
    assert result is not None
    assert result.output == [7, True, "H"]
    assert "hunter2" not in str(events)
    assert "hunter2" not in str([request.messages for request in requests])


def test_a_secret_is_not_saved_with_the_agent(tmp_path: Path) -> None:
    code = block("import getpass\nkey = getpass.getpass()\nother = 5")
    with agent_with(code, block("final_answer(len(key))"), on_input=lambda _: "hunter2") as agent:
        assert agent.run("Ask.").output == 7
        agent.save(tmp_path)
    saved = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"other" in saved
    assert b"hunter2" not in saved


@pytest.mark.parametrize("end", ["input('x')", "import getpass; getpass.getpass()"])
@pytest.mark.parametrize("on_input", [None, lambda _: None, lambda _: 1 / 0, lambda _: 5])
def test_code_that_gets_no_answer_is_told_so_in_one_line(end: str, on_input: Any) -> None:
    with agent_with(block(end), block("final_answer(1)"), on_input=on_input) as agent:
        assert agent.run("Ask.").success
        error = agent.last_result and agent.last_result.steps[0].error  # type: ignore[union-attr]
    assert error is not None
    assert error.type == "EOFError"
    assert "\n" not in error.message
    assert error.message.endswith("Use values that you have, or ask in final_answer(...).")
    assert (error.message == NOBODY) == (on_input is None)


def test_code_may_catch_the_error_of_a_question_without_an_answer() -> None:
    code = "try:\n    x = input()\nexcept EOFError:\n    x = 'nobody'\nfinal_answer(x)"
    with agent_with(block(code)) as agent:
        assert agent.run("Ask.").output == "nobody"


def test_the_deadline_of_the_code_waits_for_the_person() -> None:
    async def think(request: InputRequested) -> str:
        await asyncio.sleep(1)
        return "at last"

    model = ScriptedModel([block("final_answer(input())")])
    with CodeAgent(model=model, deadline_s=0.5, on_input=think) as agent:
        assert agent.run("Ask.").output == "at last"


def test_stopping_the_run_ends_a_question() -> None:
    async def run() -> Any:
        asked = asyncio.Event()

        async def never(request: InputRequested) -> str:
            asked.set()
            await asyncio.Event().wait()
            return ""

        model = ScriptedModel([block("final_answer(input())")])
        async with CodeAgent(model=model, on_input=never) as agent:
            running = asyncio.create_task(agent.arun("Ask."))
            await asked.wait()
            agent.interrupt()
            return await running

    assert asyncio.run(run()).reason == "cancelled"


def test_libraries_and_modules_of_the_code_ask_too() -> None:
    code = (
        "open('quiz.py', 'w').write('def ask():\\n    return input(\"In a module? \")')\n"
        "import quiz, cmd\nfinal_answer([quiz.ask(), __import__('builtins').input('B')])"
    )
    with agent_with(block(code), on_input=lambda request: request.prompt) as agent:
        assert agent.run("Ask.").output == ["In a module? ", "B"]


def test_a_question_of_many_words_and_a_long_answer_are_bounded() -> None:
    code = block("final_answer(len(input('x' * 10_000)))")
    seen: list[int] = []

    def answer(request: InputRequested) -> str:
        seen.append(len(request.prompt))
        return "y" * 1_000_000

    with agent_with(code, on_input=answer) as agent:
        assert agent.run("Ask.").output == 100_000
    assert seen[0] <= 2_100


def test_outside_of_code_builtins_are_as_they_were() -> None:
    import builtins
    import getpass

    with agent_with(block("final_answer(input())"), on_input=reply) as agent:
        agent.run("Ask.")
    assert builtins.input.__module__ == "builtins"
    assert getpass.getpass.__module__ == "getpass"
