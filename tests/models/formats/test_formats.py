"""What all wire formats have in common: streams, retries, errors and stop strings."""

from __future__ import annotations

import asyncio
import inspect
import json
from dataclasses import replace
from typing import Any, get_args

import httpx
import pytest

from pyagent import AnthropicModel, GeminiModel, OpenAIModel, OpenAIResponsesModel
from pyagent.errors import (
    AuthenticationError,
    ContextOverflowError,
    EndpointError,
    ModelError,
    RateLimitError,
    ServerError,
    StreamError,
)
from pyagent.models.base import (
    ModelEvent,
    ReasoningDelta,
    ReplyDone,
    Retrying,
    TextDelta,
    ToolRequested,
)
from pyagent.models.catalog.wire_formats import FORMAT_FACTS
from pyagent.models.formats.by_name import FORMATS as BY_NAME
from pyagent.models.from_settings import model_from_settings
from pyagent.models.http.model import HttpModel
from pyagent.models.price import Price
from pyagent.protocol import ModelSettings, WireFormat
from support.models.formats import (
    TEXT,
    THOUGHT,
    TOOLS,
    assert_is_the_reply,
    assert_survives_every_cut,
    body_sent,
    conversation,
    replies,
    stream_bytes,
)
from support.models.model_asking import KEY, run_without_waiting, said, scripted, sse, stream_of

FORMATS = (OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel)
all_formats = pytest.mark.parametrize("cls", FORMATS, ids=lambda cls: cls.wire)


def ask(cls: type[HttpModel], *answers: Any, **options: Any) -> list[Any]:
    model = scripted(cls, *answers, **options)
    return run_without_waiting(lambda: replies(model, conversation(), tools=TOOLS))[0]


def refusal(cls: type[HttpModel], status: int, words: str, kind: str = "") -> dict[str, Any]:
    """An error as the format words it."""
    if cls is AnthropicModel:
        return {"type": "error", "error": {"type": kind, "message": words}, "request_id": "r"}
    if cls is GeminiModel:
        return {"error": {"code": status, "message": words, "status": kind.upper()}}
    return {"error": {"message": words, "type": kind, "param": None, "code": None}}


ENDS = {
    "openai": '"tool_calls"}]}',
    "responses": '"response.completed"',
    "anthropic": '"message_delta"',
    "gemini": '"STOP"',
}
"""A part of the event that says that a reply is complete."""


def test_every_wire_format_has_a_class_and_its_facts() -> None:
    assert set(get_args(WireFormat)) == set(BY_NAME) == set(FORMAT_FACTS)


@all_formats
def test_facts_of_a_format_are_those_of_its_class(cls: type[HttpModel]) -> None:
    facts = FORMAT_FACTS[cls.wire]
    assert BY_NAME[cls.wire] is cls
    assert cls.default_base_url.endswith(f"/{facts.version}")
    assert facts.takes_thinking == ("thinking" in inspect.signature(cls).parameters)


CUT_OFF = {
    "openai": ('"finish_reason":"tool_calls"', '"finish_reason":"length"'),
    "responses": ('"incomplete_details":null', '"incomplete_details":{"reason":"max"}'),
    "anthropic": ('"stop_reason":"tool_use"', '"stop_reason":"max_tokens"'),
}
"""The mark of a reply that is complete, and that of one which reached its limit on tokens."""


def start_of(cls: type[HttpModel], mark: str, then: bytes = b"") -> bytes:
    """The part of the stream before the event that holds ``mark``."""
    events = stream_bytes(cls.wire).replace(b"\r\n", b"\n").split(b"\n\n")
    first = next(i for i, event in enumerate(events) if mark.encode() in event)
    return b"\n\n".join([*events[:first], then])


@all_formats
def test_reply_survives_every_cut(cls: type[HttpModel]) -> None:
    assert_survives_every_cut(cls)


@all_formats
def test_settings_of_the_page_choose_the_format(cls: type[HttpModel]) -> None:
    settings = ModelSettings(kind=cls.wire, model="m-1", api_key=KEY, max_tokens=9)
    model = model_from_settings(settings, send=lambda _: None)
    assert type(model) is cls
    assert isinstance(model, HttpModel)
    assert (model.endpoint.base_url, model.max_tokens) == (cls.default_base_url, 9)


@all_formats
@pytest.mark.parametrize(
    ("status", "kind", "error", "words"),
    [
        (401, "authentication_error", AuthenticationError, "refuses the key"),
        (403, "permission_error", AuthenticationError, "does not let this key use m-1"),
        (404, "not_found_error", EndpointError, "has no model m-1"),
        (413, "request_too_large", ContextOverflowError, "too long"),
        (429, "rate_limit_error", RateLimitError, "no more requests"),
        (500, "api_error", ServerError, "failed to answer"),
        (529, "overloaded_error", ServerError, "failed to answer"),
    ],
)
def test_refusal_is_explained_without_the_key(
    cls: type[HttpModel], status: int, kind: str, error: type[ModelError], words: str
) -> None:
    body = refusal(
        cls, status, f"model: m-1 does not exist {KEY}"[: 40 if status == 404 else 9], kind
    )
    body["echo"] = KEY
    with pytest.raises(error, match=rf"{words}.*\({status}\)") as caught:
        ask(cls, httpx.Response(status, json=body), max_retries=0)
    assert KEY not in str(caught.value)
    assert caught.value.advice


@all_formats
@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_temporary_failure_is_retried(cls: type[HttpModel], status: int) -> None:
    body = refusal(cls, status, "Overloaded", "overloaded_error")
    busy = httpx.Response(status, json=body, headers={"retry-after": "7"})
    first, *rest = ask(cls, busy, stream_of(stream_bytes(cls.wire)))
    assert isinstance(first, Retrying)
    assert first.delay_s >= 7
    assert_is_the_reply(rest)


@all_formats
def test_error_at_the_start_of_a_stream_is_retried(cls: type[HttpModel]) -> None:
    problem = sse(refusal(cls, 529, "Overloaded", "overloaded_error"))
    first, *rest = ask(cls, stream_of(problem), stream_of(stream_bytes(cls.wire)))
    assert isinstance(first, Retrying)
    assert "Overloaded" in first.reason
    assert_is_the_reply(rest)


@all_formats
def test_error_in_the_middle_of_a_stream_ends_it_without_a_retry(cls: type[HttpModel]) -> None:
    problem = sse(refusal(cls, 500, f"GPU lost {KEY}", "api_error"))
    answers = [stream_of(start_of(cls, "😀", problem)), stream_of(stream_bytes(cls.wire))]
    with pytest.raises(StreamError, match=r"GPU lost \[key\] after \d+ characters") as caught:
        ask(cls, *answers)
    assert KEY not in str(caught.value)


@all_formats
@pytest.mark.parametrize(
    ("mark", "last"), [("Ça", ReasoningDelta), ("😀", TextDelta)], ids=["thought", "text"]
)
@pytest.mark.parametrize(
    "broken",
    [
        [httpx.RemoteProtocolError("dropped")],
        [httpx.ReadTimeout("slow")],
        [b"data: {nonsense\n\n"],
        [sse({"error": {"message": "Overloaded", "type": "overloaded_error"}})],
        [],
    ],
    ids=["dropped", "silent", "nonsense", "error", "ended"],
)
def test_stream_that_gave_output_is_never_retried(
    cls: type[HttpModel], mark: str, last: type[ModelEvent], broken: list[bytes | Exception]
) -> None:
    """A second reply is ready but is not requested: the reader would get the text twice."""
    requests: list[httpx.Request] = []
    answers = [stream_of(start_of(cls, mark), *broken), stream_of(stream_bytes(cls.wire))]
    model, events = scripted(cls, *answers, requests=requests), list[ModelEvent]()

    async def listen() -> None:
        async for event in model.stream(conversation(), tools=TOOLS):
            events.append(event)

    with pytest.raises(StreamError, match=r"after \d+ characters"):
        run_without_waiting(listen)
    assert len(requests) == 1
    assert type(events[-1]) is last
    assert not any(isinstance(event, Retrying) for event in events)
    assert TEXT.startswith(said(events))


@all_formats
def test_stream_without_its_end_is_an_error(cls: type[HttpModel]) -> None:
    with pytest.raises(StreamError, match="broke off after"):
        ask(cls, stream_of(start_of(cls, ENDS[cls.wire])))


@all_formats
def test_stop_string_ends_the_request_at_once(cls: type[HttpModel]) -> None:
    """The rest of the stream is never read: reading it would raise."""
    said_all = start_of(cls, ENDS[cls.wire])
    model = scripted(cls, stream_of(said_all, AssertionError("read on")))
    events = asyncio.run(replies(model, conversation(), tools=TOOLS, stop=["1340"]))
    assert said(events) == TEXT[: TEXT.index("1340")]
    done = events[-1]
    assert isinstance(done, ReplyDone)
    assert done.finish_reason == "stop"
    assert done.token_usage.estimated
    assert done.token_usage.input_tokens > 0
    assert not any(isinstance(event, ToolRequested) for event in events)


@all_formats
def test_stop_strings_are_sent_if_the_api_knows_them(cls: type[HttpModel]) -> None:
    body, _ = body_sent(cls, stop=["\nObservation:", "\n", "a", "b", "c", "d"])
    known = {"openai": 4, "responses": 0, "anthropic": 5, "gemini": 5}[cls.wire]
    sent = body.get("stop") or body.get("stop_sequences") or []
    sent = sent or body.get("generationConfig", {}).get("stopSequences", [])
    assert len(sent) == known
    assert sent[:1] == ["\nObservation:"][:known]


@all_formats
def test_key_is_in_one_header_and_nowhere_else(cls: type[HttpModel]) -> None:
    _, request = body_sent(cls, tools=TOOLS)
    holding = [name for name, value in request.headers.items() if KEY in value]
    names = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}
    assert holding == [names.get(cls.wire, "authorization")]
    assert KEY not in str(request.url) + request.content.decode()


@all_formats
def test_page_sends_no_header_that_the_provider_does_not_list(cls: type[HttpModel]) -> None:
    _, request = body_sent(cls, options={"page_origin": "https://pyagent.example"})
    own = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}
    expected = {
        "anthropic": {
            *("x-api-key", "anthropic-version", "anthropic-dangerous-direct-browser-access"),
        },
        "gemini": {"x-goog-api-key"},
    }
    sent = set(request.headers) - own - {"content-type"}
    assert sent == expected.get(cls.wire, {"authorization"})


@all_formats
def test_refused_temperature_is_left_out_from_then_on(cls: type[HttpModel]) -> None:
    requests: list[httpx.Request] = []
    words = refusal(cls, 400, "`temperature` is deprecated for this model.", "invalid_request")
    answers = [httpx.Response(400, json=words), stream_of(stream_bytes(cls.wire))]
    ask(cls, *answers, requests=requests, temperature=0.3)
    first, second = (json.loads(request.content) for request in requests)
    config = first.get("generationConfig", first)
    assert config["temperature"] == 0.3
    assert "temperature" not in second.get("generationConfig", second)


@all_formats
def test_refused_tools_are_left_out_with_a_warning(cls: type[HttpModel]) -> None:
    requests: list[httpx.Request] = []
    words = refusal(cls, 400, "Function calling is not enabled for m-1.", "invalid_argument")
    model = scripted(
        cls,
        httpx.Response(400, json=words),
        stream_of(stream_bytes(cls.wire)),
        requests=requests,
    )
    asyncio.run(replies(model, conversation(), tools=TOOLS))
    assert not model.supports_tools
    assert "tools" not in json.loads(requests[1].content)
    assert b"population" in requests[1].content


@all_formats
def test_unreadable_arguments_are_a_fault(cls: type[HttpModel]) -> None:
    body = stream_bytes(cls.wire).replace(b'o Paulo\\"}', b"o Paulo")
    body = body.replace(b'"args":{"amount":1340.5', b'"args":["x"],"x":{"amount":1340.5')
    uses = [e.use for e in ask(cls, stream_of(body)) if isinstance(e, ToolRequested)]
    assert [use.name for use in uses] == ["population", "convert"]
    faults = [use.fault for use in uses if use.fault]
    assert len(faults) == 1
    assert "arguments" in faults[0]


@all_formats
def test_fault_says_that_the_token_limit_cut_off_the_arguments(cls: type[HttpModel]) -> None:
    """Gemini never sends half a call, so its reply has no fault."""
    body = stream_bytes(cls.wire).decode()
    if cls.wire in CUT_OFF:
        body = body.replace(*CUT_OFF[cls.wire]).replace('😀\\"]}"', '😀\\""')
    *_, last = [e.use for e in ask(cls, stream_of(body.encode())) if isinstance(e, ToolRequested)]
    expected = "The reply reached its limit on tokens before the arguments were complete."
    assert last.fault == (expected if cls.wire in CUT_OFF else "")


@all_formats
@pytest.mark.parametrize("uses", [1, 2])
def test_turn_that_was_changed_is_sent_without_its_thoughts(
    cls: type[HttpModel], uses: int
) -> None:
    events = ask(cls, stream_of(stream_bytes(cls.wire)))
    asked = tuple(event.use for event in events if isinstance(event, ToolRequested))
    system, question, turn, first, second, last = conversation(dict(events[-1].carried))
    turn = replace(turn, tool_uses=asked[:uses])
    results = [replace(m, tool_use_id=u.id) for m, u in zip((first, second), asked, strict=True)]
    body, _ = body_sent(cls, messages=[system, question, turn, *results[:uses], last], tools=TOOLS)
    marks = {"openai": THOUGHT, "responses": "Z2VoZWlt"}  # the other formats carry signatures
    kept = marks.get(cls.wire, "c2lnbmVk") in json.dumps(body, ensure_ascii=False)
    assert kept is (uses == 2)


@all_formats
def test_unreadable_arguments_go_back_empty(cls: type[HttpModel]) -> None:
    body = stream_bytes(cls.wire).replace(b'o Paulo\\"}', b"o Paulo")
    body = body.replace('{"city":"São Paulo"}}'.encode(), '["São Paulo", 2, 3]}'.encode())
    events = ask(cls, stream_of(body))
    asked = tuple(event.use for event in events if isinstance(event, ToolRequested))
    system, question, turn, first, second, last = conversation(dict(events[-1].carried))
    turn = replace(turn, tool_uses=asked)
    results = [replace(m, tool_use_id=u.id) for m, u in zip((first, second), asked, strict=True)]
    sent, _ = body_sent(cls, messages=[system, question, turn, *results, last], tools=TOOLS)
    assert asked[0].fault
    assert "Paulo" not in json.dumps(sent, ensure_ascii=False)


@all_formats
def test_cost_counts_fresh_and_cached_tokens(cls: type[HttpModel]) -> None:
    price = Price(input=1.0, output=10.0, cached_input=0.1)
    done = ask(cls, stream_of(stream_bytes(cls.wire)), price=price)[-1]
    assert done.token_usage.cost_usd == pytest.approx((26 + 6.4 + 350) / 1e6)
