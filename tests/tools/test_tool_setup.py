"""``Tool.setup`` runs once, before the first call of the tool."""

from __future__ import annotations

import asyncio
import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, Tool, ToolDefinitionError, ToolError

LIMIT_S = 20.0


class Oracle(Tool):
    name = "oracle"
    description = "Knows the answer."
    inputs = {"question": {"type": "string", "description": "About what."}}  # noqa: RUF012
    output_type = "string"

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures
        self.setups = 0

    def setup(self) -> None:
        self.setups += 1
        if self.setups <= self.failures:
            raise OSError("The weights are away.")
        self.answer = "42"
        super().setup()

    def forward(self, question: str) -> str:
        return self.answer


def test_setup_runs_once_and_before_the_first_call() -> None:
    oracle = Oracle()
    assert oracle.setups == 0
    code = "final_answer(oracle('a') + oracle('b'))"
    with CodeAgent([oracle], ScriptedModel([code, code])) as agent:
        assert [agent.run("Go.").output for _ in range(2)] == ["4242"] * 2
    assert (oracle("c"), oracle.setups) == ("42", 1)


def test_direct_call_sets_up_only_the_tool_that_is_called() -> None:
    first, second = Oracle(), Oracle()
    assert first("a") == "42"
    assert (first.setups, second.setups) == (1, 0)


def test_copy_has_what_was_set_up() -> None:
    fresh, used = Oracle(), Oracle()
    used("a")
    copies = [copy.deepcopy(fresh), copy.deepcopy(used), copy.copy(used)]
    assert [(made("a"), made.setups) for made in copies] == [("42", 1)] * 3


def test_setup_that_fails_is_an_error_of_the_call_and_runs_again() -> None:
    oracle = Oracle(failures=1)
    replies = ["oracle('a')", "final_answer(oracle('a'))"]
    with CodeAgent([oracle], ScriptedModel(replies)) as agent:
        result = agent.run("Go.")
    assert "oracle() failed: The weights are away." in str(result.steps[0])
    assert (result.output, oracle.setups) == ("42", 2)


def test_call_with_wrong_arguments_does_not_run_setup() -> None:
    oracle = Oracle()
    with pytest.raises(ToolError, match="wants 'question'"):
        asyncio.run(oracle.call([1]))
    assert oracle.setups == 0


class Slow(Oracle):
    """Takes long to set up, so that a second setup would begin if nothing prevented it."""

    def __init__(self) -> None:
        super().__init__()
        self.second = threading.Event()

    def setup(self) -> None:
        if self.setups:
            self.second.set()
        super().setup()
        self.second.wait(0.1)
        self.ready = True

    def forward(self, question: str) -> str:
        return f"{self.answer} {self.ready}"


def test_calls_at_once_wait_for_one_setup() -> None:
    async def ask_twice(oracle: Tool) -> list[Any]:
        return await asyncio.gather(*(oracle.call([text]) for text in "ab"))

    oracle = Slow()
    assert asyncio.run(ask_twice(oracle)) == ["42 True"] * 2
    assert oracle.setups == 1


def test_calls_of_many_threads_and_event_loops_wait_for_one_setup() -> None:
    def ask(number: int) -> str:
        together.wait(LIMIT_S)
        if number % 2:
            return oracle("a")
        answer: str = asyncio.run(oracle.call(["b"]))
        return answer

    together, oracle = threading.Barrier(8), Slow()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8), timeout=LIMIT_S)) == ["42 True"] * 8
    assert oracle.setups == 1


def test_call_after_a_cancelled_one_waits_for_the_same_setup() -> None:
    class Held(Oracle):
        def setup(self) -> None:
            begun.set()
            may_end.wait(LIMIT_S)
            super().setup()

    async def scenario() -> None:
        first = asyncio.create_task(oracle.call(["a"]))
        await asyncio.to_thread(begun.wait, LIMIT_S)
        first.cancel()
        await asyncio.wait([first])
        second = asyncio.create_task(oracle.call(["b"]))
        await asyncio.sleep(0)
        may_end.set()
        assert await second == "42"

    begun, may_end, oracle = threading.Event(), threading.Event(), Held()
    asyncio.run(scenario())
    assert oracle.setups == 1


def test_setup_that_calls_its_own_tool_fails_and_runs_again() -> None:
    class Circular(Oracle):
        def setup(self) -> None:
            if not self.setups:
                self.setups = 1
                self("a")
            super().setup()

    oracle = Circular()
    for call in (lambda: oracle("a"), lambda: asyncio.run(Circular().call(["a"]))):
        with pytest.raises(ToolError, match="setup\\(\\) is not done"):
            call()
    assert oracle("a") == "42"


def test_setup_runs_in_a_thread_as_blocking_tools_do() -> None:
    class Fast(Tool):
        name = "fast"
        description = "Answers."

        def setup(self) -> None:
            self.thread = threading.current_thread()

        async def forward(self) -> bool:
            """Answer."""
            return self.thread is threading.current_thread()

    assert asyncio.run(Fast().call()) is False


def test_async_setup_is_refused() -> None:
    class Late(Oracle):
        async def setup(self) -> None:  # type: ignore[override]
            pass

    with pytest.raises(ToolDefinitionError, match="setup\\(\\) is async"):
        Late()
