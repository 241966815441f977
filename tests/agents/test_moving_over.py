"""What people who come from smolagents have met, each as a test that it does not happen here.

Shown elsewhere and not again: a deadline holds within 1.2 times
(``executors/contract_endings.py``), deep recursion is an ordinary error and a misspelled name one
with a suggestion (``contract_output.py``), a 429 waits seconds and a 5xx is sent again
(``models/test_retries.py``), images are sent once (``test_images.py``), a stream ends with its
last step and may be left early (``test_limits.py``), parallel calls keep their order and lose
nothing (``test_tool_calling.py``), managed agents share no memory and are paid for
(``test_managed_agents.py``), saving is lossless (``test_storing.py``).
"""

from __future__ import annotations

import asyncio

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from scripts import agent_with, asked, block, in_loop


def test_agents_of_both_kinds_of_tools_work_side_by_side_in_one_event_loop() -> None:
    async def scenario() -> list[object]:
        meeting = asyncio.Barrier(3)

        @tool
        async def meet(n: int) -> int:
            """Wait for the others.

            Args:
                n: A number.
            """
            await meeting.wait()
            return n

        async def solve(n: int) -> object:
            model = ScriptedModel([block(f"final_answer(meet({n}))")])
            async with CodeAgent([meet], model) as agent:
                return (await agent.arun("Go.")).output

        return await asyncio.gather(*map(solve, range(3)))

    assert in_loop(scenario()) == [0, 1, 2]


PYTHON = {
    "break inside try": ("out = []\nfor i in range(5):\n    try:\n        if i == 2:\n"
        "            break\n        out.append(i)\n    finally:\n        out.append('f')\nout",
        [0, "f", 1, "f", "f"]),
    "return inside try": ("def f():\n    try:\n        return 1\n    finally:\n"
        "        seen.append(2)\nseen = []\n[f(), seen]", [1, [2]]),
    "decorators": ("import functools\n@functools.cache\ndef f(n):\n    calls.append(n)\n"
        "    return n\ncalls = []\nf(1), f(1)\ncalls", [1]),
    "closures": ("def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
        "        return n\n    return up\nup = counter()\nup()\nup()", 2),
    "generators": ("def gen():\n    got = yield 1\n    yield got\ng = gen()\n"
        "[next(g), g.send('x')]", [1, "x"]),
    "match": ("match {'kind': 'a', 'n': 3}:\n    case {'kind': 'a', 'n': n}:\n        out = n\nout",
        3),
    "dataclasses": ("from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n"
        "    x: int\n    y: int = 2\nsorted([P(2), P(1)])[0].x", 1),
    "properties and super": ("class A:\n    @property\n    def n(self): return 1\nclass B(A):\n"
        "    @property\n    def n(self): return super().n + 1\nB().n", 2),
    "with": ("from contextlib import suppress\nwith suppress(ZeroDivisionError):\n    1 / 0\n'on'",
        "on"),
    "walrus and star": ("first, *rest = [n for i in range(4) if (n := i * 2) > 0]\n[first, rest]",
        [2, [4, 6]]),
    "recursion 900 deep": ("def f(n):\n    return n and 1 + f(n - 1)\nf(900)", 900),
    "exception groups": ("try:\n    raise ExceptionGroup('g', [ValueError(1)])\n"
        "except* ValueError as group:\n    out = len(group.exceptions)\nout", 1),
    "await": ("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 3\n"
        "await f()", 3),
}  # fmt: skip


@pytest.fixture(scope="module")
def python() -> object:
    """One agent, so that the sandbox starts once."""
    codes = [code for code, _ in PYTHON.values()]
    replies = [block(f"{code.rpartition(chr(10))[0]}\nfinal_answer({code.rpartition(chr(10))[2]})")
               for code in codes]  # fmt: skip
    with agent_with(*replies) as agent:
        yield {name: agent.run(name).output for name in PYTHON}


@pytest.mark.parametrize("name", PYTHON)
def test_code_means_what_it_means_in_python(name: str, python: dict[str, object]) -> None:
    assert python[name] == PYTHON[name][1]


def test_misspelled_variable_is_a_name_error_and_no_guess() -> None:
    with agent_with(block("result = 41\nprint(resutl + 1)"), block("final_answer(0)")) as agent:
        assert agent.run("Go.").output == 0
        assert "NameError: name 'resutl' is not defined" in asked(agent)


def test_prints_before_a_failure_are_kept() -> None:
    with agent_with(block("print('so far')\n1 / 0"), block("final_answer(0)")) as agent:
        agent.run("Go.")
        assert "so far" in asked(agent)
        assert "ZeroDivisionError" in asked(agent)


def test_reply_of_bare_python_runs() -> None:
    with agent_with("total = sum(range(10))\nfinal_answer(total)") as agent:
        assert agent.run("Add.").output == 45


def test_sandbox_calls_tools_of_the_host_and_managed_agents() -> None:
    host = {"rows": [1, 2, 3]}

    @tool
    def rows() -> list[int]:
        """Rows that only the host has."""
        return host["rows"]

    helper = CodeAgent(
        model=ScriptedModel([block("final_answer('checked')")]),
        name="checker",
        description="Checks.",
    )
    code = block("final_answer([sum(rows()), checker('Check it.')])")
    with agent_with(code, tools=[rows], managed_agents=[helper]) as agent:
        assert agent.run("Go.").output == [6, "checked"]
