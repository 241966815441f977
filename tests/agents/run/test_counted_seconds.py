"""The seconds of a run that count for its limit, whether or not it has one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pyagent import Limits
from pyagent.agents.run.limits import Budget
from support.agents.scripted_agents import in_loop

Pass = Callable[[float], None]


def counted(work: Callable[[Budget, Pass], None], limit: float | None, before: float = 0) -> float:
    """What a budget counted after ``work``, which lets the clock of the event loop go on."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        now = loop.time()

        def pass_time(seconds: float) -> None:
            nonlocal now
            now += seconds

        setattr(loop, "time", lambda: now)  # noqa: B010
        budget = Budget(Limits(seconds=limit))
        budget.take_up(budget.usage, known_cost_usd=0.0, seconds=before)
        assert budget.seconds == before
        async with budget.timeout():
            work(budget, pass_time)
            return budget.seconds

    result: float = in_loop(scenario())
    return result


def _works(budget: Budget, pass_time: Pass) -> None:
    pass_time(5)


def _is_paused(budget: Budget, pass_time: Pass) -> None:
    pass_time(2)
    with budget.hold(), budget.hold():
        pass_time(100)
    pass_time(3)


def _is_in_a_pause(budget: Budget, pass_time: Pass) -> None:
    pass_time(5)
    hold = budget.hold()
    hold.__enter__()
    pass_time(100)


def _sleeps(budget: Budget, pass_time: Pass) -> None:
    pass_time(105)
    budget.slept(100)


def _sleeps_in_a_pause(budget: Budget, pass_time: Pass) -> None:
    pass_time(5)
    with budget.hold():
        pass_time(120)
        budget.slept(100)


@pytest.mark.parametrize("limit", [None, 1000.0])
@pytest.mark.parametrize("before", [0.0, 40.0])
@pytest.mark.parametrize("work", [_works, _is_paused, _is_in_a_pause, _sleeps, _sleeps_in_a_pause])
def test_pauses_and_sleeps_do_not_count(
    work: Callable[[Budget, Pass], None], limit: float | None, before: float
) -> None:
    assert counted(work, limit, before) == pytest.approx(before + 5)
