"""How runs are started, and what ends them, wherever they are."""

from __future__ import annotations

from everywhere import Place, block, calling, case, coding, use

from pyagent import AgentError, CodeAgent, ExecutorError, Limits, ScriptedModel


@case
async def limits_and_max_steps_end_a_run_in_order(place: Place) -> None:
    go_on = block("x = 1")
    async with coding(place, go_on, go_on, "Perhaps 1.", max_steps=2) as coder:
        result = await coder.arun("Go.")
        assert (result.reason, result.output, result.success) == ("max_steps", "Perhaps 1.", False)
    agent = calling([use("add", a=1, b=2)], "Three.", limits=Limits(tokens=1))
    assert (await agent.arun("Go.")).reason == "limit"
    async with coding(place, block("while True: pass"), limits=Limits(seconds=1)) as coder:
        assert (await coder.arun("Go.")).reason == "limit"


@case
async def synchronous_methods_work_or_name_the_asynchronous_ones(place: Place) -> None:
    def everything() -> list[object]:
        agent = calling("One.", "Two.", "Three.")
        return [
            agent.run("1").output,
            [event.type for event in agent.stream("2")][-1],
            [item.result.output for item in agent.map(["3"])],
        ]

    if place.has_threads:
        assert everything() == ["One.", "run_finished", ["Three."]]
        return
    for start in (
        lambda agent: agent.run("1"),
        lambda agent: list(agent.stream("2")),
        lambda agent: list(agent.map(["3"])),
        lambda agent: agent.close(),
    ):
        told = ""
        try:
            start(calling("One."))
        except AgentError as error:
            told = error.advice
        assert "await arun()" in told


@case
async def executor_of_processes_says_that_there_are_none(place: Place) -> None:
    if place.has_threads:
        return
    result = await CodeAgent(model=ScriptedModel([block("1")])).arun("Go.")
    assert result.problem is not None
    assert result.problem.kind == ExecutorError.kind, result.problem
    assert "executor" in result.problem.advice, result.problem
