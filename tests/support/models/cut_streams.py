"""Streams in every wire format that break off, and the ways in which they do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from support.models.model_asking import stream_of
from support.models.wire_replies import reply_in_format

PROXY_PAGE = b"<!DOCTYPE html><html><title>502 Bad Gateway</title><body>nginx</body></html>\n"

WAYS: dict[str, list[bytes | Exception]] = {
    "reset": [httpx.ReadError("Connection reset by peer")],
    "chunk": [httpx.RemoteProtocolError("incomplete chunked read")],
    "silence": [httpx.ReadTimeout("nothing came")],
    "end": [],
    "page": [PROXY_PAGE],
}
"""What comes in place of the rest of a stream."""


def cut(body: bytes, offset: int, way: str) -> httpx.Response:
    """A stream whose first ``offset`` bytes come, and that then breaks off."""
    if way == "page within":
        return stream_of(body[:offset], PROXY_PAGE, body[offset:])
    return stream_of(body[:offset], *WAYS[way])


def stream_in_format(request: httpx.Request, text: str) -> bytes:
    """The body of a reply that writes ``text`` in many pieces, in the format of the request."""
    events = reply_in_format(request, text).content.decode().split("\n\n")
    pieces = (piece for event in events if event for piece in _pieces(event, text))
    return "".join(f"{piece}\n\n" for piece in pieces).encode()


def _pieces(event: str, text: str) -> Iterator[str]:
    head, _, data = event.rpartition("data: ")
    quoted = json.dumps(text)
    is_whole = any(f'"{name}"' in data for name in ("response", "item", "part"))
    if data.count(quoted) != 1 or (is_whole and ".delta" not in head):
        yield event
        return
    for start in range(0, len(text), 7):
        piece = data.replace(quoted, json.dumps(text[start : start + 7]))
        is_last = start + 7 >= len(text)
        ends = piece if is_last else piece.replace('"finishReason": "STOP"', '"finishReason": null')
        yield f"{head}data: {ends}"


def offsets(body: bytes, number: int) -> Iterator[int]:
    """``number`` places in ``body``, from its first byte to its last but one."""
    for index in range(number):
        yield 1 + index * (len(body) - 2) // max(number - 1, 1)


def body_of(request: httpx.Request) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(request.content)
    return parsed
