"""A reply is read however a server labels, ends and fills its stream."""

from __future__ import annotations

import asyncio
import gc
import json
from time import process_time
from typing import Any

import httpx
import pytest

from pyagent.errors import EndpointError, ModelError, StreamError
from pyagent.models.base import ReplyDone, ToolRequested
from pyagent.models.formats.anthropic import AnthropicModel
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http.model import HttpModel
from pyagent.protocol import TokenUsage
from support.models.formats import TOOLS, assert_is_the_reply, conversation, replies
from support.models.formats import stream_bytes as recorded
from support.models.model_asking import Pieces, ask, delta, model_on, said, scripted, sse, stream_of

WHOLE = {"choices": [{"message": {"content": "1340"}, "finish_reason": "stop"}]}
TYPES = [
    *("text/plain", "application/json", "application/octet-stream", "text/html; charset=utf-8"),
    *("application/x-ndjson", "text/event-stream;charset=UTF-8", ""),
]


def typed(content_type: str, *pieces: bytes | Exception, status: int = 200) -> httpx.Response:
    headers = {"content-type": content_type} if content_type else {}
    return httpx.Response(status, headers=headers, stream=Pieces(pieces))


def read(*answers: Any, **options: Any) -> list[Any]:
    return asyncio.run(ask(model_on(*answers, max_retries=0, **options)))


@pytest.mark.parametrize("content_type", TYPES)
def test_stream_is_read_under_any_content_type(content_type: str) -> None:
    body = recorded("openai")
    for cut in (1, 3, 40, len(body)):
        model = scripted(OpenAIModel, typed(content_type, body[:cut], body[cut:]))
        assert_is_the_reply(asyncio.run(replies(model, conversation()[:2])))


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("start", ["", "\n\n", "\ufeff", ": ping\n\ndata: \n\n"])
def test_stream_starts_with_anything_that_is_no_event(content_type: str, start: str) -> None:
    body = start.encode() + sse(delta("1340", "stop"))
    assert said(read(typed(content_type, *(bytes([byte]) for byte in body)))) == "1340"


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("indent", [None, 2])
def test_whole_reply_is_read_under_any_content_type(content_type: str, indent: int | None) -> None:
    body = b"\n  " + json.dumps(WHOLE, indent=indent).encode()
    assert said(read(typed(content_type, body[:5], body[5:]))) == "1340"


@pytest.mark.parametrize("shape", ["lines", "list"])
def test_events_as_lines_or_as_a_list_of_json_are_read(shape: str) -> None:
    events = [delta("13"), delta("40"), delta("", "stop")]
    lines = "\n".join(map(json.dumps, events))
    body = lines if shape == "lines" else json.dumps(events, indent=1)
    assert said(read(typed("application/json", body.encode()))) == "1340"


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "text/event-stream"])
def test_page_in_place_of_a_stream_is_a_wrong_address(content_type: str) -> None:
    with pytest.raises(EndpointError, match="instead of a model's reply: Welcome"):
        read(typed(content_type, b"\n<!doctype html><title>Welcome</title>"))


@pytest.mark.parametrize("end", ["", "\n", "\r", "\r\n", "\n\n", "\n\n\n"])
@pytest.mark.parametrize("last", [[delta("", "stop")], [delta("", "stop"), "[DONE]"], ["[DONE]"]])
def test_last_event_counts_without_its_empty_line(end: str, last: list[Any]) -> None:
    body = sse(delta("1340"), *last)[:-2] + end.encode()
    assert said(read(stream_of(body))) == "1340"


def test_last_event_with_the_only_text_counts_without_its_empty_line() -> None:
    assert said(read(stream_of(sse(delta("1340", "stop"))[:-2]))) == "1340"


@pytest.mark.parametrize("keep", range(1, 40, 6))
def test_last_event_that_was_cut_is_no_end(keep: int) -> None:
    whole, last = sse(delta("1340")), sse(delta("", "stop"))
    with pytest.raises(StreamError, match="broke off after 4 characters"):
        read(stream_of(whole + last[:keep]))


def test_events_without_empty_lines_between_them_are_read() -> None:
    body = sse(delta("13"), delta("40"), delta("", "stop"), "[DONE]").replace(b"\n\n", b"\n")
    assert said(read(stream_of(body))) == "1340"


@pytest.mark.parametrize(
    "noise",
    [
        *("null", "keep-alive", "ping", '""', "true", "0", "OK", ": ping", "...", "heartbeat 12"),
        *(" ", "[]", "[null]", "[ ]"),
    ],
)
def test_event_that_only_keeps_the_connection_open_is_passed_over(noise: str) -> None:
    events = read(stream_of(sse(noise, delta("13"), noise, delta("40", "stop"), noise, "[DONE]")))
    assert said(events) == "1340"


def test_event_with_a_list_of_payloads_is_read() -> None:
    payloads = json.dumps([delta("13"), None, delta("40", "stop")])
    assert said(read(stream_of(sse(payloads, "[DONE]")))) == "1340"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_fields_with_spaces_before_them_are_read(size: int) -> None:
    body = sse(delta("13 "), delta(" 40", "stop"), "[DONE]").replace(b"data:", b" \t data:")
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    assert said(read(typed("text/event-stream", *pieces))) == "13  40"


@pytest.mark.parametrize("mark", ["[DONE]", "[done]", '"[DONE]"', "DONE", "<DONE>", " [DONE] "])
def test_end_mark_is_known_in_other_spellings(mark: str) -> None:
    assert said(read(stream_of(sse(delta("1340"), mark)))) == "1340"


@pytest.mark.parametrize(
    "problem",
    [
        {"error": "GPU lost"},
        {"error": ["GPU lost"]},
        {"error": {"msg": "GPU lost"}},
        {"error": True, "message": "GPU lost"},
        {"detail": "GPU lost"},
        {"detail": [{"msg": "GPU lost", "loc": ["body"]}]},
        {"errors": [{"message": "GPU lost"}]},
        {"error_code": 336100, "error_msg": "GPU lost"},
        {"error_message": "GPU lost"},
        {"code": "1234", "msg": "GPU lost"},
        {"code": 500, "message": "GPU lost"},
        {"success": False, "message": "GPU lost"},
        {"status": "error", "message": "GPU lost"},
        {"object": "error", "message": "GPU lost"},
        {"type": "error", "message": "GPU lost"},
        {"base_resp": {"status_code": 1013, "status_msg": "GPU lost"}},
        {"choices": [], "base_resp": {"status_code": 1013, "status_msg": "GPU lost"}},
        {"choices": [{"index": 0, "error": "GPU lost"}]},
    ],
)
def test_error_in_any_of_the_usual_fields_is_told(problem: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"\(\d+\): GPU lost"):
        read(stream_of(sse(problem)))
    with pytest.raises(StreamError, match="with an error: GPU lost after 4 characters"):
        read(stream_of(sse(delta("1340"), problem, "[DONE]")))


@pytest.mark.parametrize("data", ["GPU lost", '{"message": "GPU lost"}', '"GPU lost"'])
def test_event_named_an_error_is_one(data: str) -> None:
    with pytest.raises(ModelError, match=r"\(500\): GPU lost"):
        read(stream_of(f"event: error\ndata: {data}\n\n".encode()))


@pytest.mark.parametrize(
    "fine",
    [
        {"error": None},
        {"error": ""},
        {"error": {}},
        {"code": 0, "message": "ok", "choices": []},
        {"code": 200, "msg": "success"},
        {"base_resp": {"status_code": 0, "status_msg": ""}},
        {"status": "processing", "message": "in queue"},
        {"type": "ping"},
        {"message": "hello"},
    ],
)
def test_field_that_reports_no_error_is_passed_over(fine: dict[str, Any]) -> None:
    assert said(read(stream_of(sse(fine, delta("1340", "stop"), fine)))) == "1340"


COUNTS = [
    {"prompt_tokens": -5, "completion_tokens": 4},
    {"prompt_tokens": 9, "completion_tokens": -4},
    {"prompt_tokens": True, "completion_tokens": 4},
    {"prompt_tokens": 9.5, "completion_tokens": 4},
    {"prompt_tokens": "9", "completion_tokens": "4"},
    {"prompt_tokens": 10**30, "completion_tokens": 4},
]


@pytest.mark.parametrize("usage", COUNTS)
def test_counts_that_cannot_be_are_replaced_by_estimates(usage: dict[str, Any]) -> None:
    done = read(stream_of(sse(delta("12345", "stop"), {"choices": [], "usage": usage})))[-1]
    assert done.token_usage == TokenUsage(input_tokens=10, output_tokens=2, estimated=True)


def test_counts_that_cannot_be_do_not_replace_better_ones() -> None:
    better = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4.0}}
    worse = {"choices": [], "usage": COUNTS[0]}
    done = read(stream_of(sse(delta("12345", "stop"), better, worse)))[-1]
    assert done.token_usage == TokenUsage(input_tokens=9, output_tokens=4)


def test_cache_holds_no_more_than_was_read_and_no_cost_is_negative() -> None:
    details = {"cached_tokens": 99, "cache_write_tokens": 7}
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": details}
    counted = {"choices": [], "usage": {**usage, "cost": -1}}
    done = read(stream_of(sse(delta("12345", "stop"), counted)))[-1]
    assert done.token_usage == TokenUsage(input_tokens=9, output_tokens=4, cached_tokens=9)


def test_negative_counts_of_anthropic_are_not_believed() -> None:
    usage = {"input_tokens": -3, "output_tokens": 7}
    message = {"type": "message", "content": [], "stop_reason": "end_turn", "usage": usage}
    model = scripted(AnthropicModel, httpx.Response(200, json=message))
    done = asyncio.run(replies(model, conversation()[:2]))[-1]
    assert isinstance(done, ReplyDone)
    assert done.token_usage.input_tokens > 0
    assert done.token_usage.estimated


@pytest.mark.parametrize("mark", [{"type": "message_stop"}, "[DONE]"])
def test_any_end_mark_completes_a_reply_of_anthropics_format(mark: Any) -> None:
    use = {"type": "tool_use", "id": "a", "name": "now", "input": {}}
    piece = {"type": "input_json_delta", "partial_json": '{"zone": "UTC"}'}
    payloads = [
        {"type": "content_block_start", "index": 0, "content_block": use},
        {"type": "content_block_delta", "index": 0, "delta": piece},
    ]
    model = scripted(AnthropicModel, stream_of(sse(*payloads, mark)))
    events = asyncio.run(replies(model, conversation()[:2], tools=TOOLS))
    uses = [event.use for event in events if isinstance(event, ToolRequested)]
    assert [(use.name, use.arguments) for use in uses] == [("now", {"zone": "UTC"})]


# --- every reader is linear and can be stopped ---------------------------------------------------


def seconds(cls: type[HttpModel], *payloads: Any) -> float:
    """The processor's time without that of the garbage collector, which walks the whole suite."""
    body = sse(*payloads, "[DONE]")
    gc.collect()
    gc.disable()
    try:
        started = process_time()
        asyncio.run(replies(scripted(cls, stream_of(body)), conversation()[:2], tools=TOOLS))
        return process_time() - started
    finally:
        gc.enable()


def pieces_of(cls: type[HttpModel], number: int, field: str) -> list[Any]:
    if cls is OpenAIModel:
        call = {"index": 0, "id": "a", "function": {"name": "weather", "arguments": "x" * 20}}
        inner = {"tool_calls": [call]} if field == "call" else {field: "x" * 20}
        return [{"choices": [{"delta": inner}]}] * number
    name = {"call": "input_json_delta", "text": "text_delta", "thinking": "thinking_delta"}[field]
    key = "partial_json" if field == "call" else field
    kind = "tool_use" if field == "call" else field
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": kind}}
    return [start, *[{"type": "content_block_delta", "index": 0, "delta": {
        "type": name, key: "x" * 20}}] * number]  # fmt: skip


@pytest.mark.parametrize(
    ("cls", "field"),
    [
        *((OpenAIModel, field) for field in ("content", "reasoning_content", "call")),
        *((AnthropicModel, field) for field in ("text", "thinking", "call")),
    ],
)
def test_long_stream_takes_time_in_a_straight_line(cls: type[HttpModel], field: str) -> None:
    """Four times as many pieces may take ten times as long, but not sixteen."""
    few, many = (pieces_of(cls, number, field) for number in (5_000, 20_000))
    assert seconds(cls, *many) < 10 * max(seconds(cls, *few), 0.05)


@pytest.mark.parametrize(
    "arguments",
    [
        *("[" * 400_000 + "]" * 400_000, "{" * 400_000, '{"a":' * 100_000, '{"a" ' * 100_000),
        *("{}" * 200_000, '{"a": "' + "\\" * 400_000, '"{' * 100_000, "'''" * 100_000),
        *(
            "{ " * 200_000,
            '{"a": /*' + "/*" * 200_000,
            '{"a": ' + "/***" * 100_000,
            '{{"a"' * 100_000,
        ),
    ],
    ids=range(12),
)
def test_hostile_arguments_are_read_at_once(arguments: str) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "weather", "arguments": arguments}}
    assert seconds(OpenAIModel, {"choices": [{"delta": {"tool_calls": [call]}}]}) < 5


def test_many_calls_are_read_at_once() -> None:
    call = {"function": {"name": "weather", "arguments": "{}"}}
    payloads = [
        {"choices": [{"delta": {"tool_calls": [{**call, "index": n, "id": f"a{n}"}]}}]}
        for n in range(20_000)
    ]
    assert seconds(OpenAIModel, *payloads) < 10


def test_stream_that_comes_at_once_can_be_stopped() -> None:
    model = model_on(stream_of(sse(*[delta("x")] * 20_000, delta("", "stop"))))
    seen = 0

    async def listen() -> None:
        nonlocal seen
        async for _ in model.stream([]):
            seen += 1

    async def scenario() -> None:
        task = asyncio.create_task(listen())
        while not seen:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert seen < 1_000
