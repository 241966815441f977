"""Options of the wrong type: each error names the option, what was given and what to write."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from pyagent import CodeAgent, Limits, LocalExecutor, ScriptedModel, ToolCallingAgent, tool
from pyagent.agents.options import AgentOptions
from pyagent.checked_options import checked
from support.agents.scripted_agents import agent_with, block, caller_with

MODEL = ScriptedModel([])
HELPER = ToolCallingAgent([], MODEL, name="helper", description="Helps.")


@tool
def double(n: int) -> int:
    """Twice a number.

    Args:
        n: The number.
    """
    return 2 * n


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_steps": "5"}, "must be a whole number, not '5' (str). Write max_steps=5."),
        ({"max_steps": 5.0}, "must be a whole number, not 5.0 (float). Write max_steps=5."),
        ({"max_steps": None}, "must be a whole number, not None."),
        ({"planning_interval": True}, "must be a whole number or None, not True."),
        ({"memory_size": "all"}, "must be a whole number or None, not 'all' (str)."),
        ({"limits": {"tokens": 5}}, "not a dict. Write limits=Limits(tokens=…, cost_usd=…, sec"),
        ({"limits": 0.5}, "must be a Limits, not 0.5 (float). Write limits=Limits("),
        ({"limits": Limits}, "not the class Limits. Write limits=Limits(…)."),
        ({"limits": Limits(tokens="9")}, "limits.tokens of CodeAgent must be a whole number or"),  # type: ignore[arg-type]
        ({"executor": "docker"}, "an Executor or None, not 'docker' (str). Write executor_type='"),
        ({"executor": LocalExecutor}, "not the class LocalExecutor. Write executor=LocalExecutor("),
        ({"executor_kwargs": ["x"]}, "must be a dict or None, not a list."),
        ({"deadline_s": "1.5"}, "must be a number, not '1.5' (str). Write deadline_s=1.5."),
        ({"deadline_s": "30s"}, "must be a number, not '30s' (str)."),
        ({"deadline_s": None}, "must be a number, not None."),
        ({"name": 5}, "name of CodeAgent must be a text, not 5 (int)."),
        ({"name": HELPER}, "must be a text, not a ToolCallingAgent."),
        ({"instructions": ["Be nice."]}, "must be a text, not a list."),
        ({"structured_output": "yes"}, "must be True or False, not 'yes' (str)."),
        ({"on_approval": True}, "must be a function or None, not True."),
        ({"managed_agents": [double]}, "managed_agents[0] of CodeAgent must be an agent, not a F"),
        ({"managed_agents": "helper"}, "must be a list of agents, not 'helper' (str)."),
        ({"final_answer_checks": ["x"]}, "final_answer_checks[0] of CodeAgent must be a function"),
        ({"step_callbacks": "x"}, "must be a list of functions or a dict or a function, not 'x'"),
        ({"authorized_imports": {"numpy": "np"}}, "must be a list of texts, not a dict."),
        ({"max_step": 5}, "takes no option 'max_step'. Did you mean 'max_steps'?"),
        ({"deadline": 5}, "takes no option 'deadline'. Did you mean 'deadline_s'?"),
    ],
)
def test_option_of_a_wrong_type_is_refused_with_what_to_write(given: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        CodeAgent([], MODEL, **given)
    assert message in str(caught.value)
    assert next(iter(given)) in str(caught.value)
    assert "CodeAgent" in str(caught.value)


def test_every_option_refuses_an_object_that_means_nothing() -> None:
    taken = inspect.signature(CodeAgent).parameters.keys() - {"tools", "model", "options"}
    for name in {*taken, *AgentOptions.__annotations__}:
        with pytest.raises(TypeError, match=name):
            CodeAgent([], MODEL, **{name: object()})


def test_deadline_must_leave_some_time() -> None:
    for seconds in (0, -1.5, float("nan")):
        with pytest.raises(ValueError, match="deadline_s must be more than 0"):
            CodeAgent([], MODEL, deadline_s=seconds)


def test_one_thing_stands_for_a_list_of_one() -> None:
    agent = CodeAgent(
        [],
        MODEL,
        managed_agents=HELPER,  # type: ignore[arg-type]
        authorized_imports="numpy",
        final_answer_checks=bool,  # type: ignore[arg-type]
        step_callbacks=print,
    )
    assert list(agent.managed_agents) == ["helper"]
    assert agent.authorized_imports == ("numpy",)
    assert agent.final_answer_checks == (bool,)
    assert agent.step_callbacks == (print,)


def test_none_stands_for_what_is_empty_by_default() -> None:
    nothing: Any = dict.fromkeys(
        ("name", "description", "instructions", "managed_agents", "step_callbacks")
    )
    agent = CodeAgent([], MODEL, final_answer_checks=None, authorized_imports=None, **nothing)  # type: ignore[arg-type]
    assert (agent.name, agent.instructions, agent.step_callbacks) == ("", "", ())
    assert (agent.managed_agents, agent.authorized_imports) == ({}, ())


def test_one_check_is_called_without_a_list() -> None:
    def is_long(answer: str) -> bool:
        return len(answer) > 3

    replies = [block("final_answer('no')"), block("final_answer('certainly')")]
    with agent_with(*replies, final_answer_checks=is_long) as agent:
        assert agent.run("Go.").output == "certainly"


def test_numbers_of_other_kinds_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    agent = CodeAgent([], MODEL, max_steps=np.int64(3), deadline_s=np.float32(2))
    assert (agent.max_steps, type(agent.max_steps)) == (3, int)
    assert agent.deadline_s == 2


def test_subclass_is_checked_and_named_and_keeps_its_own_options() -> None:
    class Mine(ToolCallingAgent):
        def __init__(self, mood: int, **options: Any) -> None:
            super().__init__([], MODEL, **options)
            self.mood = mood

    assert Mine(mood="good").mood == "good"  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="max_tool_calls of Mine must be a whole number or None"):
        Mine(1, max_tool_calls="2")


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        (5, {}, "The task must be a text, not int."),
        (["a", "b"], {}, r"not list\. Several tasks are for map\(\)\."),
        ("Go.", {"max_steps": "5"}, r"max_steps of run\(\) must be a whole number or None"),
        ("Go.", {"reset": "yes"}, r"reset of run\(\) must be True or False, not 'yes'"),
    ],
)
def test_wrong_task_or_option_of_a_run_is_refused(task: Any, options: Any, message: str) -> None:
    with caller_with("Hi.") as agent, pytest.raises(TypeError, match=message):
        agent.run(task, **options)


def test_wrong_number_of_steps_set_on_an_agent_ends_its_run_with_a_sentence() -> None:
    with caller_with("Hi.") as agent:
        agent.max_steps = "5"  # type: ignore[assignment]
        problem = agent.run("Go.").problem
    assert problem is not None
    assert (problem.kind, problem.message) == (
        "bad_argument",
        "max_steps must be a number, not '5'.",
    )


@pytest.mark.parametrize(
    ("tasks", "options", "message"),
    [
        (5, {}, "tasks must be a list of tasks"),
        (["a"], {"concurrency": "5"}, r"concurrency of map\(\) must be .* Write concurrency=5\."),
        (["a"], {"on_event": "x"}, r"on_event of map\(\) must be a function or None"),
        (["a"], {"concurency": 5}, r"map\(\) takes no option 'concurency'\. Did you mean 'conc"),
    ],
)
def test_wrong_option_of_a_batch_is_refused(tasks: Any, options: Any, message: str) -> None:
    with caller_with("Hi.") as agent, pytest.raises(TypeError, match=message):
        agent.map(tasks, **options)


def test_new_options_are_checked_by_their_annotation_alone() -> None:
    class Shop:
        @checked
        def __init__(self, *, sizes: list[int] | None = None, rate: float = 1) -> None:
            self.rate = rate

    assert Shop(rate=2).rate == 2
    with pytest.raises(TypeError, match=r"rate of Shop must be a number, not '7' \(str\)"):
        Shop(rate="7")  # type: ignore[arg-type]
