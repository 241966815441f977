"""A small model works without tools as long as it makes nothing up, and is then led to one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from pyagent.models.base import ModelEvent, ModelRequest, ReplyDone
from pyagent.protocol import ModelDelta, ModelReplied
from support.agents.scripted_agents import block, requests_of

TASK = "What do 3 nights at the Ritz cost?"
INVENTED = block("price = 250\nfinal_answer(3 * price)")
RIGHT = block('final_answer(3 * price("Ritz"))')


@tool
def price(hotel: str) -> float:
    """Price of a night.

    Args:
        hotel: Its name.
    """
    if hotel != "Ritz":
        raise ValueError(f"There is no hotel {hotel}.")
    return 480.0


@tool
def stars(hotel: str) -> dict[str, int]:
    """Stars of a hotel.

    Args:
        hotel: Its name.
    """
    return {"stars": 5}


def small(*replies: str, tools: Any = (price,), **options: Any) -> CodeAgent:
    return CodeAgent(tools, ScriptedModel(replies, prompt_style="short"), **options)


def asked(agent: CodeAgent) -> list[str]:
    """What the model read last in each request."""
    return [request.messages[-1].content for request in requests_of(agent)]


def test_a_task_that_needs_no_tool_is_solved_without_naming_any() -> None:
    with small(block("final_answer(2 * 21)")) as agent:
        assert agent.run("What is 2 times 21?").output == 42
        [request] = requests_of(agent)
    assert not any("price" in message.content for message in request.messages)
    assert request.messages[-1].content == "Task: What is 2 times 21?"


def test_what_is_made_up_is_not_run_and_the_only_tool_is_named() -> None:
    with small(INVENTED, RIGHT) as agent:
        result = agent.run(TASK)
        alone, told = asked(agent)
    assert result.output == 1440.0
    assert [step.code for step in result.steps] == ['final_answer(3 * price("Ritz"))']
    assert "price" not in alone
    assert told.endswith(f"Task: {TASK}\n\nCall price.")
    assert "price(hotel: str) -> float  # Price of a night" in told


GREETING = block('final_answer("Hello!")')


@pytest.mark.parametrize("greeting", [GREETING, 'answer = "Hello!"\nfinal_answer(answer)'])
def test_a_greeting_stands_if_no_tool_helps(greeting: str) -> None:
    with small(greeting, "none") as agent:
        assert agent.run("Good morning!").output == "Hello!"
        _, which = requests_of(agent)
    assert which.messages[0].content.endswith("or with none.")


def test_a_greeting_in_words_is_an_answer_after_a_reminder() -> None:
    with small("Hello!", "none", "Hello again!", "none") as agent:
        assert agent.run("Good morning!").output == "Hello again!"


def test_a_written_answer_gives_way_to_a_tool_that_helps() -> None:
    with small(block('final_answer("about 800")'), "price", RIGHT) as agent:
        assert agent.run(TASK).output == 1440.0
        assert asked(agent)[-1].endswith("Call price.")


def test_code_that_fails_without_tools_leads_to_them() -> None:
    with small(block("final_answer(3 * cost_of_ritz)"), RIGHT) as agent:
        result = agent.run(TASK)
        assert asked(agent)[-1].endswith("Call price.")
    assert result.output == 1440.0
    assert [step.error is None for step in result.steps] == [False, True]


def test_a_tool_is_named_after_a_good_step_without_tools_too() -> None:
    with small(block('print("3 nights at the Ritz")'), INVENTED, RIGHT) as agent:
        assert agent.run(TASK).output == 1440.0
        assert asked(agent)[-1].endswith("Call price.")


def test_what_the_instructions_say_is_not_made_up() -> None:
    with small(block("final_answer(200 * 1.19)"), instructions="VAT is 19%.") as agent:
        assert agent.run("Add the VAT to 200 euros.").output == 238.0


class CutOff(ScriptedModel):
    """Its first reply ends at the token limit."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        is_first = not self.requests
        async for event in super().reply(request):
            cut = is_first and isinstance(event, ReplyDone)
            yield replace(event, finish_reason="length") if cut else event


def test_half_a_block_without_tools_is_not_run() -> None:
    half = "```python\nnights = 3\nfinal_answer(nights * 2)"
    with CodeAgent([price], CutOff([half, RIGHT], prompt_style="short")) as agent:
        assert agent.run(TASK).output == 1440.0


@pytest.mark.parametrize(
    "code", ["x = 5\nfinal_answer(x" + "-x" * 700 + ")", "x = 0x" + "f" * 5000]
)
def test_odd_code_of_a_small_model_is_no_fault_of_ours(code: str) -> None:
    with small(block(code), RIGHT) as agent:
        assert agent.run(TASK).output == 1440.0


def test_one_of_several_tools_is_chosen_in_a_question_of_its_own() -> None:
    with small(INVENTED, "price", RIGHT, tools=[stars, price]) as agent:
        result = agent.run(TASK)
        _, which, told = requests_of(agent)
    assert result.output == 1440.0
    assert "name of the function" in which.messages[0].content
    assert which.messages[-1].content.endswith(f"Task: {TASK}")
    assert told.messages[-1].content.endswith("Call price.")


def test_another_tool_is_chosen_when_the_call_of_the_first_fails() -> None:
    wrong = block('final_answer(price("The Ritz"))')
    right = block('final_answer(stars("Ritz")["stars"])')
    with small(INVENTED, "price", wrong, right, tools=[stars, price]) as agent:
        assert agent.run("How many stars has the Ritz?").output == 5
        assert asked(agent)[-1].endswith("Call stars.")


def test_what_a_tool_gives_is_looked_at_when_it_was_guessed_wrong() -> None:
    wrong, look = block('final_answer(stars("Ritz").count)'), block('print(stars("Ritz"))')
    with small(INVENTED, wrong, look, block("final_answer(5)"), tools=[stars]) as agent:
        assert agent.run("How many stars has the Ritz?").output == 5
        *_, looking, answering = asked(agent)
    assert looking.endswith("Print what stars gives.")
    assert answering == ("Observation:\n{'stars': 5}\n\nNow answer: How many stars has the Ritz?")


def test_a_first_reply_that_calls_nothing_is_asked_for_again() -> None:
    with small(INVENTED, block("final_answer(750)"), RIGHT) as agent:
        result = agent.run(TASK)
        assert asked(agent)[-1].endswith("Print what price gives.")
    assert result.output == 1440.0


def test_a_choice_that_names_no_tool_leaves_the_choice_to_the_code() -> None:
    with small(INVENTED, "I cannot say.", RIGHT, tools=[stars, price]) as agent:
        assert agent.run(TASK).output == 1440.0
        assert asked(agent)[-1].endswith(f"Task: {TASK}")


def test_all_replies_of_a_step_count_and_a_draft_streams_as_reasoning() -> None:
    async def run() -> list[Any]:
        async with small(INVENTED, RIGHT) as agent:
            return [event async for event in agent.astream(TASK)]

    events = asyncio.run(run())
    drafts = [e.text for e in events if isinstance(e, ModelDelta) and e.channel == "reasoning"]
    assert "".join(drafts) == INVENTED
    [replied] = [event for event in events if isinstance(event, ModelReplied)]
    with small(INVENTED, RIGHT) as agent:
        result = agent.run(TASK)
    [step] = result.steps
    assert step.token_usage == result.token_usage == replied.token_usage
    assert step.token_usage.output_tokens > 15


def test_the_next_task_is_tried_without_tools_again() -> None:
    with small(INVENTED, RIGHT, block("final_answer(1440.0 / 3)")) as agent:
        agent.run(TASK)
        assert agent.run("And one night, of the 1440.0?").output == 480.0
        last = requests_of(agent)[-1].messages
    assert not any("Functions that you can call" in message.content for message in last)


def test_a_model_with_the_full_prompt_sees_its_tools_at_once() -> None:
    with CodeAgent([price], ScriptedModel([INVENTED])) as agent:
        assert agent.run(TASK).output == 750
