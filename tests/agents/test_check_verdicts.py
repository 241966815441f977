"""What a final answer check may return, and what it means."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from pyagent import Memory
from support.agents.scripted_agents import agent_with, asked, block


def says_why_or_nothing(answer: str, memory: Memory) -> str:
    assert isinstance(memory, Memory)
    return "" if len(answer) > 4 else " too short\n"


def asserts(answer: str) -> None:
    assert len(answer) > 4, "too short"


def raises(answer: str, memory: Memory, agent: Any) -> None:
    if len(answer) < 5:
        raise ValueError("too short")
    agent.name = "checked"


async def waits(answer: str) -> None:
    if len(answer) < 5:
        raise ValueError("too short")


def pair(answer: str) -> tuple[bool, str]:
    return (True, "fine") if len(answer) > 4 else (False, "too short")


class Check:
    def __call__(self, answer: str) -> None:
        asserts(answer)


@pytest.mark.parametrize(
    "check",
    [says_why_or_nothing, asserts, raises, waits, pair, Check(), Check().__call__],
    ids=["text", "assert", "raise", "async", "pair", "object", "method"],
)
def test_check_may_tell_its_reason_in_any_way(check: Any) -> None:
    replies = [block("final_answer('no')"), block("final_answer('certainly')")]
    with agent_with(*replies, final_answer_checks=[check]) as agent:
        result = agent.run("Go.")
        assert re.search(r"AnswerRefused: \w+: too short$", asked(agent), re.M)
    assert (result.output, result.success) == ("certainly", True)


@pytest.mark.parametrize(
    ("check", "accepts"),
    [
        (lambda answer: re.match("a", answer), False),
        (lambda answer: None, True),
        (lambda answer: None if answer else True, False),
        (lambda answer: answer.get("x") if isinstance(answer, dict) else None, False),
        (lambda answer: re.match("a", answer) or None, False),
        (partial(re.match, "a"), False),
        (lambda answer: 0, False),
        (lambda answer: answer, True),
        (lambda answer: answer.strip() and answer[:3], True),
        (lambda answer: "certain" if answer == "no" else "", True),
        (lambda answer: [answer], True),
        (lambda answer: (1, 2), True),
        (lambda answer: (False, None), False),
        (lambda answer: 1 / 0, False),
    ],
)
def test_nothing_is_a_no_unless_the_check_never_returns_anything(check: Any, accepts: bool) -> None:
    with agent_with(
        block("final_answer('certainly')"), "Hm.", max_steps=1, final_answer_checks=[check]
    ) as agent:
        assert agent.run("Go.").success is accepts


def test_empty_answer_is_no_yes_of_a_check_that_returns_it() -> None:
    given: Any = {"final_answer_checks": [lambda answer: answer.strip()], "max_steps": 1}
    with agent_with(block("final_answer(' ')"), "Hm.", **given) as agent:
        assert not agent.run("Go.").success


def test_verdict_without_a_truth_is_a_reason_and_not_a_fault() -> None:
    np = pytest.importorskip("numpy")
    given: Any = {"final_answer_checks": [lambda answer: np.array([True, False])], "max_steps": 1}
    with agent_with(block("final_answer('certainly')"), "Hm.", **given) as agent:
        result = agent.run("Go.")
    assert result.reason == "max_steps"


def test_exception_without_words_is_told_by_its_name() -> None:
    def check(answer: str) -> None:
        assert answer == "yes"

    replies = [block("final_answer('no')"), block("final_answer('yes')")]
    with agent_with(*replies, final_answer_checks=[check]) as agent:
        assert agent.run("Go.").output == "yes"
        assert "AnswerRefused: check: " in asked(agent)
        assert not asked(agent).rstrip().endswith(":")
