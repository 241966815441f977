"""A step that loses its sandbox may be written again, and none of its calls is made twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pyagent import Agent, CodeAgent, ScriptedModel, tool
from pyagent.protocol import ApprovalRequested
from support.agents.scripted_agents import agent_with, block, in_loop

sent: list[str] = []
DIE = "import os; os._exit(1)"


@tool
def send_mail(to: str) -> int:
    """Send a mail.

    Args:
        to: Whom to.
    """
    sent.append(to)
    return len(sent)


@tool
def look_up(word: str) -> str:
    """Look something up.

    Args:
        word: What.
    """
    sent.append(word)
    return word.upper()


look_up.side_effects = False
TOOLS = (send_mail, look_up)


@pytest.fixture(autouse=True)
def _nothing_sent() -> None:
    sent.clear()


def outcome(*codes: str, **options: Any) -> Any:
    with agent_with(*map(block, codes), tools=TOOLS, **options) as agent:
        return agent.run("Send.").output


def test_a_call_of_a_lost_step_is_not_made_again() -> None:
    got = outcome(f"send_mail('a')\n{DIE}", "final_answer(send_mail(to='a'))")
    assert (got, sent) == (1, ["a"])


def test_each_call_of_a_lost_step_answers_one_call() -> None:
    code = "[send_mail('a'), send_mail('a')]"
    got = outcome(f"{code}\n{DIE}", f"final_answer([*{code}, send_mail('a')])")
    assert (got, sent) == ([1, 2, 3], ["a", "a", "a"])


def test_a_step_that_is_lost_twice_makes_its_calls_once() -> None:
    lost = f"send_mail('a')\nsend_mail('b')\n{DIE}"
    got = outcome(
        lost,
        f"send_mail('a')\n{DIE}",
        lost.replace("'b'", "'c'"),
        "final_answer([send_mail(to) for to in 'abc'])",
    )
    assert (got, sent) == ([1, 2, 3], ["a", "b", "c"])


def test_a_step_that_hangs_and_is_killed_makes_its_calls_once() -> None:
    hang = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    got = outcome(f"send_mail('a')\n{hang}", "final_answer(send_mail('a'))", deadline_s=1.0)
    assert (got, sent) == (1, ["a"])


def test_the_record_stays_until_a_step_has_gone_well() -> None:
    got = outcome(
        f"send_mail('a')\nx = 1\n{DIE}",
        "print(x)",  # the variable went with the sandbox
        "send_mail('a')\nx = 1",
        "final_answer(send_mail('a'))",
    )
    assert (got, sent) == (2, ["a", "a"])


def test_a_step_whose_variables_were_lost_before_they_were_saved_makes_its_calls_once() -> None:
    dies = f"class Dies:\n    def __reduce__(self):\n        {DIE}"
    got = outcome(
        f"first = send_mail('a')\n{dies}\nmade = Dies()",
        "print(first)",
        "first = send_mail('a')",
        "final_answer(first)",
    )
    assert (got, sent) == (1, ["a"])


def test_a_call_without_effects_is_made_again() -> None:
    outcome(f"look_up('a')\n{DIE}", "final_answer(look_up('a'))")
    assert sent == ["a", "a"]


def test_a_call_of_a_step_that_ended_is_made_again() -> None:
    outcome("send_mail('a')\n1 / 0", "send_mail('a')", f"{DIE}", "final_answer(send_mail('a'))")
    assert sent == ["a", "a", "a"]


def test_a_person_is_asked_about_a_call_that_the_loss_cut_short() -> None:
    questions: list[ApprovalRequested] = []

    @tool
    async def order(sku: str) -> int:
        """Order an article.

        Args:
            sku: Which.
        """
        sent.append(sku)
        if len(sent) == 1:
            await asyncio.sleep(60)
        return len(sent)

    code = "import threading, os, time\n"
    code += "threading.Thread(target=lambda: (time.sleep(0.5), os._exit(1))).start()\norder('x')"
    with agent_with(block(code), block("final_answer(order('x'))"), tools=[order]) as agent:
        agent.tools.approval.ask = lambda question: bool(questions.append(question)) or True
        assert agent.run("Order.").output == 2
    assert [question.name for question in questions] == ["order"]
    assert "may have been made already" in questions[0].reason


def test_calls_of_a_managed_agent_are_made_once_when_its_caller_loses_its_sandbox() -> None:
    def helper() -> CodeAgent:
        codes = ["send_mail('a')", "send_mail('b')", "final_answer(1)"]
        model = ScriptedModel([block(code) for code in codes * 2])
        return CodeAgent([send_mail], model, name="helper", description="Helps.")

    code = "helper('Mail.')"
    fails = f"{code}\n{DIE}"
    assert outcome(fails, f"final_answer({code})", managed_agents=[helper()]) == 1
    assert sent == ["a", "b"]


def test_a_managed_agent_that_loses_its_sandbox_makes_its_calls_once() -> None:
    codes = [f"send_mail('a')\n{DIE}", "send_mail('a')", "final_answer(send_mail('b'))"]
    model = ScriptedModel([block(code) for code in codes])
    helper = CodeAgent([send_mail], model, name="helper", description="Helps.")
    assert outcome("final_answer(helper('Mail.'))", managed_agents=[helper]) == 2
    assert sent == ["a", "b"]


def test_the_calls_of_a_lost_step_survive_an_interruption(tmp_path: Path) -> None:
    agent: Agent = CodeAgent([send_mail], ScriptedModel([block(f"send_mail('a')\n{DIE}"), "?"]))

    async def scenario() -> None:
        async for _ in agent.asteps("Send."):
            await agent.asave(tmp_path)
            break
        await agent.aclose()

    in_loop(scenario())
    model = ScriptedModel([block("final_answer(send_mail('a'))")])
    with Agent.load(tmp_path, model=model, tools=[send_mail], with_sandbox=True) as again:
        assert again.run(resume=True).output == 1
    assert sent == ["a"]
