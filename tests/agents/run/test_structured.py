"""Code in JSON of a schema instead of a fenced block, if the model supports it."""

from __future__ import annotations

import json
from typing import Any

from pyagent import CodeAgent, ScriptedModel
from pyagent.protocol import ModelReplied
from support.agents.scripted_agents import block


def _reply(code: str, thought: str = "I add.") -> str:
    return json.dumps({"thought": thought, "code": code})


def _agent(*replies: Any, supports_schema: bool = True) -> tuple[CodeAgent, ScriptedModel]:
    model = ScriptedModel(replies, supports_schema=supports_schema)
    return CodeAgent(model=model, structured_output=True), model


def test_model_is_asked_for_json_of_a_schema_and_its_code_runs() -> None:
    agent, model = _agent(_reply("x = 40 + 2\nprint(x)"), _reply("final_answer(x)"))
    with agent:
        events = list(agent.stream("Add."))
        result = agent.last_result
    assert result is not None
    assert result.output == 42
    schema = model.requests[0].schema
    assert schema is not None
    assert schema["required"] == ["thought", "code"]
    assert schema["additionalProperties"] is False
    replied = next(event for event in events if isinstance(event, ModelReplied))
    assert (replied.thought, replied.code) == ("I add.", "x = 40 + 2\nprint(x)")
    assert "Reply with a JSON object" in model.requests[0].messages[0].content


def test_reply_that_ignores_the_schema_is_still_read() -> None:
    fenced_json = f"```json\n{_reply('y = x + 1')}\n```"
    agent, _ = _agent(block("x = 1"), fenced_json, _reply("```python\nfinal_answer(y)\n```"))
    with agent:
        assert agent.run("Add.").output == 2


def test_model_without_schemas_is_never_asked_for_one() -> None:
    agent, model = _agent(block("final_answer(1)"), supports_schema=False)
    with agent:
        assert agent.run("Add.").output == 1
    assert model.requests[0].schema is None
    assert "Reply with a JSON object" not in model.requests[0].messages[0].content


def test_schema_is_used_only_with_structured_output() -> None:
    model = ScriptedModel([block("final_answer(1)")], supports_schema=True)
    with CodeAgent(model=model) as agent:
        agent.run("Add.")
    assert model.requests[0].schema is None


def test_json_without_code_is_an_answer_in_words() -> None:
    agent, _ = _agent(_reply("print(2)"), _reply("", "It is 2."))
    with agent:
        assert agent.run("Add.").output == "It is 2."


def test_model_that_replies_in_json_is_not_told_of_blocks() -> None:
    agent, model = _agent("Hello.", _reply("final_answer(1)"))
    with agent:
        assert agent.run("Add.").output == 1
    told = model.requests[1].messages[-1].content
    assert "into `code`" in told
    assert "block" not in told


class _Refusing(ScriptedModel):
    def reply_to(self, messages: Any) -> Any:
        self.supports_schema = False
        return super().reply_to(messages)


def test_prompt_asks_for_blocks_once_the_server_refuses_schemas() -> None:
    model = _Refusing([block("x = 1"), block("final_answer(x)")], supports_schema=True)
    with CodeAgent(model=model, structured_output=True) as agent:
        assert agent.run("Add.").output == 1
    first, second = model.requests
    assert first.schema is not None
    assert second.schema is None
    assert "```python" not in first.messages[0].content.partition("# What you can call")[0]
    assert "```python" in second.messages[0].content.partition("# What you can call")[0]


def test_plan_and_last_answer_are_asked_for_in_words() -> None:
    model = ScriptedModel(["1. Add.", _reply("x = 1"), "One."], supports_schema=True)
    with CodeAgent(model=model, structured_output=True, planning_interval=5) as agent:
        assert agent.run("Add.", max_steps=1).output == "One."
    assert [request.schema is None for request in model.requests] == [True, False, True]
