"""Requests and streams of OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from pyagent.errors import ModelError, ServerError, StreamError
from pyagent.messages import ChatMessage
from pyagent.models.base import ModelEvent, ReasoningDelta, ReplyDone, TextDelta
from pyagent.models.http.response import MAX_REPLY_BYTES
from pyagent.protocol import TokenUsage
from support.models.model_asking import (
    QUESTION,
    ask,
    delta,
    model_on,
    run_without_waiting,
    said,
    sse,
    stream_of,
)

USAGE = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}
TEXT = "Ça coûte 1340 € 😀\r\nok"
REPLY = [*map(delta, ("Ça coûte", " 1340 € 😀", "\r\nok")), delta("", "stop"), USAGE, "[DONE]"]


def test_reply_survives_every_cut_between_two_bytes() -> None:
    """The cuts go through characters too, and between the two characters of a line end."""
    for end in ("\n", "\r\n", "\r"):
        body = b"\xef\xbb\xbf" + sse(*REPLY, end=end)
        answers = [stream_of(body[:cut], body[cut:]) for cut in range(len(body))]
        model = model_on(*answers, stream_of(*(bytes([byte]) for byte in body)))

        async def ask_often(model: Any = model, times: int = len(body) + 1) -> list[Any]:
            return [[event async for event in model.stream(QUESTION)] for _ in range(times)]

        for events in asyncio.run(ask_often()):
            assert said(events) == TEXT
            usage = TokenUsage(input_tokens=9, output_tokens=4)
            assert events[-1] == ReplyDone(finish_reason="stop", token_usage=usage)


def test_request_holds_only_what_every_provider_accepts() -> None:
    requests: list[httpx.Request] = []
    model = model_on(stream_of(sse(*REPLY)), requests=requests)
    asyncio.run(ask(model, stop=["a", "b", "c", "d", "e"]))
    [request] = requests
    assert str(request.url) == "https://api.openai.com/v1/chat/completions"
    assert json.loads(request.content) == {
        "model": "m-1",
        "messages": [{"role": "user", "content": QUESTION[0].content}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["a", "b", "c", "d"],
    }
    own = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}
    assert set(request.headers) - own == {"content-type", "authorization"}


def test_address_and_billing_options_have_the_names_of_openais_client() -> None:
    requests: list[httpx.Request] = []
    model = model_on(
        stream_of(sse(*REPLY)),
        requests=requests,
        api_base="https://llm.example/v1",
        organization="org-1",
        project="proj-1",
        headers={"x-own": "yes"},
    )
    asyncio.run(ask(model))
    [request] = requests
    assert request.url.host == "llm.example"
    names = ("openai-organization", "openai-project", "x-own")
    assert [request.headers[name] for name in names] == ["org-1", "proj-1", "yes"]


def test_neighbours_with_the_same_role_become_one_message() -> None:
    requests: list[httpx.Request] = []
    model = model_on(stream_of(sse(*REPLY)), requests=requests)
    turns = [("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")]
    messages = [ChatMessage(role=role, content=text) for role, text in turns]  # type: ignore[arg-type]

    async def run() -> None:
        async for _ in model.stream(messages):
            pass

    asyncio.run(run())
    sent = json.loads(requests[0].content)["messages"]
    assert [(m["role"], m["content"]) for m in sent] == [
        ("user", "a\n\nb"),
        ("assistant", "c"),
        ("user", "d"),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_reply_is_cut_at_a_stop_string_that_the_server_ignores(size: int) -> None:
    text = "x = 1\n</code>\nObservation: wrong"
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    model = model_on(stream_of(sse(*map(delta, parts), delta("", "stop"), "[DONE]")))
    events = asyncio.run(ask(model, stop=["</code>", "Observation:"]))
    assert said(events) == "x = 1\n"
    done = events[-1]
    assert isinstance(done, ReplyDone)
    assert done.finish_reason == "stop"
    assert done.token_usage.estimated


def test_stop_string_ends_the_request_at_once() -> None:
    """The rest of the stream is never read: reading it would raise."""
    model = model_on(stream_of(sse(delta("a</code>b")), AssertionError("read on")))
    assert said(asyncio.run(ask(model, stop=["</code>"]))) == "a"


def test_part_of_a_stop_string_at_the_end_is_text() -> None:
    model = model_on(stream_of(sse(delta("a </co"), delta("", "stop"), "[DONE]")))
    assert said(asyncio.run(ask(model, stop=["</code>"]))) == "a </co"


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm", "content": ""},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
    ],
)
def test_reasoning_is_separate_from_text(fields: dict[str, Any]) -> None:
    thought = {"choices": [{"delta": {"role": "assistant", **fields}}]}
    listed = {"choices": [{"delta": {"content": [{"type": "text", "text": "4"}]}}]}
    model = model_on(stream_of(sse(thought, listed, "[DONE]")))
    events = asyncio.run(ask(model, stop=["hm"]))
    assert events[:2] == [ReasoningDelta(text="hm"), TextDelta(text="4")]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"prompt_tokens_details": {"cached_tokens": 6}},
            TokenUsage(input_tokens=9, output_tokens=4, cached_tokens=6),
        ),
        (
            {"prompt_cache_hit_tokens": 5},
            TokenUsage(input_tokens=9, output_tokens=4, cached_tokens=5),
        ),
        (
            {"prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 5}},
            TokenUsage(input_tokens=9, output_tokens=4, cached_tokens=2, cache_write_tokens=5),
        ),
        ({"prompt_tokens_details": None}, TokenUsage(input_tokens=9, output_tokens=4)),
        ({"prompt_tokens": 0}, TokenUsage(input_tokens=10, output_tokens=2, estimated=True)),
        ({"prompt_tokens": None}, TokenUsage(input_tokens=10, output_tokens=2, estimated=True)),
    ],
)
def test_usage_is_the_providers_or_estimated(usage: dict[str, Any], expected: TokenUsage) -> None:
    counts = {"prompt_tokens": 9, "completion_tokens": 4, **usage}
    last = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": counts}
    model = model_on(stream_of(sse(delta("12345"), last, "[DONE]")))
    done = asyncio.run(ask(model))[-1]
    assert isinstance(done, ReplyDone)
    assert done.token_usage == expected


@pytest.mark.parametrize(
    ("refusal", "sent_then"),
    [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model."
            " Use 'max_completion_tokens' instead.",
            {"stream_options", "temperature", "stop", "max_completion_tokens"},
        ),
        (
            "Unsupported value: 'temperature' does not support 0.2 with this model.",
            {"stream_options", "max_tokens", "stop"},
        ),
        ("Unsupported parameter: 'stop'.", {"stream_options", "max_tokens", "temperature"}),
        ("Unrecognized argument: stream_options", {"max_tokens", "temperature", "stop"}),
        (
            {"detail": [{"loc": ["body", "stop"], "msg": "Extra", "input": ["temperature"]}]},
            {"stream_options", "max_tokens", "temperature"},
        ),
    ],
)
def test_refused_parameter_is_left_out_from_then_on(
    refusal: str | dict[str, Any], sent_then: set[str]
) -> None:
    requests: list[httpx.Request] = []
    body = refusal if isinstance(refusal, dict) else {"error": {"message": refusal, "param": None}}
    model = model_on(
        httpx.Response(422 if isinstance(refusal, dict) else 400, json=body),
        stream_of(sse(*REPLY)),
        stream_of(sse(*REPLY)),
        requests=requests,
        temperature=0.2,
        max_tokens=50,
    )
    first = asyncio.run(ask(model, stop=["\n\n"]))
    asyncio.run(ask(model, stop=["\n\n"]))
    assert said(first) == TEXT
    assert len(requests) == 3
    for request in requests[1:]:
        assert set(json.loads(request.content)) - {"model", "messages", "stream"} == sent_then


def test_model_that_may_not_stream_is_asked_without_streaming() -> None:
    requests: list[httpx.Request] = []
    refusals = [
        {"message": "Your organization must be verified to stream this model.", "param": "stream"},
        {"message": "'stream_options' is only allowed with stream.", "param": "stream_options"},
    ]
    whole = {"choices": [{"message": {"content": "1340"}, "finish_reason": "stop"}]}
    answers = [httpx.Response(400, json={"error": refusal}) for refusal in refusals]
    model = model_on(*answers, httpx.Response(200, json=whole), requests=requests)
    assert said(asyncio.run(ask(model))) == "1340"
    assert set(json.loads(requests[-1].content)) == {"model", "messages"}


def test_parameters_in_extra_body_are_not_left_out() -> None:
    refusal = {"error": {"message": "'temperature' is out of range", "param": "temperature"}}
    options = {"temperature": 0.2, "extra_body": {"temperature": 9}}
    model = model_on(httpx.Response(400, json=refusal), **options)
    with pytest.raises(ModelError, match="'temperature' is out of range"):
        asyncio.run(ask(model))


def test_parameter_that_is_refused_twice_is_an_error_in_the_providers_words() -> None:
    refusal = {"error": {"message": "'temperature' is out of range", "param": "temperature"}}
    model = model_on(
        httpx.Response(400, json=refusal), httpx.Response(400, json=refusal), temperature=9
    )
    with pytest.raises(ModelError, match="'temperature' is out of range") as caught:
        asyncio.run(ask(model))
    assert caught.value.kind == "refused"


def test_plain_json_reply_to_a_streaming_request_is_read() -> None:
    body = {
        "choices": [{"message": {"content": "1340"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4},
    }
    usage = TokenUsage(input_tokens=9, output_tokens=4)
    assert asyncio.run(ask(model_on(httpx.Response(200, json=body)))) == [
        TextDelta(text="1340"),
        ReplyDone(finish_reason="length", token_usage=usage),
    ]


@pytest.mark.parametrize(
    "tail",
    [
        [sse(delta("", "stop"))],
        [sse("[DONE]")],
        [sse(delta("", "stop"), "[DONE]", delta("never"))[:-40]],
        [sse(delta("", "stop")), httpx.ReadError("reset")],
    ],
)
def test_either_end_mark_completes_a_reply(tail: list[bytes | Exception]) -> None:
    events = asyncio.run(ask(model_on(stream_of(sse(delta("1340")), *tail))))
    assert said(events) == "1340"
    assert isinstance(events[-1], ReplyDone)


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ([], "broke off after 4 characters"),
        ([httpx.RemoteProtocolError("peer closed connection")], "broke off after 4 characters"),
        ([httpx.ReadTimeout("slow")], "broke off after 4 characters"),
        ([sse('{"choices": [{')], "not JSON.* after 4 characters"),
        ([sse("[1]")], "a list instead of an object"),
        ([sse("[" * 5000)], "nested"),
        ([sse({"error": {"message": "worker died sk-secret"}})], r"worker died \[key\] after 4"),
    ],
)
def test_broken_stream_says_how_much_was_received(
    tail: list[bytes | Exception], words: str
) -> None:
    model = model_on(stream_of(sse(delta("1340")), *tail), max_retries=0)
    with pytest.raises(StreamError, match=words) as caught:
        asyncio.run(ask(model))
    assert caught.value.kind == "stream_broken"
    assert caught.value.advice


def test_error_before_any_text_becomes_the_error_that_it_names() -> None:
    problem = {"error": {"message": "Upstream is down", "code": 502}}
    with pytest.raises(ServerError, match=r"\(502\): Upstream is down"):
        asyncio.run(ask(model_on(stream_of(sse(problem)), max_retries=0)))


def test_line_without_end_is_stopped_at_the_size_limit() -> None:
    pieces = [b"data: " + b"x" * (1 << 20)] * (MAX_REPLY_BYTES >> 20)
    with pytest.raises(StreamError, match="64 MB"):
        asyncio.run(ask(model_on(stream_of(*pieces))))


@pytest.mark.parametrize(("pause_s", "waited_s", "is_counted"), [(4, 4, True), (600, 5, False)])
def test_counts_after_the_end_are_waited_for_but_not_for_long(
    pause_s: float, waited_s: float, is_counted: bool
) -> None:
    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield sse(delta("1340", "stop"))
            await asyncio.sleep(pause_s)
            yield sse({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}})

    async def run() -> list[ModelEvent]:
        headers = {"content-type": "text/event-stream"}
        return await ask(model_on(httpx.Response(200, headers=headers, stream=Slow())))

    events, waited = run_without_waiting(run)
    done = events[-1]
    assert isinstance(done, ReplyDone)
    assert (said(events), done.token_usage.estimated) == ("1340", not is_counted)
    assert waited == pytest.approx(waited_s, abs=0.3)


def test_closing_the_iterator_ends_the_request() -> None:
    closed = False

    class Watched(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield sse(delta("again "))

        async def aclose(self) -> None:
            nonlocal closed
            closed = True

    async def run() -> None:
        answer = httpx.Response(
            200, headers={"content-type": "text/event-stream"}, stream=Watched()
        )
        stream = model_on(answer).stream(QUESTION)
        assert await anext(stream) == TextDelta(text="again ")
        await stream.aclose()

    asyncio.run(run())
    assert closed
