"""What goes to a provider is always something that it accepts."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyagent import AnthropicModel, GeminiModel, OpenAIModel, OpenAIResponsesModel
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import ToolRequested
from pyagent.models.chat import chat_messages
from pyagent.models.http.model import HttpModel
from support.models.formats import PIXEL, TOOLS, body_sent, replies, stream_bytes
from support.models.model_asking import scripted, sse, stream_of
from support.models.validators import CHECKS, check_mistral

FORMATS = (OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel)
all_formats = pytest.mark.parametrize("cls", FORMATS, ids=lambda cls: cls.wire)
MISTRAL = {"model_id": "mistral-large-latest", "base_url": "https://api.mistral.ai/v1"}


def user(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def said(text: str, *uses: ToolUse, **more: Any) -> ChatMessage:
    return ChatMessage(role="assistant", content=text, tool_uses=uses, **more)


def result(use_id: str, text: str = "ok") -> ChatMessage:
    return ChatMessage(role="tool", content=text, tool_use_id=use_id)


def checked(cls: type[HttpModel], messages: list[ChatMessage]) -> Any:
    body, _ = body_sent(cls, messages=messages, tools=TOOLS)
    CHECKS[cls.wire](body)
    return body


NAMES = ["browser.tabs.open", "", " ", "größe", "9lives", "a b", "x" * 200, "-", "weather<|call|>"]


@all_formats
@pytest.mark.parametrize("name", NAMES)
def test_name_that_a_model_made_up_goes_back_as_one_that_is_allowed(
    cls: type[HttpModel], name: str
) -> None:
    checked(cls, [user("a"), said("", ToolUse(id="c1", name=name)), result("c1"), user("b")])


@all_formats
@pytest.mark.parametrize("use_id", ["functions.f:0", "", "x" * 200, "é", "a b", "toolu_01"])
def test_id_of_another_provider_is_replaced_together_with_its_results(
    cls: type[HttpModel], use_id: str
) -> None:
    turn = said("", ToolUse(id=use_id, name="now"), ToolUse(id=f"{use_id}2", name="now"))
    checked(cls, [user("a"), turn, result(use_id), result(f"{use_id}2"), user("b")])


@all_formats
def test_ids_that_repeat_in_later_turns_are_told_apart(cls: type[HttpModel]) -> None:
    turns = [said("", ToolUse(id="call_0", name="now")), result("call_0")] * 3
    checked(cls, [user("a"), *turns, user("b")])


@all_formats
@pytest.mark.parametrize("empty", ["", " ", "\n\t"])
def test_empty_turns_are_left_out(cls: type[HttpModel], empty: str) -> None:
    body = checked(cls, [user("a"), said(empty), user("b"), said("c"), user(empty), said("d")])
    texts = json.dumps(body.get("messages") or body.get("input") or body["contents"])
    assert [letter for letter in "abcd" if f"{letter}" in texts] == [*"abcd"]


@all_formats
def test_empty_question_at_the_start_is_said_in_words(cls: type[HttpModel]) -> None:
    body = checked(cls, [user(""), said("c"), user("b")])
    assert "(nothing)" in json.dumps(body)


def test_model_in_the_page_gets_no_empty_turns_either() -> None:
    roles = [turn["role"] for turn in chat_messages([user("a"), said(""), user("b")])]
    assert roles == ["user"]


@all_formats
def test_call_without_a_result_gets_one_and_a_stray_result_becomes_text(
    cls: type[HttpModel],
) -> None:
    uses = ToolUse(id="c1", name="now"), ToolUse(id="c2", name="now")
    stray = result("c9", "stray words")
    body = checked(cls, [user("a"), said("", *uses), stray, result("c2"), user("b"), result("c8")])
    assert "(no result)" in json.dumps(body)
    assert "stray words" in json.dumps(body)


def test_neighbours_of_the_assistant_become_one_turn_with_its_calls() -> None:
    use = ToolUse(id="c1", name="now")
    body = checked(OpenAIModel, [user("a"), said("b"), said("c", use), result("c1"), user("d")])
    assert body["messages"][1]["content"] == "b\n\nc"


def test_kimi_gets_its_own_ids_back() -> None:
    call = {"id": "functions.now:0", "index": 0, "function": {"name": "now", "arguments": "{}"}}
    stream = sse({"choices": [{"delta": {"tool_calls": [call]}}]}, "[DONE]")
    events = asyncio.run(replies(scripted(OpenAIModel, stream_of(stream)), [user("a")]))
    [use] = [event.use for event in events if isinstance(event, ToolRequested)]
    turn = said("", use, carried=events[-1].carried)
    body = checked(OpenAIModel, [user("a"), turn, result(use.id), user("b")])
    assert body["messages"][1]["tool_calls"][0]["id"] == "functions.now:0"
    other, _ = body_sent(
        OpenAIModel, messages=[user("a"), turn, result(use.id)], options={"model_id": "m-2"}
    )
    assert other["messages"][1]["tool_calls"][0]["id"] != "functions.now:0"


@all_formats
@pytest.mark.parametrize("name", ["", "browser.tabs.open"])
def test_turn_goes_back_to_its_own_provider_with_an_allowed_name(
    cls: type[HttpModel], name: str
) -> None:
    body = stream_bytes(cls.wire).replace(b'"population"', json.dumps(name).encode())
    events = asyncio.run(replies(scripted(cls, stream_of(body)), [user("a")], tools=TOOLS))
    uses = [event.use for event in events if isinstance(event, ToolRequested)]
    assert uses[0].name == name
    turn = said("x", *uses, carried=events[-1].carried)
    checked(cls, [user("a"), turn, *(result(use.id) for use in uses), user("b")])


def test_mistral_gets_ids_of_nine_letters_and_a_turn_after_results() -> None:
    uses = ToolUse(id="call_0123456789", name="now"), ToolUse(id="Abc123xyz", name="now")
    messages = [user("a"), said("", *uses), result(uses[0].id), result(uses[1].id), user("b")]
    body, _ = body_sent(OpenAIModel, messages=messages, tools=TOOLS, options=MISTRAL)
    check_mistral(body)
    assert body["messages"][1]["tool_calls"][1]["id"] == "Abc123xyz"


IDS = st.sampled_from(["call_0", "functions.f:0", "", "x" * 70, "Abc123xyz", "é"])
USES = st.builds(ToolUse, id=IDS, name=st.sampled_from([*NAMES, "now", "population"]))
TEXTS = st.sampled_from(["", " ", "a", "Ça va.\n"])
MESSAGES = st.lists(
    st.builds(user, TEXTS)
    | st.builds(lambda text: replace(user(text), images=(PIXEL,)), TEXTS)
    | st.builds(lambda text, uses: said(text, *uses), TEXTS,
                st.lists(USES, max_size=3, unique_by=lambda use: use.id))
    | st.builds(result, IDS, TEXTS)
    | st.builds(lambda *given: replace(result(*given), images=(PIXEL,)), IDS, TEXTS),
    max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(messages=MESSAGES)
def test_any_conversation_is_made_one_that_every_provider_accepts(
    messages: list[ChatMessage],
) -> None:
    asked = [ChatMessage(role="system", content="Be brief."), user("Go."), *messages, user("b")]
    for cls in FORMATS:
        checked(cls, asked)
    body, _ = body_sent(OpenAIModel, messages=asked, tools=TOOLS, options=MISTRAL)
    check_mistral(body)
