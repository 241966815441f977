"""Before the index hears a package's name, the person may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pyagent import CodeAgent, LocalExecutor, ScriptedModel, Tool
from pyagent.agents.run import bounds
from pyagent.executors.base import PackageGuard
from pyagent.protocol import ApprovalRequested, ToolFinished, ToolStarted
from support.agents.scripted_agents import block


class Guarded(LocalExecutor):
    """An executor that keeps its guard, for a tool that asks it as an installer would."""

    guard: PackageGuard | None = None

    def guard_packages(self, guard: PackageGuard) -> None:
        self.guard = guard


class Want(Tool):
    """Wants a package."""

    name = "want"
    description = "Wants a package."

    def __init__(self, executor: Guarded) -> None:
        self._executor = executor

    async def forward(self, name: str, may_ask: bool = True) -> str:
        """Want.

        Args:
            name: The package.
            may_ask: Whether code runs.
        """
        assert self._executor.guard is not None
        asked = self._executor.guard(name, may_ask=may_ask)
        return await asyncio.ensure_future(asked)  # a task of its own, as an executor has


def wanting(
    code: str, *answers: Any, files: Any = None, times: int = 1
) -> tuple[list[Any], list[ApprovalRequested], Sequence[object]]:
    """The outputs of runs with this code, what the person was asked, and the events."""
    asked: list[ApprovalRequested] = []

    def answer(request: ApprovalRequested) -> Any:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    executor = Guarded()
    model = ScriptedModel([block(code)] * times)
    ask = answer if answers else None
    events: list[object] = []
    outputs: list[Any] = []
    with CodeAgent([Want(executor)], model, executor=executor, on_approval=ask) as agent:
        for _ in range(times):
            events += list(agent.stream("Want.", files=files or {}))
            assert agent.last_result is not None
            outputs.append(agent.last_result.output)
        agent.close()
    return outputs, asked, events


@pytest.mark.parametrize("name", ["numpy", "Scikit_Learn", "requests"])
def test_a_well_known_package_is_no_question(name: str) -> None:
    outputs, asked, _ = wanting(f"final_answer(want({name!r}))", False)
    assert (outputs, asked) == ([""], [])


@pytest.mark.parametrize("name", ["c2VjcmV0", "my-secret-is-42", "numpyy"])
def test_any_other_package_is_a_question_that_names_it(name: str) -> None:
    outputs, asked, events = wanting(f"final_answer(want({name!r}))", "Not that one.")
    assert "Not that one." in outputs[0]
    assert [(request.name, request.arguments) for request in asked] == [
        ("install_package", {"package": name})
    ]
    assert "not well known" in asked[0].reason
    shown = [event.name for event in events if isinstance(event, ToolStarted | ToolFinished)]
    assert shown == ["want", "install_package", "install_package", "want"]


def test_a_package_that_was_allowed_is_not_asked_about_again() -> None:
    outputs, asked, _ = wanting("final_answer([want('a-b-c'), want('a-b-c')])", True, times=2)
    assert outputs == [["", ""], ["", ""]]
    assert len(asked) == 1


def test_after_a_refusal_the_step_asks_no_more() -> None:
    code = "final_answer([want(f'invented-{n}') for n in range(480)][-1])"
    outputs, asked, _ = wanting(code, False)
    assert "did not allow more packages in this step" in outputs[0]
    assert len(asked) == 1


@pytest.mark.parametrize("with_file", [False, True])
def test_well_known_packages_have_a_budget(with_file: bool) -> None:
    code = (
        "from pyagent.executors.known_packages import _known\n"
        "names = sorted(_known())[:50]\n"
        "final_answer(sum(not want(name) for name in names))"
    )
    files = {"a.csv": "x"} if with_file else None
    outputs, asked, _ = wanting(code, False, files=files)
    budget = bounds.PACKAGES_WITH_FILES if with_file else bounds.PACKAGES
    assert outputs == [budget.in_step]
    assert len(asked) == 1
    assert ("can read a.csv" in asked[0].reason) == with_file


def test_between_steps_nobody_is_asked() -> None:
    outputs, asked, _ = wanting("final_answer(want('a-b-c', may_ask=False))", True)
    assert "only while code runs" in outputs[0]
    assert asked == []


def test_where_nobody_is_there_to_ask_the_program_decides() -> None:
    assert wanting("final_answer(want('a-b-c'))")[0] == [""]
