"""Long observations, and requests that a provider finds too long."""

from __future__ import annotations

from pyagent import CodeAgent, ContextOverflowError, ScriptedModel
from pyagent.protocol import Notice
from support.agents.scripted_agents import agent_with, asked, block, requests_of

LONG = block("print('line ' * 1_800)")
REFUSED = ContextOverflowError("Too long.")


def _notices(agent: CodeAgent, task: str) -> list[str]:
    return [event.message for event in agent.stream(task) if isinstance(event, Notice)]


def test_long_observation_keeps_head_and_tail() -> None:
    code = "print('first'); print('x' * 50_000); print('last')"
    with agent_with(block(code), block("final_answer(0)")) as agent:
        agent.run("Go.")
        observation = asked(agent)
    assert len(observation) < 11_000
    assert observation.startswith("Observation:\nfirst")
    assert "characters cut" in observation
    assert observation.endswith("last")


def test_request_that_the_provider_refuses_is_shortened_twice() -> None:
    replies = [*[LONG] * 6, REFUSED, REFUSED, "A summary.", block("final_answer(1)")]
    with agent_with(*replies) as agent:
        told = _notices(agent, "Go.")
        assert agent.last_result is not None
        assert agent.last_result.output == 1
        model = agent.model
        assert isinstance(model, ScriptedModel)
        sizes = [sum(len(m.content) for m in request.messages) for request in model.requests]
    assert len(told) == 2
    assert sizes[-1] < 0.6 * sizes[6]


def test_third_refusal_ends_the_run() -> None:
    with agent_with(*[LONG] * 6, *[REFUSED] * 9) as agent:
        result = agent.run("Go.")
        requests = requests_of(agent)
    # Refused: the request, the shorter one, the summary of what is then left out, the shortest.
    assert len(requests) == 6 + 4
    assert not result.success
    assert result.problem is not None
    assert result.problem.kind == "context_overflow"


def test_request_that_was_refused_is_not_sent_again() -> None:
    replies = [*[LONG] * 6, REFUSED, *[LONG] * 8, block("final_answer(1)")]
    with agent_with(*replies) as agent:
        told = _notices(agent, "Go.")
        assert agent.last_result is not None
        assert agent.last_result.output == 1
        model = agent.model
        assert isinstance(model, ScriptedModel)
        sizes = [sum(len(m.content) for m in request.messages) for request in model.requests]
    assert len(told) > 1
    assert max(sizes[7:]) < sizes[6]
