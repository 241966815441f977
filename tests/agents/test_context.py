"""Conversations that outgrow the model's context are shortened, and say so."""

from __future__ import annotations

from pyagent import CodeAgent, ContextOverflowError, ScriptedModel
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import Notice
from scripts import agent_with, asked, block

LONG = block("print('line ' * 1_800)")


def test_long_observation_keeps_head_and_tail() -> None:
    code = "print('first'); print('x' * 50_000); print('last')"
    with agent_with(block(code), block("final_answer(0)")) as agent:
        agent.run("Go.")
        observation = asked(agent)
    assert len(observation) < 11_000
    assert observation.startswith("Observation:\nfirst")
    assert "characters cut" in observation
    assert observation.endswith("last")


def test_conversation_is_kept_within_a_known_context() -> None:
    model = ScriptedModel([*[LONG] * 8, block("final_answer('done')")], context_tokens=9_000)
    with CodeAgent(model=model) as agent:
        events = list(agent.stream("Go."))
        assert agent.last_result is not None
        assert agent.last_result.output == "done"
    sizes = [estimate_usage(request.messages, "").input_tokens for request in model.requests]
    assert len(sizes) == 9
    assert max(sizes) < 9_000
    notices = [event.message for event in events if isinstance(event, Notice)]
    assert notices
    assert "older results were shortened" in notices[0]
    last = model.requests[-1].messages
    assert "characters cut" in last[3].content
    assert last[1].content == "Task: Go."


def test_overflow_that_the_provider_reports_is_mended_once() -> None:
    overflow = ContextOverflowError("Too long.")
    replies = [LONG, LONG, LONG, overflow, block("final_answer(1)"), overflow, overflow]
    with agent_with(*replies) as agent:
        result = agent.run("Go.")
        assert result.output == 1
        again = agent.run("Go on.")
        assert not again.success
        assert again.problem is not None
        assert again.problem.kind == "context_overflow"
