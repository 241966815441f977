"""Contract cases: host tools and ``final_answer``."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from contracts.executor.cases import case, echo, offer, run, run_ok
from pyagent.executors.base import Executor
from pyagent.protocol import ErrorInfo, ToolCall, ToolParameter, ToolReturn, ToolStub

A = ToolParameter(name="a", hint="int", required=True)


# --- tools ------------------------------------------------------------------------------------
@case
async def tools_are_called_synchronously(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: int, b: str = 'x', **more: int) -> list")
    code = "r = echo(1, b='y', c=None)\nr"
    assert (await run_ok(executor, code)).text == "['echo', [1], {'b': 'y', 'c': None}]"


@case
async def tools_look_like_functions(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: int, b: str = 'x') -> list[Row]")
    outcome = await run_ok(
        executor, "import inspect\necho.__name__, echo.__doc__, str(inspect.signature(echo))"
    )
    assert "'echo', 'What echo does.'" in outcome.text
    assert "b: 'str' = 'x'" in outcome.text


@case
async def failing_tool_raises_its_own_type_in_the_code(executor: Executor) -> None:
    async def fail(call: ToolCall) -> ToolReturn:
        error = ErrorInfo(type=str(call.args[0]), message="rows are locked")
        return ToolReturn(call_id=call.call_id, error=error)

    await offer(executor, fail, "query(kind: str) -> list")
    code = "try:\n    query('ValueError')\nexcept ValueError as error:\n    print('caught', error)"
    assert (await run_ok(executor, code)).stdout == "caught rows are locked\n"
    error = (await run(executor, "a = 1\nquery('LockedError')")).error
    assert (error.type, error.message, error.line) == ("LockedError", "rows are locked", 2)


@case
async def wrong_arguments_are_reported_before_the_tool_is_called(executor: Executor) -> None:
    calls: list[ToolCall] = []

    async def note(call: ToolCall) -> ToolReturn:
        calls.append(call)
        return ToolReturn(call_id=call.call_id)

    await offer(executor, note, "search(query: str, limit: int = 5) -> str")
    for code in ("search(q='x')", "search()", "search('a', 1, 2)", "search({1, 2})"):
        error = (await run(executor, code)).error
        assert error.type == "TypeError"
        assert "search()" in error.message
    assert calls == []


@case
async def many_tool_calls_in_a_loop_keep_their_order(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: int) -> list")
    code = "[echo(i)[1][0] for i in range(100)] == list(range(100))"
    assert (await run_ok(executor, code)).text == "True"


@case
async def map_makes_several_calls_at_once(executor: Executor) -> None:
    waiting: list[ToolCall] = []
    all_here = asyncio.Event()

    async def meet(call: ToolCall) -> ToolReturn:
        waiting.append(call)
        if len(waiting) == 3:
            all_here.set()
        await all_here.wait()
        return ToolReturn(call_id=call.call_id, value=call.args)

    await offer(executor, meet, "meet(a: int, b: str) -> list")
    assert (await run_ok(executor, "meet.map([1, 2, 3], 'xyz')")).text == (
        "[[1, 'x'], [2, 'y'], [3, 'z']]"
    )
    assert (await run(executor, "meet.map([1, 2], 'x')")).error.type == "ValueError"
    assert len(waiting) == 3


@case
async def map_keeps_few_calls_open_and_their_order(executor: Executor) -> None:
    under_way, most = 0, 0

    async def work(call: ToolCall) -> ToolReturn:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return ToolReturn(call_id=call.call_id, value=call.args[0])

    await offer(executor, work, "work(a: int) -> int")
    assert (await run_ok(executor, "work.map(range(200)) == list(range(200))")).text == "True"
    assert 1 < most <= 8


@case
async def map_raises_a_failure_after_all_calls_or_returns_it(executor: Executor) -> None:
    calls: list[object] = []

    async def check(call: ToolCall) -> ToolReturn:
        calls.append(call.args[0])
        error = ErrorInfo(type="ValueError", message=f"{call.args[0]} is odd")
        return ToolReturn(call_id=call.call_id, error=error if int(call.args[0]) % 2 else None)

    await offer(executor, check, "check(a: int) -> None")
    error = (await run(executor, "check.map([2, 3, 4, 5])")).error
    assert (error.type, error.message) == ("ValueError", "3 is odd")
    assert calls == [2, 3, 4, 5]
    code = "check.map([2, 3], return_exceptions=True)"
    assert (await run_ok(executor, code)).text == "[None, ValueError('3 is odd')]"
    assert (await run(executor, "check.map([1], [2])")).error.type == "TypeError"
    assert (await run_ok(executor, "check.map([])")).text == "[]"


@case
async def tool_may_use_files_while_the_code_waits(executor: Executor) -> None:
    async def upper(call: ToolCall) -> ToolReturn:
        data = await executor.read_file("in.txt")
        await executor.write_file("out.txt", data.upper())
        return ToolReturn(call_id=call.call_id)

    await offer(executor, upper, "upper() -> None")
    await executor.write_file("in.txt", b"abc")
    assert (await run_ok(executor, "upper()\nopen('out.txt').read()")).text == "'ABC'"


@case
async def tool_that_no_function_can_stand_for_is_told_and_left_out(executor: Executor) -> None:
    good = ToolStub(name="good", signature="(a: int)", doc="", parameters=[A])
    same = ToolStub(name="twice", signature="(a: int, a: int)", doc="", parameters=[A, A])
    late = ToolStub(name="late", signature="", doc="", parameters=[replace(A, required=False), A])
    word = ToolStub(name="word", signature="", doc="", parameters=[replace(A, name="not a name")])
    await executor.define_tools([same, late, word, good], echo)
    outcome = await run_ok(executor, "good(1)")
    assert outcome.text == "['good', [1], {}]"
    for name in ("twice", "late", "word"):
        assert f"The tool {name} is missing because its definition is invalid" in outcome.stderr
        assert (await run(executor, f"{name}(1)")).error.type == "NameError"
    assert (await run_ok(executor, "good(2)")).stderr == ""


@case
async def text_in_a_definition_is_never_run(executor: Executor) -> None:
    end = "__import__('os')._exit(3)"
    odd = ToolParameter(name="a", hint=end, required=False, default=[end])
    stub = ToolStub(name="odd", signature=f"(a={end}): {end}", doc="", parameters=[odd])
    await executor.define_tools([replace(stub, returns=end)], echo)
    assert (await run_ok(executor, "odd()")).text == "['odd', [], {}]"


@case
async def arguments_that_only_python_has_cross_in_writing(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: Any, b: str = '') -> list")
    code = """
import datetime, decimal, enum, uuid, pathlib, collections
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    when: datetime.date
class Color(enum.Enum):
    RED = "red"
day = datetime.date(2026, 11, 22)
sent = [{3, 1, 2}, (1,), Point(1, day), Color.RED, {Color.RED: day}, decimal.Decimal("1.10"),
        pathlib.PurePosixPath("a/b"), collections.deque([1]), datetime.timedelta(seconds=90)]
[echo(value)[1][0] for value in sent]
"""
    assert (await run_ok(executor, code)).text == repr(
        [
            [1, 2, 3],
            [1],
            {"x": 1, "when": "2026-11-22"},
            "red",
            {"red": "2026-11-22"},
            "1.10",
            "a/b",
            [1],
            90.0,
        ]
    )
    for wrong in (
        "b={1}",
        "object()",
        "{1: 2}",
        "{(1, 2): 3}",
        "b'x'",
        "float('nan')",
        "[[object()]]",
    ):
        assert (await run(executor, f"echo({wrong})")).error.type == "TypeError", wrong


@case
async def iterators_and_arrays_cross_as_lists(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: list[int] | tuple[int, int], b: str = '') -> list")
    code = """
import array
sent = [(n for n in [1, 2]), map(int, "12"), filter(None, [0, 1, 2]), reversed([2, 1]),
        iter([1, 2]), {1: 0, 2: 0}.keys(), array.array("i", [1, 2]), zip([1], [2])]
[echo(value)[1][0] for value in sent]
"""
    assert (await run_ok(executor, code)).text == repr([[1, 2]] * 7 + [[[1, 2]]])
    assert (await run_ok(executor, "echo({'b': 0, 'a': 0}.keys())[1][0]")).text == "['b', 'a']"
    endless = "import itertools\necho(itertools.count())"
    for wrong in (endless, "echo([], iter('a'))", "echo(iter([b'']))"):
        assert (await run(executor, wrong)).error.type == "TypeError", wrong
    code = "def broken():\n    yield 1\n    raise KeyError('k')\necho(broken())"
    assert (await run(executor, code)).error.type == "KeyError"
    code = "_ = open('a.txt', 'w').write('a')\necho(open('a.txt'))"
    assert (await run(executor, code)).error.type == "TypeError"


@case
async def argument_that_would_lose_a_key_is_refused(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: dict[int | str, int]) -> list")
    assert (await run_ok(executor, "echo({1: 2})[1][0]")).text == "{'1': 2}"
    error = (await run(executor, "echo({1: 2, '1': 3})")).error
    assert error.type == "TypeError"
    assert "two keys that are the same as text" in error.message


@case
async def tools_can_be_replaced(executor: Executor) -> None:
    await offer(executor, echo, "one() -> list")
    await offer(executor, echo, "two() -> list")
    assert (await run_ok(executor, "two()")).text == "['two', [], {}]"
    assert (await run(executor, "one()")).error.type == "NameError"


# --- final answer -----------------------------------------------------------------------------
@case
async def final_answer_ends_the_code(executor: Executor) -> None:
    outcome = await run_ok(executor, "print('a')\nfinal_answer({'n': [1, 2.5, None]})\nprint('b')")
    assert outcome.answer == {"n": [1, 2.5, None]}
    assert outcome.stdout == "a\n"
    assert outcome.executed.value is None


ANSWERS_THROUGH = {
    "bare except": "try:\n    final_answer(7)\nexcept:\n    final_answer('wrong')",
    "except BaseException": (
        "try:\n    final_answer(7)\nexcept BaseException as e:\n    print('caught', e)"
    ),
    "endless loop": "while True:\n    try:\n        final_answer(7)\n    except:\n        pass",
    "suppress": (
        "import contextlib\n"
        "with contextlib.suppress(BaseException):\n    final_answer(7)\nprint('on')"
    ),
    "finally continue": (
        "for i in range(3):\n    try:\n        final_answer(7)\n    finally:\n        continue\n"
    ),
    "function": (
        "def main():\n"
        "    try:\n        final_answer(7)\n"
        "    except Exception:\n        pass\n"
        "    except:\n        print('no')\n"
        "    return 1\n"
        "main()\nprint('on')"
    ),
    "coroutine": (
        "import asyncio\n"
        "async def main():\n"
        "    try:\n        final_answer(7)\n    except:\n        print('no')\n"
        "await asyncio.gather(main())\nprint('on')"
    ),
}


@case
async def final_answer_passes_every_handler(executor: Executor) -> None:
    for name, code in ANSWERS_THROUGH.items():
        outcome = await run_ok(executor, code, deadline_s=10)
        assert (outcome.answer, outcome.stdout) == (7, ""), name


@case
async def finally_blocks_run_on_a_final_answer(executor: Executor) -> None:
    code = "try:\n    final_answer(1)\nfinally:\n    closed = True\n    print('closed')"
    assert (await run_ok(executor, code)).stdout == "closed\n"


@case
async def answers_of_data_stay_data_and_others_become_text(executor: Executor) -> None:
    assert (await run_ok(executor, "final_answer(float('nan'))")).answer == "nan"
    assert (await run_ok(executor, "final_answer({1: 2})")).answer == {"1": 2}
    assert (await run_ok(executor, "final_answer((1, 2))")).answer == [1, 2]
    assert (await run_ok(executor, "final_answer({'n': [float('nan')]})")).answer == {"n": [None]}
    assert (
        await run_ok(executor, "import decimal\nfinal_answer([decimal.Decimal(1)])")
    ).answer == ([1.0])
    assert (await run_ok(executor, "final_answer(b'x')")).answer == "b'x'"
    code = "import datetime\nfinal_answer([datetime.timedelta(hours=1), b'x', {1j}])"
    assert (await run_ok(executor, code)).answer == [3600.0, "b'x'", ["1j"]]
    code = "final_answer({'a': 1, 'lost': {'1': 1, 1: 2}})"
    assert (await run_ok(executor, code)).answer == {"a": 1, "lost": [["1", 1], [1, 2]]}
    assert (await run_ok(executor, "final_answer({'1': 1, 1: 2})")).answer == [["1", 1], [1, 2]]


@case
async def final_answer_survives_being_overwritten(executor: Executor) -> None:
    await run_ok(executor, "final_answer = 3")
    assert (await run_ok(executor, "final_answer(4)")).answer == 4


# --- images -----------------------------------------------------------------------------------
PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="


@case
async def image_from_a_tool_can_be_shown_saved_passed_on_and_answered_with(
    executor: Executor,
) -> None:
    bundle = {"text/plain": "[image 1x1]", "image/gif": PIXEL}

    async def draw(call: ToolCall) -> ToolReturn:
        given = call.kwargs.get("image")
        kinds = sorted(given) if isinstance(given, dict) else given
        return ToolReturn(call_id=call.call_id, value=kinds or {"all": [bundle]})

    await offer(executor, draw, "draw(image: Image = None) -> Any")
    code = (
        "image = draw()['all'][0]\n"
        "display(image)\n"
        "image.save('a.gif')\n"
        "print(*image.size, open('a.gif', 'rb').read(3))\n"
        "print('text/plain' in draw(image=image), 'text/plain' in draw(image='a.gif'))\n"
        "final_answer(image)"
    )
    outcome = await run_ok(executor, code)
    assert outcome.stdout == "1 1 b'GIF'\nTrue True\n"
    assert outcome.displays[0]["text/plain"] == "[image 1x1]"
    answer = outcome.executed.answer
    assert answer is not None
    assert answer.value == "[image 1x1]"
    assert [key for key in answer.bundle if key.startswith("image/")]


@case
async def any_bundle_from_a_tool_can_be_shown(executor: Executor) -> None:
    async def draw(call: ToolCall) -> ToolReturn:
        return ToolReturn(call_id=call.call_id, value={"text/html": "<b>1</b>"})

    await offer(executor, draw, "draw() -> Any")
    outcome = await run_ok(executor, "display(draw())")
    assert outcome.displays[0]["text/html"] == "<b>1</b>"


@case
async def image_for_a_parameter_that_takes_none_is_refused(executor: Executor) -> None:
    await offer(executor, echo, "echo(a: str) -> list")
    outcome = await run(executor, f"from base64 import *\necho(Image(b64decode('{PIXEL}')))")
    assert outcome.error.type == "TypeError"
    assert "argument 1 must be text" in outcome.error.message
