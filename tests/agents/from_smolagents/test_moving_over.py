"""What people who come from smolagents have met, each as a test that it does not happen here.

Shown elsewhere and not again: a deadline holds within 1.2 times
(``contracts/executor/endings.py``), deep recursion is an ordinary error and a misspelled name one
with a suggestion (``contracts/executor/output.py``), a 429 waits seconds and a 5xx is sent again
(``models/test_retries.py``), images are sent once (``test_images.py``), a stream ends with its
last step and may be left early (``test_limits.py``), parallel calls keep their order and lose
nothing (``test_tool_calling.py``), managed agents share no memory and are paid for
(``managed/test_managed_agents.py``), saving is lossless (``saving/test_saving.py``), a tool is set
up once (``tools/test_tool_setup.py``), names are found (``test_moving_names.py``).
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from typing import Any

import pytest

from pyagent import (
    ActionStep,
    AgentError,
    CodeAgent,
    ModelError,
    OpenAIModel,
    PlanningStep,
    ScriptedModel,
    Tool,
    ToolCallingAgent,
    tool,
)
from support.agents.scripted_agents import (
    agent_with,
    asked,
    block,
    caller_with,
    in_loop,
    requests_of,
    use,
)
from support.scripted_internet import ScriptedInternet


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


def test_misspelled_variable_is_a_name_error_and_not_guessed() -> None:
    with agent_with(block("result = 41\nprint(resutl + 1)"), block("final_answer(0)")) as agent:
        assert agent.run("Go.").output == 0
        assert "NameError: name 'resutl' is not defined" in asked(agent)


def test_prints_before_a_failure_are_kept() -> None:
    with agent_with(block("print('so far')\n1 / 0"), block("final_answer(0)")) as agent:
        agent.run("Go.")
        assert "so far" in asked(agent)
        assert "ZeroDivisionError" in asked(agent)


@pytest.mark.parametrize(
    "reply",
    [
        "total = sum(range(10))\nfinal_answer(total)",
        "Thoughts: I add.\n<code>\nfinal_answer(sum(range(10)))\n</code>",
        "```\nfinal_answer(sum(range(10)))\n```",
        "Sure.\n~~~python\nfinal_answer(sum(range(10)))\n~~~",
    ],
)
def test_code_runs_bare_and_in_other_tags_and_fences(reply: str) -> None:
    with agent_with(reply) as agent:
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


class Doubler(Tool):
    """A tool as in the documentation of smolagents."""

    name = "doubler"
    description = "Doubles a number."
    inputs = {"number": {"type": "integer", "description": "What to double."}}  # noqa: RUF012
    output_type = "integer"

    def __init__(self) -> None:
        super().__init__()
        self.factor = 0

    def setup(self) -> None:
        super().setup()
        self.factor = 2

    def forward(self, number: int) -> int:
        return number * self.factor


def test_program_of_smolagents_runs_except_for_its_last_attribute() -> None:
    seen: list[Any] = []
    internet = ScriptedInternet(["1. Double it.", block("final_answer(doubler(n))")])
    with internet.connected():
        model = OpenAIModel(
            model_id="m",
            api_base="https://llm.example/v1",
            api_key="k",
            organization="o",
            temperature=0.5,
            max_tokens=100,
            extra_body={"top_p": 0.9},
        )
        agent = CodeAgent(
            tools=[Doubler()],
            model=model,
            max_steps=5,
            planning_interval=3,
            instructions="Be short.",
            step_callbacks=[lambda step, agent: seen.append(type(step))],
            final_answer_checks=[lambda answer, memory, agent: answer > 0],
        )
        result = agent.run("Double n.", additional_args={"n": 21}, max_steps=3, reset=True)
        agent.close()
    assert result.output == 42
    assert (result.timing.duration > 0, result.token_usage.total_tokens > 0) == (True, True)
    assert seen == [PlanningStep, ActionStep]
    body = json.loads(internet.requests[-1].content)
    assert [body[name] for name in ("temperature", "max_tokens", "top_p")] == [0.5, 100, 0.9]


def test_steps_hold_what_steps_of_smolagents_hold() -> None:
    code = "print('so far')\n1 / 0"
    with agent_with(block(code), block("final_answer(1)"), name="me") as agent:
        agent.run("Go.")
        [first, last] = agent.memory.steps
        [interaction] = agent.memory.interactions
        assert isinstance(first, ActionStep)
        assert (first.number, last.number, first.code) == (1, 2, code)
        assert first.reply == block(code)
        assert "so far" in first.observation
        assert first.error is not None
        assert (first.error.type, first.error.source_line) == ("ZeroDivisionError", "1 / 0")
        assert first.seconds > 0
        assert first.token_usage.total_tokens > 0
        assert ("Go." in interaction.task, interaction.output) == (True, 1)
        roles = [message.role for message in agent.memory.messages(agent.system_prompt)]
        assert roles == ["system", "user", "assistant", "user", "assistant", "user"]


def test_native_calls_are_in_the_step_with_their_results() -> None:
    calls = [use("doubler", number=4), use("doubler", number=5)]
    with caller_with(calls, "Done.", tools=[Doubler()]) as agent:
        step = agent.run("Go.").steps[0]
    assert isinstance(step, ActionStep)
    assert [(made.id, made.name, made.arguments) for made in step.tool_uses] == [
        (call.id, "doubler", call.arguments) for call in calls
    ]
    assert [result.text for result in step.tool_results] == ["8", "10"]


def test_run_that_fails_returns_and_raises_when_asked_to() -> None:
    with agent_with(ModelError("Nobody there.")) as agent:
        result = agent.run("Go.")
    assert (result.success, result.reason) == (False, "error")
    assert result.problem is not None
    assert result.problem.message == "Nobody there."
    with pytest.raises(AgentError, match="Nobody there"):
        result.raise_for_problem()


def test_interrupted_run_returns_as_cancelled() -> None:
    def stop(step: object, agent: CodeAgent) -> None:
        agent.interrupt()

    with agent_with(block("x = 1"), block("x = 2"), step_callbacks=[stop]) as agent:
        assert agent.run("Go.").reason == "cancelled"


def test_conversation_and_variables_last_until_reset() -> None:
    replies = [
        block("x = 5"),
        "Set.",
        block("final_answer(x)"),
        block("final_answer('x' in dir())"),
    ]
    with agent_with(*replies) as agent:
        agent.run("Set x.")
        assert agent.run("What is x?").output == 5
        assert agent.run("Is there an x?", reset=True).output is False
        assert "Set x." not in str(requests_of(agent)[-1].messages)
        agent.clear()
        assert agent.memory.steps == ()


def test_last_guess_at_max_steps_is_not_a_success() -> None:
    with agent_with(block("x = 1"), "Perhaps 2.", max_steps=1) as agent:
        result = agent.run("Go.")
    assert (result.output, result.success, result.reason) == ("Perhaps 2.", False, "max_steps")


class Rows:
    """An object that converts itself as a DataFrame of pandas does."""

    def to_dict(self, orient: str = "dict") -> object:
        return [{"city": "Rome"}] if orient == "records" else {"city": {0: "Rome"}}


def test_tools_return_json_and_name_what_cannot_be_json() -> None:
    @tool
    def table() -> object:
        """Give rows."""
        return Rows()

    @tool
    def picture() -> object:
        """Give what has no JSON."""
        return object()

    replies = [block("picture()"), block("final_answer(table())")]
    with agent_with(*replies, tools=[table, picture]) as agent:
        assert agent.run("Go.").output == [{"city": "Rome"}]
        assert "cannot be sent to the code" in asked(agent)


@pytest.mark.parametrize("kind", [CodeAgent, ToolCallingAgent])
def test_argument_that_json_cannot_hold_fails_the_run(kind: type[CodeAgent]) -> None:
    with kind([], ScriptedModel(["Done."])) as agent:
        result = agent.run("Go.", additional_args={"rows": object()})
    assert (result.success, result.reason) == (False, "error")


def test_tool_may_ask_the_person_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    @tool
    def user_input(question: str) -> str:
        """Ask the person.

        Args:
            question: What to ask.
        """
        return input(question)

    monkeypatch.setattr(sys, "stdin", io.StringIO("blue\n"))
    with agent_with(block("final_answer(user_input('Which?'))"), tools=[user_input]) as agent:
        assert agent.run("Ask.").output == "blue"


def test_tools_are_added_and_removed_between_runs() -> None:
    replies = [block("final_answer(doubler(3))"), block("doubler(3)"), block("final_answer(0)")]
    with agent_with(*replies) as agent:
        agent.tools.add(Doubler())
        assert agent.run("Go.").output == 6
        agent.tools.remove("doubler")
        assert agent.run("Again.").output == 0
        assert "NameError" in asked(agent)
