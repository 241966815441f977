"""What a loaded agent still has: its conversation, totals, variables and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyagent import Agent, CodeAgent, LocalExecutor, ScriptedModel, ToolCallingAgent
from pyagent.concurrency import background
from pyagent.messages import ToolUse
from support.agents.scripted_agents import block, price_of


def code_agent(*replies: str, **options: Any) -> CodeAgent:
    return CodeAgent(model=ScriptedModel(replies), planning_interval=2, **options)


def calling_agent(*replies: Any, **options: Any) -> ToolCallingAgent:
    return ToolCallingAgent([price_of], ScriptedModel(replies, supports_tools=True), **options)


def said(kind: Callable[..., Agent]) -> list[Any]:
    """The replies for two runs of an agent of that kind."""
    if kind is code_agent:
        return ["A plan.", block("x = 41"), block("final_answer(x)"), "A plan.", block("1 / 0")]
    use = ToolUse(id="1", name="price_of", arguments={"name": "abc"})
    answer = ToolUse(id="2", name="final_answer", arguments={"answer": "é"})
    return [["I look.", use], [answer], ["Again.", use, use]]


@pytest.mark.parametrize("kind", [code_agent, calling_agent])
def test_loaded_agent_goes_on_with_the_same_messages(
    kind: Callable[..., Agent], tmp_path: Path
) -> None:
    replies = said(kind)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
    with kind(*replies, memory_size=5) as agent:
        agent.run("First.", images=[picture])
        agent.run("Second.", max_steps=1)
        agent.save(tmp_path)
        with Agent.load(tmp_path, model=ScriptedModel(["Nothing."] * 9)) as again:
            assert type(again) is type(agent)
            assert again.memory.interactions == agent.memory.interactions
            assert again.state == agent.state
            prompt = agent.system_prompt
            assert again.memory.messages(prompt) == agent.memory.messages(prompt)
            again.run("Third.")
            agent.model = ScriptedModel(["Nothing."] * 9)
            agent.run("Third.")
            sent = [other.model.requests[0].messages for other in (agent, again)]  # type: ignore[attr-defined]
    assert sent[0][1:] == sent[1][1:]
    assert len(sent[0]) > 5


def test_variables_and_files_come_back_only_when_asked_for(tmp_path: Path) -> None:
    look = block("import os\nfinal_answer(['x' in globals() and x, os.listdir()])")
    write = block("x = [1, 2]\nopen('a.txt', 'w').close()\nfinal_answer(0)")
    with CodeAgent(model=ScriptedModel([write])) as agent:
        agent.run("Set x.")
        agent.save(tmp_path)
    with Agent.load(tmp_path, model=ScriptedModel([look])) as again:
        assert again.run("Look.").output == [False, []]
    with Agent.load(tmp_path, with_sandbox=True, model=ScriptedModel([look])) as again:
        assert again.run("Look.").output == [[1, 2], ["a.txt"]]


def test_files_of_a_persons_own_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "diary.txt").write_text("mine")
    executor = LocalExecutor(work_dir=tmp_path / "own")
    model = ScriptedModel([block("x = 1\nfinal_answer(x)")])
    with CodeAgent(model=model, executor=executor) as agent:
        agent.run("Set x.")
        agent.save(tmp_path / "saved")
    background.call(executor.aclose())
    assert b"mine" not in (tmp_path / "saved" / "sandbox.bin").read_bytes()


def test_agent_can_be_saved_between_its_steps(tmp_path: Path) -> None:
    async def keep(step: Any, agent: Any) -> None:
        await agent.asave(tmp_path / str(step.number))

    replies = [block("x = 1"), block("final_answer(x)")]
    with CodeAgent(model=ScriptedModel(replies), step_callbacks=[keep]) as agent:
        agent.run("Go.")
    more = {"model": ScriptedModel([block("final_answer(x + 1)")]), "step_callbacks": ()}
    with Agent.load(tmp_path / "1", with_sandbox=True, **more) as again:
        assert len(again.memory.steps) == 1
        assert again.run("Go on.").output == 2


def test_values_that_came_with_a_task_are_still_known_by_name(tmp_path: Path) -> None:
    with calling_agent("Noted.") as agent:
        agent.run("Keep.", additional_args={"city": "Rome", "sizes": [1, 2.5, None]})
        agent.save(tmp_path)
    answer = ToolUse(id="1", name="final_answer", arguments={"answer": "city"})
    more = ToolUse(id="2", name="final_answer", arguments={"answer": "sizes"})
    model = ScriptedModel([[answer], [more], [answer]], supports_tools=True)
    with ToolCallingAgent.load(tmp_path, model=model) as again:
        assert again.run("Which city?").output == "Rome"
        assert again.run("Which sizes?").output == [1, 2.5, None]
        assert again.run("Which city?", reset=True).output == "city"


def test_later_save_leaves_no_sandbox_of_an_earlier_one(tmp_path: Path) -> None:
    with code_agent("A plan.", block("x = 1\nfinal_answer(x)")) as agent:
        agent.run("Set x.")
        agent.save(tmp_path)
        assert (tmp_path / "sandbox.bin").exists()
    with code_agent() as fresh:
        fresh.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agent.json", "memory.json"]
