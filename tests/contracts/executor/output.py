"""Contract cases: the output of code, and its errors."""

from __future__ import annotations

import asyncio

from contracts.executor.cases import LIMIT_S, case, echo, offer, run, run_ok
from pyagent.executors.base import Executor
from pyagent.protocol import Output, ToolCall, ToolReturn


# --- output -----------------------------------------------------------------------------------
@case
async def output_streams_while_the_code_runs(executor: Executor) -> None:
    seen = asyncio.Event()

    async def wait_until_seen(call: ToolCall) -> ToolReturn:
        async with asyncio.timeout(LIMIT_S):
            await seen.wait()
        return ToolReturn(call_id=call.call_id)

    await offer(executor, wait_until_seen, "pause() -> None")
    texts = []
    async with asyncio.timeout(LIMIT_S):
        async for event in executor.execute("print('first')\npause()\nprint('second')"):
            if isinstance(event, Output):
                texts.append(event.text)
                seen.set()
    assert "".join(texts) == "first\nsecond\n"


@case
async def streams_are_told_apart(executor: Executor) -> None:
    outcome = await run_ok(
        executor,
        "import sys, warnings\n"
        "print('out')\n"
        "print('err', file=sys.stderr)\n"
        "warnings.warn('careful')\n"
        "_ = sys.stdout.buffer.write(b'bytes')",
    )
    assert outcome.stdout == "out\nbytes"
    assert outcome.stderr.startswith("err\n")
    assert "UserWarning: careful" in outcome.stderr


@case
async def prints_before_a_failure_are_kept(executor: Executor) -> None:
    outcome = await run(executor, "print('before')\nprint('half', end='')\n1 / 0")
    assert outcome.stdout == "before\nhalf"


@case
async def flood_of_output_is_capped_and_says_so(executor: Executor) -> None:
    outcome = await run_ok(executor, "for i in range(200_000):\n    print('line', i)")
    assert len(outcome.stdout) < 110_000
    assert outcome.stdout.startswith("line 0\nline 1\n")
    assert "Output ends here" in outcome.stdout[-200:]
    assert (await run_ok(executor, "print('fresh')")).stdout == "fresh\n"


@case
async def text_that_utf8_cannot_hold_does_no_harm(executor: Executor) -> None:
    outcome = await run_ok(executor, "print('a\\ud800b', 'é中😀')\n'c\\udfffd'")
    assert outcome.stdout == "a\\ud800b é中😀\n"
    assert "c" in outcome.text


@case
async def huge_values_are_capped(executor: Executor) -> None:
    outcome = await run_ok(executor, "x = list(range(3_000_000))\nx")
    assert outcome.text.startswith("[0, 1, 2")
    assert "3,000,000 items" in outcome.text
    assert len((await run_ok(executor, "'a' * 5_000_000")).text) < 30_000


@case
async def value_whose_repr_fails_is_still_shown(executor: Executor) -> None:
    code = "class Bad:\n    def __repr__(self):\n        raise ValueError('no')\nb = Bad()\nb"
    outcome = await run_ok(executor, code)
    assert outcome.text == "<Bad whose repr failed: no>"


@case
async def displays_are_capped(executor: Executor) -> None:
    outcome = await run(executor, "for i in range(1000):\n    display(i)")
    assert 10 <= len(outcome.displays) <= 200
    assert "display" in outcome.error.message


# --- errors -----------------------------------------------------------------------------------
@case
async def error_carries_type_message_line_and_source(executor: Executor) -> None:
    error = (await run(executor, "x = 1\n\ny = x / 0  # boom\nz = 2")).error
    assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")
    assert (error.line, error.source_line) == (3, "y = x / 0  # boom")
    assert error.can_retry


@case
async def error_in_an_earlier_function_names_both_lines(executor: Executor) -> None:
    await run_ok(executor, "def invert(n):\n    return 1 / n")
    error = (await run(executor, "a = 0\ninvert(a)")).error
    assert (error.line, error.source_line) == (2, "invert(a)")
    assert "line 2 in invert: return 1 / n" in error.traceback
    assert "pyagent" not in error.traceback


@case
async def syntax_error_carries_line_and_source(executor: Executor) -> None:
    error = (await run(executor, "x = 1\ny = = 2")).error
    assert (error.type, error.line, error.source_line) == ("SyntaxError", 2, "y = = 2")


@case
async def notebook_command_is_explained(executor: Executor) -> None:
    error = (await run(executor, "!pip install numpy")).error
    assert "write Python only" in error.message


@case
async def misspelled_name_gets_a_suggestion(executor: Executor) -> None:
    await offer(executor, echo, "web_search(query: str) -> str")
    error = (await run(executor, "web_serach('x')")).error
    assert error.type == "NameError"
    assert "Did you mean 'web_search'?" in error.message


@case
async def missing_module_is_a_clear_error(executor: Executor) -> None:
    error = (await run(executor, "import no_such_module_anywhere")).error
    assert error.type == "ModuleNotFoundError"
    assert "no_such_module_anywhere" in error.message


@case
async def exit_is_an_error_and_not_the_end(executor: Executor) -> None:
    await run_ok(executor, "x = 1")
    for code in ("exit()", "quit(1)", "import sys\nsys.exit('bye')", "raise SystemExit"):
        error = (await run(executor, code)).error
        assert error.type == "SystemExit"
        assert "final_answer" in error.message
    assert (await run_ok(executor, "x")).text == "1"


@case
async def input_says_that_nobody_can_answer(executor: Executor) -> None:
    error = (await run(executor, "name = input('Name? ')")).error
    assert "input()" in error.message
    assert error.line == 1


@case
async def recursion_error_is_ordinary(executor: Executor) -> None:
    await run_ok(executor, "x = 1")
    error = (await run(executor, "def f(n):\n    return f(n + 1)\nf(0)")).error
    assert error.type == "RecursionError"
    assert len(error.traceback) < 5_000
    assert (await run_ok(executor, "x")).text == "1"


@case
async def keyboard_interrupt_of_the_code_is_its_own_error(executor: Executor) -> None:
    assert (await run(executor, "raise KeyboardInterrupt('mine')")).error.message == "mine"
