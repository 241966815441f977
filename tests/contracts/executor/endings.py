"""Contract cases: deadlines, deaths, restarts and stops."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from contracts.executor.cases import LIMIT_S, case, close, echo, in_time, offer, run, run_ok
from pyagent.executors.base import Executor
from pyagent.protocol import ToolCall, ToolReturn


@case
async def endless_loop_ends_at_the_deadline(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    async with in_time(executor, 1):
        outcome = await run(executor, "print('in')\nwhile True:\n    pass", deadline_s=1)
    assert outcome.stdout == "in\n"
    assert outcome.error.type == "TimeoutError"
    assert "1 s" in outcome.error.message
    assert (await run_ok(executor, "x")).text == "5"


@case
async def code_that_swallows_everything_ends_at_the_deadline(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    code = (
        "import signal\n"
        "try:\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\nexcept Exception:\n    pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass"
    )
    async with in_time(executor, 1):
        outcome = await run(executor, code, deadline_s=1)
    assert outcome.error.type == "TimeoutError"
    assert (await run_ok(executor, "x")).text == "5"


@case
async def deadline_covers_tools(executor: Executor) -> None:
    ended = asyncio.Event()

    async def never(call: ToolCall) -> ToolReturn:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    await offer(executor, never, "never() -> None")
    async with in_time(executor, 1):
        outcome = await run(executor, "never()", deadline_s=1)
    assert outcome.error.type == "TimeoutError"
    async with asyncio.timeout(LIMIT_S):
        await ended.wait()
    assert (await run_ok(executor, "1 + 1")).text == "2"


@case
async def os_exit_is_reported_and_the_next_step_works(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    outcome = await run(executor, "print('bye', flush=True)\nimport os\nos._exit(3)", deadline_s=5)
    assert outcome.error.type in ("SandboxLost", "TimeoutError")
    assert "x" in outcome.error.message
    assert (await run_ok(executor, "x")).text == "5"


@case
async def c_stack_overflow_ends_as_an_error_and_the_next_step_works(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    code = (
        "import sys\n"
        "sys.setrecursionlimit(10**6)\n"
        "deep = []\n"
        "for _ in range(200_000):\n    deep = [deep]\n"
        "text = repr(deep)"
    )
    outcome = await run(executor, code, deadline_s=10)
    assert outcome.error.type in ("SandboxLost", "TimeoutError", "RecursionError", "MemoryError")
    assert (await run_ok(executor, "x")).text == "5"


@case
async def what_can_be_kept_survives_a_kill(executor: Executor) -> None:
    await executor.set_variables({"given": [1, 2]})
    await executor.write_file("data.csv", b"a,b\n1,2\n")
    await run_ok(
        executor,
        "import math, json as j\n"
        "factor = 2\n"
        "def scaled(n):\n    return helper(n) * factor\n"
        "def helper(n):\n    return n + math.floor(0.5)\n"
        "class Point:\n    def __init__(self, x): self.x = x\n"
        "p = Point(3)\n"
        "_ = open('made.txt', 'w').write('made')\n"
        "gen = (i for i in range(3))\n"
        "def uses_gen():\n    return gen",
    )
    error = (await run(executor, "later = 1\nimport os\nos._exit(1)", deadline_s=5)).error
    assert "factor" in error.message
    assert "Lost: gen" in error.message
    code = "factor = 10\nscaled(4), p.x, isinstance(p, Point), j.dumps(given)"
    assert (await run_ok(executor, code)).text == "(40, 3, True, '[1, 2]')"
    files = "open('data.csv').read(), open('made.txt').read()"
    assert (await run_ok(executor, files)).text == "('a,b\\n1,2\\n', 'made')"
    # A function is not lost when a value that it uses is lost.
    assert (await run(executor, "uses_gen()")).error.message.startswith("name 'gen' is not defined")


@case
async def restored_functions_keep_their_source(executor: Executor) -> None:
    await run_ok(executor, "def f(n):\n    return 1 / n")
    await run(executor, "import os\nos._exit(1)", deadline_s=5)
    error = (await run(executor, "f(0)")).error
    assert "in f: return 1 / n" in error.traceback


@case
async def tools_are_there_after_a_kill(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: int) -> list")
    await run(executor, "import os\nos._exit(1)", deadline_s=5)
    assert (await run_ok(executor, "echo(1)")).text == "['echo', [1], {}]"


@case
async def variable_that_hangs_when_saved_costs_only_itself(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    await run_ok(
        executor,
        "class Trap:\n    def __reduce__(self):\n        while True: pass\ntrap = Trap()\ny = 6",
    )
    async with in_time(executor, 4):
        await run(executor, "1", deadline_s=2)
    assert (await run_ok(executor, "x")).text == "5"


@case
async def closing_the_iterator_stops_the_code(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    steps = executor.execute("print('on')\nwhile True:\n    pass")
    async with asyncio.timeout(LIMIT_S):
        await anext(aiter(steps))
    await close(steps)
    assert (await run_ok(executor, "x")).text == "5"


@case
async def cancelling_the_task_stops_the_code(executor: Executor) -> None:
    await run_ok(executor, "x = 5")
    entered = asyncio.Event()

    async def never(call: ToolCall) -> ToolReturn:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    await offer(executor, never, "never() -> None")
    task = asyncio.create_task(run(executor, "never()\nprint('on')"))
    async with asyncio.timeout(LIMIT_S):
        await entered.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert task.cancelled()
    outcome = await run_ok(executor, "x")
    assert (outcome.text, outcome.stdout) == ("5", "")
