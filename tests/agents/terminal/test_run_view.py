"""How the terminal shows what a scripted server cannot cause: prices and managed agents."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from pyagent import CodeAgent, ScriptedModel, TokenUsage, ToolCallingAgent
from pyagent.agents.terminal.run_view import RunView
from pyagent.models.base import ReplyDone
from pyagent.models.price import Price
from support.agents.scripted_agents import agent_with


def block(code: str) -> str:
    return f"I run some code.\n```python\n{code}\n```"


def shown(agent: CodeAgent) -> list[str]:
    """The lines in the terminal after a run."""
    console = Console(file=StringIO(), width=120)
    view = RunView(console, console, console)
    with agent:
        for event in agent.stream("Go."):
            view.show(event)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_known_cost_is_shown_beside_the_tokens() -> None:
    usage = TokenUsage(input_tokens=1_000, output_tokens=100)
    reply = [block("final_answer(1)"), ReplyDone(finish_reason="stop", token_usage=usage)]
    model = ScriptedModel([reply], price=Price(input=1, output=10))
    assert shown(CodeAgent(model=model))[-1].startswith("1 step · 1,000 + 100 tokens · $0.002 · ")


def test_unknown_cost_is_mentioned_once_for_the_whole_run() -> None:
    model = ScriptedModel(["1. Answer.", block("final_answer(1)")])
    lines = shown(CodeAgent(model=model, planning_interval=5))
    assert [line for line in lines if "cost unknown" in line] == [lines[-1]]
    free = ScriptedModel([block("final_answer(1)")], price=Price(input=0, output=0))
    assert " · $0.00 · " in shown(CodeAgent(model=free))[-1]


def test_lines_of_managed_agents_are_indented_and_begin_with_the_name() -> None:
    writer = ToolCallingAgent(
        [],
        ScriptedModel(["A poem."], supports_tools=True),
        name="writer",
        description="Writes.",
    )
    helper = CodeAgent(
        model=ScriptedModel([block("print('\\x1b[2Jhm')\nfinal_answer(writer('Write.'))")]),
        name="helper",
        description="Helps.",
        managed_agents=[writer],
    )
    outer = ScriptedModel([block("final_answer(helper('Help.'))")])
    lines = shown(CodeAgent(model=outer, managed_agents=[helper]))
    for line in (
        "→ helper(task='Help.')",
        "  helper │ Help.",
        "  helper │ I run some code.",
        "  helper │   final_answer(writer('Write.'))",
        "  helper │ [2Jhm",
        "    writer │ Write.",
        "    writer │ ── step 1",
        "    writer │ A poem.",
    ):
        assert line in lines
    assert sum(line.startswith("Answer ─") for line in lines) == 1


@pytest.mark.parametrize(("lines", "left_out"), [(250, ""), (251, "1"), (9_000, "8,750")])
def test_long_output_is_cut_in_the_middle(
    lines: int, left_out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = f"for i in range({lines}): print('line', i)"
    with agent_with(block(code), block("final_answer(1)"), verbosity_level=1) as agent:
        agent.run("Go.")
    told = capsys.readouterr().err
    shown = [line for line in told.splitlines() if line.startswith("│ line")]
    assert len(shown) == 250
    assert shown[-1].split() == ["│", "line", str(lines - 1)]
    assert (f"│ … {left_out} lines left out …" in told) is bool(left_out)
