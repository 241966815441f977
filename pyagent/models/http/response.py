"""A server's response, read as payloads however the network split them.

``client`` makes it. httpx-sse reads server-sent events. The body itself says whether it is a stream
of events or JSON, because many servers send the wrong content type. The size is bounded here, so
that no server can fill the memory.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, nullcontext

import httpx
from httpx_sse import EventSource, ServerSentEvent

from pyagent.errors import ProtocolError, StreamError
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.explain import BrokenConnection, explain_wrong_reply
from pyagent.models.http.network import Network
from pyagent.models.http.payloads import END, LongestSilence
from pyagent.wire import parse_json

MAX_REPLY_BYTES = 64 * 1024 * 1024


_START_BYTES = 16
"""More than a body needs to show what it is."""
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*"
    rb"(?:(?P<json>[{\[])|(?P<page><)|(?P<events>:|(?:data|event|id|retry)[ \t]?[:\r\n]))"
)
_INDENT = re.compile(rb"(?<=[\r\n])[ \t]+")
_PAGE = re.compile(
    rb"(?:\A|[\r\n])(?!(?:(?:event|id|retry)?[ \t]?:|data[ \t]?:[ \t]*[{\[]))[^\r\n]*?"
    rb"<(?:!doctype|/?(?:html|head|body|title))\b",
    re.IGNORECASE,
)
"""A web page in a line that is no field of an event, or in data that is no JSON."""
_LINE_BYTES = 200
"""How much of a line we keep to see what it is."""
_END = re.compile(r"[\"'\[< ]*(?:DONE|done)[\"'\]> ]*")


class Response:
    """A response whose body is read once, by ``payloads`` or by ``text``."""

    def __init__(self, endpoint: Endpoint, response: httpx.Response) -> None:
        self.is_success = response.is_success
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._endpoint = endpoint
        self._response = response
        self._pieces = self._bounded()
        self._longest_silence: LongestSilence = lambda: None
        self._network: Network | None = None
        self._has_ended = False

    async def payloads(
        self, longest_silence: LongestSilence, network: Network
    ) -> AsyncGenerator[str, None]:
        """The payloads of a stream, or those of a server that does not stream.

        Raises ``BrokenConnection`` after a silence that is too long; once ``network`` hears that it
        is gone, that is soon.
        """
        self._longest_silence = longest_silence
        self._network = None if self._endpoint.is_local else network
        start, kind = await self._start()
        content_type = self.headers.get("content-type", "")
        if kind is None:
            is_stream = "event-stream" in content_type or not content_type
            kind = "events" if is_stream else "json" if "json" in content_type else "page"
        if kind == "page":
            raise explain_wrong_reply(self._endpoint, content_type, await self._rest(start))
        if kind == "json":
            for payload in _values(await self._rest(start)):
                yield payload
            return
        headers = {"content-type": "text/event-stream"}
        stream = httpx.Response(200, headers=headers, content=self._with_end(start))
        stream.encoding = "utf-8-sig"
        async with aclosing(EventSource(stream).aiter_sse()) as events:
            async for event in events:
                for payload in _payloads(event):
                    if not self._has_ended or _is_whole(payload):
                        yield payload

    async def text(self) -> str:
        return await self._rest(b"")

    async def _start(self) -> tuple[bytes, str | None]:
        """The first bytes of the body, and what they show it to be."""
        start = b""
        async for piece in self._pieces:
            start = (start + piece).lstrip()
            found = _START.match(start)
            if found is not None:
                return start, found.lastgroup
            if len(start) >= _START_BYTES:
                break
        return start, None

    async def _rest(self, start: bytes) -> str:
        body = start + b"".join([piece async for piece in self._pieces])
        return body.decode("utf-8-sig", "replace")

    async def _with_end(self, start: bytes) -> AsyncIterator[bytes]:
        """The body without spaces before its lines, and with an empty line at its end.

        Some servers indent the fields of events, or leave out the empty line. A proxy that fails
        puts its error page in the middle, where a part of the reply is then missing.
        """
        plain = _INDENT.sub(b"", start)
        line = _checked_line(b"", plain)
        yield plain
        begins_line = start[-1:] in (b"\r", b"\n", b"")
        async for piece in self._pieces:
            plain = _INDENT.sub(b"", piece.lstrip(b" \t") if begins_line else piece)
            begins_line = plain[-1:] in (b"\r", b"\n") if plain else begins_line
            line = _checked_line(line, plain)
            yield plain
        self._has_ended = True
        yield b"\n\n"

    async def _bounded(self) -> AsyncIterator[bytes]:
        size = 0
        pieces = aiter(self._response.aiter_bytes())
        while (piece := await self._next(pieces)) is not None:
            size += len(piece)
            if size > MAX_REPLY_BYTES:
                raise StreamError(
                    f"{self._endpoint.host} sent more than {MAX_REPLY_BYTES >> 20} MB as one"
                    " reply.",
                    advice="Check the base URL.",
                )
            yield piece

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        limit_s = self._longest_silence()
        if self._network is None and limit_s is None:
            return await anext(pieces, None)
        try:
            async with asyncio.timeout(limit_s) as limit:
                with self._network.reading(limit) if self._network else nullcontext():
                    return await anext(pieces, None)
        except TimeoutError:
            raise BrokenConnection("timeout", "nothing came for too long") from None


def _checked_line(line: bytes, piece: bytes) -> bytes:
    """The start of the line that ``piece`` leaves open; ``line`` is the one that was open before.

    Raises ``BrokenConnection`` if a web page came among the events.
    """
    text = line + piece
    if b"<" in piece and _PAGE.search(text):
        raise BrokenConnection("closed", "a web page came in the middle of the reply")
    end = max(text.rfind(b"\n"), text.rfind(b"\r"))
    return text[end + 1 : end + 1 + _LINE_BYTES]


def _payloads(event: ServerSentEvent) -> Iterator[str]:
    """The payloads in an event; none in one that only keeps the connection open."""
    data = event.data.strip()
    if event.event == "error" and data:
        yield _problem(data)
    elif _END.fullmatch(data):
        yield END
    elif data[:1] in ("{", "["):
        yield from _lines(data)


def _lines(data: str) -> Iterator[str]:
    """The objects in ``data``, if each has a line of its own, or else ``data``."""
    lines = [line for line in data.split("\n") if line.strip()]
    several = len(lines) > 1 and all(line.lstrip()[:1] in ("{", "[") for line in lines)
    for line in lines if several else [data]:
        if _END.fullmatch(line.strip()):
            yield END
        else:
            yield from _unpacked(line)


def _unpacked(payload: str) -> Iterator[str]:
    """The objects in a payload that is a list of them, none if it is empty, or else ``payload``."""
    try:
        values = parse_json(payload, keeps_halves=True) if payload.lstrip()[:1] == "[" else None
    except ProtocolError:
        values = None
    if isinstance(values, list) and all(isinstance(one, dict | None) for one in values):
        yield from (json.dumps(one) for one in values if one is not None)
    else:
        yield payload


def _problem(data: str) -> str:
    """The payload for an event that is named an error. Not all servers say so in its data."""
    try:
        told = parse_json(data)
    except ProtocolError:
        told = data
    is_told = isinstance(told, dict) and (told.get("error") or told.get("type") == "error")
    return data if is_told else json.dumps({"error": told or "no reason is given"})


def _values(text: str) -> Iterator[str]:
    """The payloads of a body that is JSON: an object, a list of objects, or an object a line."""
    if text.lstrip()[:1] != "[":
        yield from _lines(text)
        return
    payloads = list(_unpacked(text))
    yield from payloads or [text]


def _is_whole(payload: str) -> bool:
    """Whether the last payload of a body has come whole."""
    try:
        return payload == END or isinstance(parse_json(payload), dict)
    except ProtocolError:
        return False
