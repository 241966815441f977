"""The record of a step: the variables that its code set, and what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, ToolError, tool
from pyagent.agents.run.code_actor import MAX_VARIABLES_PER_STEP
from pyagent.memory import ActionStep


def block(code: str) -> str:
    return f"```python\n{code}\n```"


class LockedError(ToolError):
    can_retry = False


@tool
def withdraw(amount: int) -> int:
    """Take money.

    Args:
        amount: How much.
    """
    raise LockedError("the account is locked")


def steps_of(*codes: str, tools: Any = (), **options: Any) -> tuple[Any, list[ActionStep]]:
    with CodeAgent(tools, ScriptedModel([block(code) for code in codes]), **options) as agent:
        result = agent.run("Go.")
    return result, [step for step in result.steps if isinstance(step, ActionStep)]


def test_step_has_the_variables_that_it_set_with_short_values() -> None:
    _, steps = steps_of(
        "rows = [1, 2]\ntext = 'x' * 5000", "total = sum(rows)\nfinal_answer(total)"
    )
    assert steps[0].variables["rows"] == "[1, 2]"
    assert len(steps[0].variables["text"]) < 2000
    assert dict(steps[1].variables) == {"total": "3"}


def test_variables_before_an_error_are_there_beside_it() -> None:
    _, steps = steps_of("a = 1\nb = a / 0\nc = 2", "final_answer(a)")
    error = steps[0].error
    assert error is not None
    assert dict(steps[0].variables) == {"a": "1"}
    assert (error.type, error.line, error.source_line) == ("ZeroDivisionError", 2, "b = a / 0")
    assert error.can_retry
    assert steps[1].error is None


def test_error_that_the_model_cannot_mend_is_in_the_last_step_and_ends_the_run() -> None:
    result, steps = steps_of("a = 1\nwithdraw(5)", "final_answer(1)", tools=[withdraw])
    assert (result.success, result.reason, len(steps)) == (False, "error", 1)
    error = steps[0].error
    assert error is not None
    assert (error.type, error.line, error.can_retry) == ("LockedError", 2, False)
    assert dict(steps[0].variables) == {"a": "1"}
    assert result.problem is not None
    assert "the account is locked" in result.problem.message


def test_record_of_many_variables_is_bounded() -> None:
    code = "\n".join(f"v{i} = {i}" for i in range(200))
    _, steps = steps_of(code, "final_answer(1)")
    assert len(steps[0].variables) == MAX_VARIABLES_PER_STEP


def test_variables_are_in_the_result_as_json_and_in_the_saved_agent(tmp_path: Path) -> None:
    model = ScriptedModel([block("a = 1"), block("final_answer(a)")])
    with CodeAgent([], model) as agent:
        result = agent.run("Go.")
        agent.save(tmp_path)
    again = CodeAgent.load(tmp_path, model=model)
    data: Any = result.to_dict()
    assert data["steps"][0]["variables"] == {"a": "1"}
    step = again.memory.interactions[0].steps[0]
    assert isinstance(step, ActionStep)
    assert dict(step.variables) == {"a": "1"}


def test_terminal_shows_variables_and_what_cannot_be_mended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps_of("a = [1, 2]\nwithdraw(5)", tools=[withdraw], verbosity_level=1)
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert "Variables: a = [1, 2]" in text
    assert "The model cannot mend this, so the run ends." in text
