"""What ``raise_for_problem`` raises: the class that the documentation promises, unchanged."""

from __future__ import annotations

import ast
import gc
import inspect
import pickle
import threading
import time
import weakref
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import pyagent
from pyagent import (
    AgentError,
    AuthenticationError,
    Cancelled,
    CodeAgent,
    ContextOverflowError,
    EndpointError,
    FileError,
    LimitError,
    Limits,
    LocalExecutor,
    MaxStepsError,
    ModelError,
    OpenAIModel,
    RateLimitError,
    RunResult,
    SandboxLostError,
    ScriptedModel,
    ServerError,
    StreamError,
    TimeLimitError,
    ToolCallingAgent,
    errors,
)
from support.agents.scripted_agents import agent_with, block, costing

TOO_LONG = {"error": {"code": "context_length_exceeded", "message": "maximum context length"}}
BROKEN_OFF = 'data: {"choices": [{"index": 0, "delta": {"content": "I see"}}]}\n\n'
EVENTS = {"content-type": "text/event-stream"}


def refused(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


def run_against(answer: Callable[[httpx.Request], httpx.Response]) -> RunResult:
    model = OpenAIModel(
        "gpt-5-mini", api_key="k", transport=httpx.MockTransport(answer), max_retries=0
    )
    return ToolCallingAgent([], model).run("Go.")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda _: httpx.Response(401, json={}), AuthenticationError),
        (lambda _: httpx.Response(429, json={}), RateLimitError),
        (lambda _: httpx.Response(400, json=TOO_LONG), ContextOverflowError),
        (lambda _: httpx.Response(503, text="busy"), ServerError),
        (refused(httpx.ConnectError("refused")), EndpointError),
        (lambda _: httpx.Response(200, headers=EVENTS, text=BROKEN_OFF), StreamError),
    ],
)
def test_errors_of_a_provider_are_raised_unchanged(answer: Any, expected: type[Any]) -> None:
    result = run_against(answer)
    with pytest.raises(ModelError) as raised:
        result.raise_for_problem()
    assert type(raised.value) is expected
    assert result.problem is not None
    assert (result.problem.message, result.problem.kind) == (
        raised.value.message,
        raised.value.kind,
    )


def test_a_rate_limit_says_how_long_to_wait() -> None:
    result = run_against(lambda _: httpx.Response(429, headers={"retry-after": "7"}, json={}))
    with pytest.raises(RateLimitError) as raised:
        result.raise_for_problem()
    assert (raised.value.retry_after_s, raised.value.status) == (7.0, 429)


def test_used_up_steps_are_a_max_steps_error() -> None:
    with agent_with(block("x = 1"), "Perhaps 2.", max_steps=1) as agent:
        result = agent.run("Go.")
    with pytest.raises(MaxStepsError, match="within 1 step"):
        result.raise_for_problem()


def test_used_up_tokens_are_a_limit_error() -> None:
    with agent_with(costing(block("x = 1"), tokens=500), limits=Limits(tokens=100)) as agent:
        result = agent.run("Go.")
    with pytest.raises(LimitError, match="limit of 100 tokens") as raised:
        result.raise_for_problem()
    assert type(raised.value) is LimitError


def test_used_up_seconds_are_a_deadline_error() -> None:
    with agent_with(block("while True: pass"), limits=Limits(seconds=0.3)) as agent:
        result = agent.run("Go.")
    with pytest.raises(TimeLimitError, match=r"limit of 0\.3 s"):
        result.raise_for_problem()


def test_a_stopped_run_raises_cancelled_but_reports_no_problem() -> None:
    def stop(step: object, agent: CodeAgent) -> None:
        agent.interrupt()
        time.sleep(0.2)

    with agent_with(block("x = 1"), block("x = 2"), step_callbacks=[stop]) as agent:
        result = agent.run("Go.")
    assert result.problem is None
    with pytest.raises(Cancelled):
        result.raise_for_problem()


def test_a_sandbox_that_cannot_start_raises_sandbox_lost() -> None:
    executor = LocalExecutor(python="false")
    with CodeAgent(model=ScriptedModel([block("1")]), executor=executor) as agent:
        result = agent.run("Go.")
    with pytest.raises(SandboxLostError):
        result.raise_for_problem()


def test_a_missing_file_raises_file_error(tmp_path: Path) -> None:
    with agent_with() as agent:
        result = agent.run("Go.", files=[tmp_path / "missing.csv"])
    with pytest.raises(FileError, match=r"missing\.csv"):
        result.raise_for_problem()


def test_a_fault_in_a_callback_is_the_cause_of_what_is_raised() -> None:
    def fail(step: object, agent: CodeAgent) -> None:
        raise LookupError("no such row")

    with agent_with(block("x = 1"), step_callbacks=[fail]) as agent:
        result = agent.run("Go.")
    with pytest.raises(AgentError, match="no such row") as raised:
        result.raise_for_problem()
    assert isinstance(raised.value.__cause__, LookupError)


def test_an_answer_raises_nothing() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        result = agent.run("Go.")
    assert result.raise_for_problem() is result
    assert result.error is None


def test_a_failed_result_as_data_holds_no_exception() -> None:
    data = run_against(lambda _: httpx.Response(429, json={})).to_dict()
    assert "error" not in data
    assert data["problem"]["kind"] == "rate_limited"


def test_raising_again_starts_anew() -> None:
    result = run_against(lambda _: httpx.Response(429, json={}))
    depths = []
    for _ in range(3):
        with pytest.raises(RateLimitError) as raised:
            result.raise_for_problem()
        depths.append(len(raised.traceback))
        assert raised.value.__context__ is None
    assert len(set(depths)) == 1


def test_result_without_its_exception_still_raises() -> None:
    result = replace(run_against(lambda _: httpx.Response(429, json={})), error=None)
    with pytest.raises(AgentError) as raised:
        result.raise_for_problem()
    assert raised.value.kind == "rate_limited"


def test_failed_result_does_not_keep_the_agent_alive() -> None:
    def fail(step: object, agent: CodeAgent) -> None:
        raise LookupError("no such row")

    with agent_with(block("x = 1"), step_callbacks=[fail]) as agent:
        result = agent.run("Go.")
    alive = weakref.ref(agent)
    del agent
    gc.collect()
    assert not result.success
    assert alive() is None


class _Own(AgentError):
    def __init__(self, message: str, lock: object) -> None:
        super().__init__(message, advice="Wait.", kind="own")
        self.lock = lock


def test_failed_result_can_be_pickled_whatever_the_exception_holds() -> None:
    def fail(step: object, agent: CodeAgent) -> None:
        raise _Own("Held.", threading.Lock())

    with agent_with(block("x = 1"), step_callbacks=[fail]) as agent:
        result = agent.run("Go.")
    assert isinstance(result.error, _Own)
    for kept in (pickle.loads(pickle.dumps(result)), deepcopy(result)):
        with pytest.raises(AgentError, match="Held") as raised:
            kept.raise_for_problem()
        assert raised.value.kind == "own"


def test_every_exception_is_raised_somewhere() -> None:
    """A class that nothing raises is a promise that nothing keeps."""
    declared = {name for name, _ in inspect.getmembers(errors, inspect.isclass)} - {"annotations"}
    package = Path(pyagent.__file__).parent
    named = {
        node.id
        for path in package.rglob("*.py")
        if path.name not in ("errors.py", "__init__.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert declared <= named
