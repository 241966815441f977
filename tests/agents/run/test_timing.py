"""Where the seconds of a run go, by a clock that models, tools and callbacks move."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pyagent import (
    ActionStep,
    AgentState,
    ChatMessage,
    PlanningStep,
    RunResult,
    ScriptedModel,
    SummaryStep,
    Tool,
    ToolCallingAgent,
    tool,
)
from pyagent.protocol import (
    Event,
    ModelReplied,
    Planned,
    RunFinished,
    StepFinished,
    ToolFinished,
)
from support.agents.scripted_agents import use


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock from which every part of an agent takes the time."""
    clock = Clock()
    for name, module in sys.modules.items():
        if name.startswith("pyagent.agents.") and hasattr(module, "perf_counter"):
            monkeypatch.setattr(module, "perf_counter", clock)
    return clock


class Thinking(ScriptedModel):
    """Takes three seconds for each reply."""

    def __init__(self, clock: Clock, replies: Sequence[Any], **options: Any) -> None:
        super().__init__(replies, supports_tools=True, **options)
        self._clock = clock

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        self._clock.move(3)
        return super().reply_to(messages)


def working(clock: Clock) -> Tool:
    @tool
    def work() -> str:
        """Take five seconds."""
        clock.move(5)
        return "done"

    return work


def run_of_two_steps(clock: Clock) -> tuple[list[Event], RunResult, AgentState]:
    """A plan, a step that works, an answer, and a callback that takes a second after each."""
    replies = ["1. Work.", [use("work")], [use("final_answer", answer=1)]]
    with ToolCallingAgent(
        [working(clock)],
        Thinking(clock, replies),
        planning_interval=5,
        step_callbacks=[lambda step, agent: clock.move(1)],
    ) as agent:
        clock.move(100)
        events = list(agent.stream("Go."))
        clock.move(100)
        assert agent.last_result is not None
        return events, agent.last_result, agent.state


def seconds_of(events: list[Event], kind: Any) -> list[float]:
    return [event.seconds for event in events if isinstance(event, kind)]


def test_seconds_of_a_run_are_counted_from_its_start_to_its_end(clock: Clock) -> None:
    events, result, state = run_of_two_steps(clock)
    assert (result.timing.total_s, result.timing.model_s) == (17, 9)
    assert seconds_of(events, RunFinished) == [17]
    assert state.seconds == 17


def test_events_tell_how_long_each_part_took(clock: Clock) -> None:
    events, result, _ = run_of_two_steps(clock)
    assert seconds_of(events, Planned) == [3]
    assert seconds_of(events, ModelReplied) == [3, 3]
    assert seconds_of(events, ToolFinished) == [5]
    assert seconds_of(events, StepFinished) == [8, 3]
    assert [(type(step), step.seconds) for step in result.steps] == [
        (PlanningStep, 3),
        (ActionStep, 8),
        (ActionStep, 3),
    ]


def test_last_answer_is_a_step_that_takes_its_time(clock: Clock) -> None:
    model = Thinking(clock, [[use("work")], "Perhaps 1."])
    with ToolCallingAgent([working(clock)], model, max_steps=1) as agent:
        events = list(agent.stream("Go."))
        kept = [step.seconds for step in agent.memory.steps]
    assert seconds_of(events, StepFinished) == kept == [8, 3]
    assert seconds_of(events, RunFinished) == [11]


def test_seconds_of_a_summary_count_for_it_and_for_the_model(clock: Clock) -> None:
    replies = [["I think. " * 900, use("work")], [use("work")], "A summary.", "Done."]
    model = Thinking(clock, replies, context_tokens=3_000)
    with ToolCallingAgent([working(clock)], model) as agent:
        result = agent.run("Go.")
        first = agent.memory.steps[0]
    assert isinstance(first, SummaryStep), first
    assert first.seconds == 3
    assert (result.output, result.timing.total_s, result.timing.model_s) == ("Done.", 22, 12)


def test_seconds_of_a_batch_count_from_its_first_task_to_its_last(clock: Clock) -> None:
    def tasks() -> Iterator[str]:
        yield "1"
        clock.move(14)
        yield "2"

    agent = ToolCallingAgent(model=Thinking(clock, ["One.", "Two."]))
    clock.move(100)
    batch = agent.map(tasks(), concurrency=1)
    first, last = batch
    clock.move(100)
    assert 3 <= first.seconds <= last.seconds == batch.summary.seconds == 20
    assert batch.summary.per_second == 0.1
    assert agent.state.seconds == 6
