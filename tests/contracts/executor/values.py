"""Contract cases: the namespace, values, and how code sees itself."""

from __future__ import annotations

from contextlib import suppress

from contracts.executor.cases import LIMIT_S, case, close, echo, offer, run, run_ok
from pyagent.errors import ExecutorError, ProtocolError
from pyagent.executors.base import Executor
from pyagent.protocol import Output


@case
async def state_lasts_between_steps(executor: Executor) -> None:
    await run_ok(executor, "import math\nx = 20\ndef double(n):\n    return 2 * n")
    assert (await run_ok(executor, "double(x) + math.floor(2.5)")).text == "42"


@case
async def last_expression_is_the_value(executor: Executor) -> None:
    assert (await run_ok(executor, "x = 3\n'a' * x")).text == "'aaa'"


@case
async def statement_and_none_have_no_value(executor: Executor) -> None:
    assert (await run_ok(executor, "x = 3")).executed.value is None
    assert (await run_ok(executor, "None")).executed.value is None
    assert (await run_ok(executor, "")).executed.value is None
    assert (await run_ok(executor, "# only a comment")).executed.value is None


@case
async def bound_names_are_reported(executor: Executor) -> None:
    await run_ok(executor, "old = 1\nkept = 2")
    outcome = await run_ok(executor, "import json\nold = [1, 2]\nnew = 'n'\n_hidden = 3")
    assert outcome.executed.variables == {"old": "[1, 2]", "new": "'n'"}


@case
async def variables_can_be_set(executor: Executor) -> None:
    await executor.set_variables({"city": "Lisbon", "counts": [1, None, 2.5]})
    assert (await run_ok(executor, "f'{city} {counts}'")).text == "'Lisbon [1, None, 2.5]'"


@case
async def variable_that_is_not_json_is_refused(executor: Executor) -> None:
    with suppress(ProtocolError):
        await executor.set_variables({"x": float("nan")})
        raise AssertionError("NaN crossed")
    assert (await run_ok(executor, "1")).text == "1"


@case
async def code_sees_itself_as_main(executor: Executor) -> None:
    code = "if __name__ == '__main__':\n    print('ran')\nimport __main__\n__main__.__name__"
    outcome = await run_ok(executor, code)
    assert (outcome.stdout, outcome.text) == ("ran\n", "'__main__'")


@case
async def source_of_functions_is_found(executor: Executor) -> None:
    await run_ok(executor, "def f(a):\n    return a + 1")
    outcome = await run_ok(executor, "import inspect\nprint(inspect.getsource(f))")
    assert outcome.stdout == "def f(a):\n    return a + 1\n\n"


@case
async def classes_of_a_step_can_be_pickled(executor: Executor) -> None:
    await run_ok(
        executor,
        "from __future__ import annotations\n"
        "import dataclasses, enum, pickle\n"
        "@dataclasses.dataclass\n"
        "class Point:\n"
        "    x: int\n"
        "    other: Point | None = None\n"
        "class Colour(enum.Enum):\n"
        "    RED = 1",
    )
    code = "pickle.loads(pickle.dumps((Point(1, Point(2)), Colour.RED)))"
    assert "Point(x=2" in (await run_ok(executor, code)).text


@case
async def top_level_await_works(executor: Executor) -> None:
    outcome = await run_ok(
        executor,
        "import asyncio\n"
        "async def double(n):\n"
        "    await asyncio.sleep(0)\n"
        "    return 2 * n\n"
        "found = await asyncio.gather(double(1), double(2))\n"
        "await double(sum(found))",
    )
    assert outcome.text == "12"


@case
async def reset_forgets_variables_and_files_but_not_tools(executor: Executor) -> None:
    await offer(executor, echo, "echo(x: int) -> list")
    await run_ok(executor, "x = 1\nwith open('a.txt', 'w') as file:\n    _ = file.write('a')")
    await executor.reset()
    assert (await run(executor, "x")).error.type == "NameError"
    code = "import os\nos.path.exists('a.txt'), echo(1)"
    assert (await run_ok(executor, code)).text == "(False, ['echo', [1], {}])"


@case
async def one_step_at_a_time(executor: Executor) -> None:
    steps = executor.execute("print('started')\nwhile True: pass", deadline_s=LIMIT_S)
    assert isinstance(await anext(aiter(steps)), Output)
    with suppress(ExecutorError):
        await run(executor, "1")
        raise AssertionError("two steps ran at once")
    await close(steps)
