"""Runs and agents on the terminal: ``replay`` and ``visualize``."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, TokenUsage, ToolCallingAgent, tool
from pyagent.errors import ModelError
from pyagent.messages import ToolUse
from pyagent.models.base import ReplyDone
from pyagent.models.price import Price
from support.agents.scripted_agents import agent_with, block

USAGE = ReplyDone(
    finish_reason="stop", token_usage=TokenUsage(input_tokens=1_000, output_tokens=100)
)
HOSTILE = "\x1b[2J\x1b]0;owned\x07[red]bracket[/red]"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@tool
def look_up(name: str) -> str:
    """Looks a name up.

    Args:
        name: Whose.
    """
    if name == "nobody":
        raise ValueError("There is nobody.")
    return f"All about {name}"


def shown(out: str, *texts: str) -> None:
    """Assert that the texts appear in this order."""
    position = 0
    for text in texts:
        assert text in out[position:], f"{text!r} is not in:\n{out[position:]}"
        position = out.index(text, position) + len(text)


@pytest.mark.parametrize("options", [{}, {"files": "no_such.csv"}, {"images": "no_such.png"}])
def test_replay_after_a_failed_first_step_shows_the_task_and_the_problem(
    options: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with agent_with(ModelError("Nobody there.", advice="Start it.")) as agent:
        result = agent.run("Count it.", **options)
        agent.replay()
    assert result.problem is not None
    out = capsys.readouterr().out
    shown(out, "Task", "Count it.", result.problem.message[:40])
    assert out.count("Count it.") == 1


def test_replay_after_a_success_shows_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    with agent_with(ModelError("Nobody there."), block("final_answer(7)")) as agent:
        agent.run("Count it.")
        agent.run("Count again.")
        agent.replay()
    assert "Nobody" not in capsys.readouterr().out


def test_replay_shows_a_conversation_of_code(capsys: pytest.CaptureFixture[str]) -> None:
    replies = [
        "First look, then count.",
        ["I divide.\n```python\nprint('hm')\n1 / 0\n```", USAGE],
        block("final_answer(7)"),
        "No.",
        block("final_answer(8)"),
    ]
    price = Price(input=1, output=10)
    with CodeAgent(model=ScriptedModel(replies, price=price), planning_interval=2) as agent:
        agent.run("Count it.")
        agent.run("Once more.")
    agent.replay()
    out = capsys.readouterr().out
    shown(out, "Task: Count it.", "Plan before step 1", "First look, then count.", "Step 1 · ")
    shown(out, "1,000 + 100 tokens · $0.002 · ", "I divide.", "1 / 0", "hm", "ZeroDivisionError")
    shown(out, "Step 2 · ", "final_answer(7)", "Answer", "7", "Task: Once more.", "8")
    assert "```" not in out
    assert "You solve" not in out


def test_detailed_replay_shows_prompt_and_replies_in_full(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "print('x' * 5_000)\nfinal_answer(1)"
    with agent_with(block(long), instructions="Be exact.") as agent:
        agent.run("Go.")
    agent.replay()
    assert "x" * 5_000 not in capsys.readouterr().out.replace("\n", "")
    agent.replay(detailed=True)
    out = capsys.readouterr().out
    shown(out, "System prompt", "Be exact.", "```python")
    assert "x" * 5_000 in out.replace("\n", "")


def test_replay_of_a_result_shows_tool_calls_and_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = [
        "I look.",
        ToolUse(id="1", name="look_up", arguments={"name": "Ada"}),
        ToolUse(id="2", name="look_up", arguments={"name": "nobody"}),
    ]
    model = ScriptedModel([calls, "Perhaps Ada."], supports_tools=True)
    ToolCallingAgent([look_up], model, max_steps=1, name="finder").run("Who?").replay()
    out = capsys.readouterr().out
    shown(out, "Task of finder", "Who?", "Step 1", "I look.", "→ look_up(name='Ada')")
    shown(
        out,
        "← All about Ada",
        "→ look_up(name='nobody')",
        "ValueError: look_up() failed: There is nobody.",
    )
    shown(out, "Best guess", "Perhaps Ada.", "max_steps · 1 step")


def test_calls_in_text_are_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    reply = 'I look.\n{"name": "look_up", "arguments": {"name": "Ada"}}'
    model = ScriptedModel([reply, '{"name": "final_answer", "arguments": {"answer": 1}}'])
    ToolCallingAgent([look_up], model).run("Who?").replay()
    out = capsys.readouterr().out
    shown(out, "I look.", "→ look_up(name='Ada')", "look_up: All about Ada")
    assert '{"name"' not in out


@pytest.mark.parametrize("show", ["replay", "visualize"])
def test_text_of_the_model_cannot_steer_the_terminal(
    show: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = f"{HOSTILE}\n```python\nx = '{HOSTILE}'\nraise ValueError(x)\n```"
    with agent_with(reply, f"{HOSTILE} it is.", max_steps=1, name="me") as agent:
        result = agent.run(HOSTILE)
    for printed in (result, agent):
        getattr(printed, show)()
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "[red]bracket[/red]" in out


def coordinator() -> CodeAgent:
    researcher = ToolCallingAgent(
        [look_up],
        ScriptedModel(["Found.", "Ok."], supports_tools=True, model_id="small"),
        name="researcher",
        description="Finds things.",
    )
    reply = block("final_answer(researcher('About Ada'))")
    return CodeAgent(
        [look_up],
        ScriptedModel([reply], model_id="large"),
        managed_agents=[researcher],
        authorized_imports=["numpy"],
    )


def test_agent_is_shown_as_a_tree_with_models(capsys: pytest.CaptureFixture[str]) -> None:
    coordinator().visualize()
    out = capsys.readouterr().out
    shown(out, "CodeAgent · large · code runs in local", "imports: numpy", "tools")
    shown(out, "look_up(name: str) -> str", "Looks a name up.", "managed agents")
    shown(out, "└── researcher · ToolCallingAgent · small", "Finds things.", "look_up")


def test_run_is_shown_as_a_tree_with_the_runs_of_managed_agents(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with coordinator() as agent:
        agent.run("Ask.").visualize()
    out = capsys.readouterr().out
    shown(out, "Ask.", "├── step 1 · ", "code, 1 line: final_answer(researcher('About Ada'))")
    shown(out, "│   └── researcher: About Ada", "answer: Found.", "└── answered · 1 step")
    shown(out, "├── answer: Found.")


def test_agents_and_results_work_without_rich() -> None:
    code = (
        "import sys; sys.modules['rich'] = None\n"
        "from pyagent import CodeAgent, RunResult, ScriptedModel\n"
        "CodeAgent(model=ScriptedModel([]))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
