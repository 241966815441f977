"""Tools, images and schemas in OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest

from pyagent.errors import ModelError
from pyagent.messages import ToolUse
from pyagent.models.base import ReplyDone, ToolRequested
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.price import Price
from pyagent.protocol import TokenUsage
from support.models.formats import (
    PIXEL_BASE64,
    SCHEMA,
    TOOLS,
    assert_survives_every_cut,
    body_sent,
    conversation,
    replies,
)
from support.models.model_asking import delta, said, scripted, sse, stream_of


def calls(*parts: Any, reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"tool_calls": list(parts)}, "finish_reason": reason}]}


def call(arguments: Any, **fields: Any) -> dict[str, Any]:
    name = fields.pop("name", None)
    return {**fields, "function": {"name": name, "arguments": arguments}}


def uses_in(*payloads: Any) -> list[ToolUse]:
    model = scripted(OpenAIModel, stream_of(sse(*payloads, "[DONE]")))
    events = asyncio.run(replies(model, conversation(), tools=TOOLS))
    return [event.use for event in events if isinstance(event, ToolRequested)]


def test_reply_with_tools_survives_every_cut() -> None:
    assert_survives_every_cut(OpenAIModel)


def test_conversation_is_written_in_the_form_of_the_api() -> None:
    body, _ = body_sent(OpenAIModel, tools=TOOLS, schema=SCHEMA)
    url = f"data:image/png;base64,{PIXEL_BASE64}"
    picture = {"type": "image_url", "image_url": {"url": url}}
    population = {"name": "population", "arguments": '{"city": "São Paulo"}'}
    now = {"name": "now", "arguments": "{}"}
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [picture, {"type": "text", "text": "What is this?"}]},
        {
            "role": "assistant",
            "content": "Ça va.",
            "tool_calls": [
                {"id": "call_a", "type": "function", "function": population},
                {"id": "call_b", "type": "function", "function": now},
            ],
        },
        {"role": "tool", "tool_call_id": "call_a", "content": "11451999"},
        {"role": "tool", "tool_call_id": "call_b", "content": "noon"},
        {"role": "user", "content": "And then?"},
    ]
    assert [tool["function"]["name"] for tool in body["tools"]] == ["population", "now"]
    assert body["tools"][0]["function"]["parameters"] == TOOLS[0].parameters
    expected = {"name": "reply", "schema": SCHEMA, "strict": True}
    assert body["response_format"] == {"type": "json_schema", "json_schema": expected}


def test_schema_with_open_or_optional_properties_is_not_sent_as_strict() -> None:
    body, _ = body_sent(OpenAIModel, schema=TOOLS[0].parameters)
    assert body["response_format"]["json_schema"]["strict"] is False


@pytest.mark.parametrize(
    "payloads",
    [
        [calls(call('{"a":', id="1", name="f")), calls(call("1}"), reason="tool_calls")],
        [calls(call({"a": 1}, id="1", name="f"), reason="stop")],
        [calls(call(piece, id="1", name="f")) for piece in '{"a":1}'],
        [calls(call('{"a":1}', id="", name="f", index=0))],
        [
            calls(call('{"a', id="1", name="f", index=0)),
            calls(call("{}", id="2", name="g", index=1), call('":1}', index=0)),
        ],
    ],
)
def test_call_is_assembled_from_any_kind_of_pieces(payloads: list[Any]) -> None:
    use = uses_in(*payloads)[0]
    assert (use.name, use.arguments, use.fault) == ("f", {"a": 1}, "")
    assert use.id


@pytest.mark.parametrize(
    "marks",
    [[{}, {}], [{"id": "1"}, {"id": "2"}], [{"id": "1", "index": 0}, {"id": "2", "index": 0}]],
)
def test_calls_without_distinct_indexes_are_told_apart(marks: list[dict[str, Any]]) -> None:
    uses = uses_in(calls(call("{}", name="f", **marks[0]), call("{}", name="g", **marks[1])))
    assert [use.name for use in uses] == ["f", "g"]
    assert len({use.id for use in uses}) == 2


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ('{"a": ', "could not be read: they are not JSON"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ("[" * 5000, "nested"),
        ("[1]", "a list; they must be a JSON object"),
        ('"text"', "a str; they must"),
    ],
)
def test_unreadable_arguments_are_a_fault_for_the_model_to_mend(arguments: str, fault: str) -> None:
    good = call("", id="2", name="now", index=1)
    uses = uses_in(calls(call(arguments, id="1", name="f", index=0), good))
    assert uses[0].arguments == {}
    assert fault in uses[0].fault
    assert uses[1] == ToolUse(id="2", name="now")


def test_fault_says_that_the_token_limit_cut_off_the_arguments() -> None:
    [use] = uses_in(calls(call('{"a": ', id="1", name="f"), reason="length"))
    assert "limit on tokens" in use.fault


def test_thoughts_and_signatures_go_back_with_their_calls() -> None:
    signature = {"google": {"thought_signature": "c2ln"}}
    first = {"type": "reasoning.text", "text": "h", "index": 0, "signature": None}
    second = {"type": "reasoning.text", "text": "m", "index": 0, "signature": "s"}
    thought = {"reasoning_content": "hm", "reasoning_details": [first]}
    payloads = [
        {"choices": [{"delta": thought}]},
        {"choices": [{"delta": {"reasoning_details": [second]}}]},
        calls(call("{}", id="call_a", name="population")),
        calls(call("{}", id="call_b", name="now", extra_content=signature), reason="tool_calls"),
    ]
    model = scripted(OpenAIModel, stream_of(sse(*payloads)))
    done = asyncio.run(replies(model, conversation(), tools=TOOLS))[-1]
    assert isinstance(done, ReplyDone)
    body, _ = body_sent(OpenAIModel, messages=conversation(dict(done.carried)))
    turn = body["messages"][2]
    assert turn["reasoning_content"] == "hm"
    assert turn["reasoning_details"] == [{**first, "text": "hm", "signature": "s"}]
    assert "extra_content" not in turn["tool_calls"][0]
    assert turn["tool_calls"][1]["extra_content"] == signature
    elsewhere = {"options": {"model_id": "m-2"}, "messages": conversation(dict(done.carried))}
    body, _ = body_sent(OpenAIModel, **elsewhere)
    assert "reasoning_content" not in body["messages"][2]


REFUSED = [
    ("tools", 400, "registry.ollama.ai/library/gemma:2b does not support tools"),
    ("tools", 404, "No endpoints found that support tool use. To learn more about"),
    ("tools", 400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'),
    ("tools", 500, "tools param requires --jinja flag"),
    ("tools", 400, "Unrecognized request argument supplied: tools"),
    ("tools", 400, "m-1 does not support Function Calling"),
    ("schema", 400, "This response_format type is unavailable now"),
    ("schema", 400, "This model does not support response format `json_schema`."),
    ("schema", 400, "Invalid schema for response_format 'reply': 'minimum' is not permitted."),
    ("images", 500, "image input is not supported - hint: you may need to provide the mmproj"),
    ("images", 404, "No endpoints found that support image input"),
    ("images", 422, "messages[1]: unknown variant `image_url`, expected `text`"),
    ("images", 400, "'messages.1' : for 'role:user', content must be a string"),
]


@pytest.mark.parametrize(("capability", "status", "words"), REFUSED)
def test_capability_that_a_model_lacks_is_left_out_from_then_on(
    capability: str, status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    requests: list[httpx.Request] = []
    refusal = httpx.Response(status, json={"error": {"message": words}})
    model = scripted(OpenAIModel, refusal, stream_of(sse(delta("ok", "stop"))), requests=requests)
    with caplog.at_level(logging.WARNING):
        events = asyncio.run(replies(model, conversation(), tools=TOOLS, schema=SCHEMA))
    assert said(events) == "ok"
    names = ("tools", "schema", "images")
    assert [n for n in names if not getattr(model, f"supports_{n}")] == [capability]
    assert f"takes no {capability} for m-1" in caplog.text
    body = json.loads(requests[1].content)
    assert ("tools" in body) is (capability != "tools")
    assert ("response_format" in body) is (capability != "schema")
    assert isinstance(body["messages"][1]["content"], str) is (capability == "images")
    assert any(turn["role"] == "tool" for turn in body["messages"]) is (capability != "tools")


@pytest.mark.parametrize(
    "words",
    [
        "An assistant message with 'tool_calls' must be followed by tool messages.",
        "You uploaded an unsupported image. Use one of: png, jpeg.",
        "Tools are fine. Streaming is not supported.",
    ],
)
def test_other_errors_remove_no_capability(words: str) -> None:
    refusal = httpx.Response(400, json={"error": {"message": words}})
    model = scripted(OpenAIModel, refusal)
    with pytest.raises(ModelError, match="refused the request"):
        asyncio.run(replies(model, conversation(), tools=TOOLS, schema=SCHEMA))
    assert model.supports_tools
    assert model.supports_schema
    assert model.supports_images


ONE_TOOL = [
    {
        "message": "Invalid schema for function 'f': In context=('properties', 'x'), array schema"
        " missing items.",
        "param": "tools[0].function.parameters",
        "code": "invalid_function_parameters",
    },
    {"message": "tools.0.custom.input_schema: input_schema does not support oneOf at the top"},
    {"message": "Unknown name \"x\" at 'tools[0].function_declarations[0].parameters'"},
]


@pytest.mark.parametrize("error", ONE_TOOL)
def test_error_about_one_tool_is_raised_and_the_tools_stay(error: dict[str, str]) -> None:
    model = scripted(OpenAIModel, httpx.Response(400, json={"error": error}))
    with pytest.raises(ModelError, match="refused the request"):
        asyncio.run(replies(model, conversation(), tools=TOOLS, schema=SCHEMA))
    assert model.supports_tools
    assert model.supports_schema


def misread(**more: str) -> dict[str, Any]:
    """Groq's answer to an unreadable call: https://github.com/BerriAI/litellm/issues/21242"""
    words = "tool call validation failed: attempted to call tool 'g', not in request.tools"
    kind = {"type": "invalid_request_error", "code": "tool_use_failed"}
    return {"error": {"message": words, **kind, **more}}


@pytest.mark.parametrize("is_streamed", [True, False])
@pytest.mark.parametrize("wrote", ['<function=now>{"a":</function>', ""])
def test_call_that_the_provider_cannot_read_is_a_fault_for_the_model_to_mend(
    wrote: str, is_streamed: bool
) -> None:
    problem = misread(failed_generation=wrote)
    answer = stream_of(sse(problem)) if is_streamed else httpx.Response(400, json=problem)
    model = scripted(OpenAIModel, answer)
    *texts, done = asyncio.run(replies(model, conversation(), tools=TOOLS))
    assert said(texts) == wrote
    assert isinstance(done, ReplyDone)
    assert (done.finish_reason, done.fault) == ("stop", misread()["error"]["message"])
    assert done.token_usage.estimated
    assert model.supports_tools


def test_json_that_the_provider_rejects_is_a_fault_too() -> None:
    problem = misread(code="json_validate_failed", failed_generation='{"code": ')
    model = scripted(OpenAIModel, httpx.Response(400, json=problem))
    text, done = asyncio.run(replies(model, conversation(), schema=SCHEMA))
    assert (said([text]), bool(done.fault)) == ('{"code": ', True)
    assert model.supports_schema


def test_model_without_tools_gets_tool_uses_as_text() -> None:
    options = {"prompt_style": "short", "supports_images": False}
    body, _ = body_sent(OpenAIModel, tools=TOOLS, options=options)
    assert "tools" not in body
    first = '{"name": "population", "arguments": {"city": "São Paulo"}}'
    second = '{"name": "now", "arguments": {}}'
    assert body["messages"][1]["content"].endswith("takes none.]\nWhat is this?")
    assert [(m["role"], m["content"]) for m in body["messages"][2:]] == [
        ("assistant", f"Ça va.\n{first}\n{second}"),
        ("user", "11451999\n\nnoon\n\nAnd then?"),
    ]


def test_extra_body_overrides_our_parameters() -> None:
    extra = {"reasoning_effort": "low", "stream_options": None}
    body, _ = body_sent(OpenAIModel, options={"extra_body": extra})
    assert (body["reasoning_effort"], body["stream_options"]) == ("low", None)


def test_cost_is_the_providers_or_follows_from_the_price() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    answers = [
        stream_of(sse(delta("a", "stop"), {"usage": counts}))
        for counts in ({**usage, "cost": 0.25}, usage, usage)
    ]
    price = Price(input=1.0, output=2.0)

    async def ask(**options: Any) -> TokenUsage:
        done = (await replies(scripted(OpenAIModel, answers.pop(0), **options), conversation()))[-1]
        assert isinstance(done, ReplyDone)
        return done.token_usage

    assert asyncio.run(ask(price=price)).cost_usd == 0.25
    assert asyncio.run(ask(price=price)).cost_usd == pytest.approx(17e-6)
    assert asyncio.run(ask()).cost_usd is None
