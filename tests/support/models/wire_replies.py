"""Replies in the wire format of the request, so that tests can use the real model classes.

The tests of the documentation and scripts/bench put this behind ``httpx.MockTransport``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

BYTES_PER_TOKEN = 4

Events = list[dict[str, Any]]
Call = dict[str, Any]
"""An object with ``name`` and ``arguments``."""


def reply_in_format(request: httpx.Request, said: str) -> httpx.Response:
    """``said`` as a streamed reply in the format of the request's path. Its tokens are estimated.

    If the request offers tools, JSON of one call or of a list of calls becomes tool calls.
    """
    body = json.loads(request.content)
    calls = _calls(said) if body.get("tools") else []
    make = _format_of(request.url.path)
    tokens = (tokens_of(request.content), tokens_of(said.encode()))
    events = make("" if calls else said, calls, *tokens)
    lines = [_line(event) for event in events]
    if make is _chat:
        lines.append("data: [DONE]\n\n")
    return httpx.Response(
        200, headers={"content-type": "text/event-stream"}, content="".join(lines).encode()
    )


def is_model_request(request: httpx.Request) -> bool:
    """Whether a request is one to a model, in any of the formats."""
    return request.method == "POST" and any(path in request.url.path for path in _FORMATS)


def tokens_of(data: bytes) -> int:
    """About how many tokens these bytes of JSON or text are."""
    return -(-len(data) // BYTES_PER_TOKEN)


def _calls(said: str) -> list[Call]:
    try:
        value = json.loads(said)
    except ValueError:
        return []
    calls = value if isinstance(value, list) else [value]
    return calls if all(isinstance(call, dict) and "name" in call for call in calls) else []


def _line(event: dict[str, Any]) -> str:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n"


def _chat(text: str, calls: list[Call], read: int, written: int) -> Events:
    delta: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        delta["tool_calls"] = [
            {
                "index": i,
                "id": f"call_{i}",
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for i, call in enumerate(calls)
        ]
    reason = "tool_calls" if calls else "stop"
    usage = {"prompt_tokens": read, "completion_tokens": written}
    return [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {"choices": [], "usage": usage},
    ]


def _responses(text: str, calls: list[Call], read: int, written: int) -> Events:
    items: Events = [
        {
            "type": "function_call",
            "id": f"fc_{i}",
            "call_id": f"call_{i}",
            "name": call["name"],
            "arguments": json.dumps(call["arguments"]),
            "status": "completed",
        }
        for i, call in enumerate(calls)
    ]
    events: Events = []
    if text:
        items.insert(0, {"type": "message", "id": "msg_0", "role": "assistant", "content": []})
        items[0]["content"] = [{"type": "output_text", "text": text, "annotations": []}]
    for i, item in enumerate(items):
        empty = item | ({"content": []} if item["type"] == "message" else {"arguments": ""})
        events.append({"type": "response.output_item.added", "output_index": i, "item": empty})
        if item["type"] == "message":
            delta = {"type": "response.output_text.delta", "item_id": item["id"], "delta": text}
            events.append(delta | {"output_index": i, "content_index": 0})
        events.append({"type": "response.output_item.done", "output_index": i, "item": item})
    usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    response = {"id": "resp_0", "status": "completed", "output": items, "usage": usage}
    return [*events, {"type": "response.completed", "response": response}]


def _anthropic(text: str, calls: list[Call], read: int, written: int) -> Events:
    blocks: list[tuple[dict[str, Any], dict[str, Any]]] = []
    if text:
        blocks.append(({"type": "text", "text": ""}, {"type": "text_delta", "text": text}))
    for i, call in enumerate(calls):
        start = {"type": "tool_use", "id": f"toolu_{i}", "name": call["name"], "input": {}}
        part = {"type": "input_json_delta", "partial_json": json.dumps(call["arguments"])}
        blocks.append((start, part))
    usage = {"input_tokens": read, "output_tokens": 1}
    message = {"id": "msg_0", "type": "message", "role": "assistant", "content": []}
    events: Events = [{"type": "message_start", "message": message | {"usage": usage}}]
    for i, (start, delta) in enumerate(blocks):
        events += [
            {"type": "content_block_start", "index": i, "content_block": start},
            {"type": "content_block_delta", "index": i, "delta": delta},
            {"type": "content_block_stop", "index": i},
        ]
    reason = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": reason, "usage": {"output_tokens": written}})
    return [*events, {"type": "message_stop"}]


def _gemini(text: str, calls: list[Call], read: int, written: int) -> Events:
    parts: Events = [{"text": text}] if text else []
    parts += [{"functionCall": {"name": c["name"], "args": c["arguments"]}} for c in calls]
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
    usage = {"promptTokenCount": read, "candidatesTokenCount": written}
    return [{"candidates": [candidate], "usageMetadata": usage}]


_FORMATS: dict[str, Callable[[str, list[Call], int, int], Events]] = {
    "/chat/completions": _chat,
    "/responses": _responses,
    "/messages": _anthropic,
    ":streamGenerateContent": _gemini,
}


def _format_of(path: str) -> Callable[[str, list[Call], int, int], Events]:
    return next(make for part, make in _FORMATS.items() if part in path)
