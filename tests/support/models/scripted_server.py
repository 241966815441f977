"""An OpenAI-compatible server that replies from a script and really streams, for tests.

It runs in a thread, on its own port, for clients in this process and for pages in a browser.
Streams are cut at awkward places: inside UTF-8 characters, between ``\\r`` and ``\\n``, in the
middle of words, and with several events in one piece.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle, repeat
from typing import Any

CUT = object()
"""A piece of a reply at which the connection is dropped without notice."""

PAUSE_S = 0.002
"""Pause between two pieces: enough for the kernel to deliver them one by one."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client sent. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    peer: str = ""
    """Address and port of the client: one for each connection."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The server's answer; floats among the pieces are pauses in seconds."""

    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Sequence[Any] = ()


@dataclass(frozen=True, kw_only=True)
class Cors:
    """What the server allows pages to do; ``Cors(origin="")`` refuses every page."""

    origin: str = "*"
    headers: str = "*"
    """Allowed request headers, comma-separated; ``*`` allows those that the page names."""
    expose: str = ""


# --- replies ---------------------------------------------------------------------------------


def streamed(text: str, *, usage: bool = True, done: bool = True, end: str = "\r\n") -> Reply:
    """A complete reply, as a stream that is cut awkwardly."""
    data = ": a comment" + end * 2 + _events(text, end)
    data += _event(_chunk("", "stop"), end)
    if usage:
        counts = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        data += _event({"choices": [], "usage": counts}, end)
    if done:
        data += f"data: [DONE]{end}{end}"
    return Reply(pieces=list(awkward_pieces(data.encode())))


def cut_off(text: str, *, bluntly: bool = True) -> Reply:
    """A reply that breaks off: the connection drops, or closes as if the reply were complete."""
    pieces = list(awkward_pieces(_events(text, "\n").encode()))
    return Reply(pieces=[*pieces, CUT] if bluntly else pieces)


def endless(text: str, *, pause_s: float = 0.02) -> Reply:
    """The text, repeated until the client goes away."""
    return Reply(pieces=_Endless(_events(text, "\n").encode(), pause_s))


def malformed() -> Reply:
    """A stream whose data is not JSON."""
    return Reply(pieces=[b'data: {"choices": [{"delta"\n\n'])


def failing_midway(text: str, message: str) -> Reply:
    """A reply that ends with an error event."""
    error = _event({"error": {"message": message, "code": 502}}, "\n")
    return Reply(pieces=list(awkward_pieces((_events(text, "\n") + error).encode())))


def unstreamed(text: str) -> Reply:
    """A complete reply as one JSON object."""
    message = {"role": "assistant", "content": text}
    body = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5},
    }
    return Reply(content_type="application/json", pieces=[json.dumps(body).encode()])


def refused(
    status: int, message: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Reply:
    """An error in OpenAI's shape."""
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return Reply(
        status=status, content_type="application/json", headers=headers or {}, pieces=[body]
    )


def web_page(status: int = 200) -> Reply:
    """The answer of a wrong address."""
    page = b"<!DOCTYPE html><html><head><title>Welcome to the router</title></head></html>"
    return Reply(status=status, content_type="text/html; charset=utf-8", pieces=[page])


def awkward_pieces(data: bytes) -> Iterator[bytes]:
    """``data`` in pieces of very different sizes, with cuts inside characters and line ends."""
    start = 0
    for length in cycle((1, 7, 40, 300)):
        if start >= len(data):
            return
        end = min(start + length, len(data))
        for at in range(start + 1, end):
            if data[at - 1 : at + 1] == b"\r\n" or data[at] & 0xC0 == 0x80:
                end = at
                break
        yield data[start:end]
        start = end


def _events(text: str, end: str) -> str:
    words = text.split(" ")
    parts = [word if i == 0 else " " + word for i, word in enumerate(words)]
    return "".join(_event(_chunk(part), end) for part in parts)


def streamed_event(text: str, finish_reason: str | None = None) -> bytes:
    """One event of a stream."""
    return _event(_chunk(text, finish_reason), "\n").encode()


def _event(data: Any, end: str) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}{end}{end}"


def _chunk(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    delta = {"content": text}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


class _Endless(Sequence[Any]):
    def __init__(self, piece: bytes, pause_s: float) -> None:
        self._pair = (piece, pause_s)

    def __getitem__(self, index: Any) -> Any:
        return self._pair[index % 2]

    def __len__(self) -> int:
        return 1 << 30


# --- the server ------------------------------------------------------------------------------


class ScriptedServer:
    """Answers each chat request with the next reply, or with what a function of it returns.

    A context manager. ``requests`` holds the chat requests and ``preflights`` the browsers'
    questions before them. ``gone`` is set when a client left before its reply was complete.
    """

    def __init__(
        self,
        replies: Iterable[Reply] | Callable[[Request], Reply],
        *,
        cors: Cors | None = None,
        models: Sequence[str] = ("scripted",),
    ) -> None:
        self._answer = replies if callable(replies) else _in_turn(replies)
        self._cors = cors or Cors()
        self._models = models
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="scripted-server", daemon=True)
        self._started = threading.Event()
        self.requests: list[Request] = []
        self.preflights: list[Request] = []
        self.gone = threading.Event()
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        assert self._started.wait(10), "the server did not start"
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            peer = writer.get_extra_info("peername")
            while request := await _read_request(reader, str(peer)):
                if not await self._respond(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            self.gone.set()
        except asyncio.CancelledError:
            pass  # the server stops
        finally:
            writer.close()

    async def _respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Returns False if the connection should be dropped."""
        cors = self._cors_headers(request)
        if request.method == "OPTIONS":
            self.preflights.append(request)
            await _write(writer, Reply(status=204 if cors else 403), cors)
            return True
        if request.method == "GET" and request.path.endswith("/models"):
            body = json.dumps({"object": "list", "data": [{"id": name} for name in self._models]})
            reply = Reply(content_type="application/json", pieces=[body.encode()])
            return await _write(writer, reply, cors)
        self.requests.append(request)
        return await _write(writer, self._answer(request), cors)

    def _cors_headers(self, request: Request) -> dict[str, str]:
        asked = request.headers.get("access-control-request-headers", "")
        allowed = {name.strip().lower() for name in self._cors.headers.split(",")}
        refused = {name.strip().lower() for name in asked.split(",") if name.strip()} - allowed
        if not self._cors.origin or (refused and self._cors.headers != "*"):
            return {}
        return {
            "access-control-allow-origin": self._cors.origin,
            "access-control-allow-headers": asked,
            "access-control-allow-methods": "GET, POST, OPTIONS",
            "access-control-allow-private-network": "true",
            "access-control-expose-headers": self._cors.expose,
        }


def _in_turn(replies: Iterable[Reply]) -> Callable[[Request], Reply]:
    script = chain(replies, repeat(refused(500, "The script has no more replies.")))
    return lambda _: next(script)


async def _read_request(reader: asyncio.StreamReader, peer: str) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method=method, path=path, headers=headers, body=body, peer=peer)


async def _write(writer: asyncio.StreamWriter, reply: Reply, cors: dict[str, str]) -> bool:
    headers = {"content-type": reply.content_type, **reply.headers, **cors}
    if reply.status != 204:
        headers["transfer-encoding"] = "chunked"
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    for piece in reply.pieces:
        if piece is CUT:
            await writer.drain()
            return False
        if isinstance(piece, float):
            await asyncio.sleep(piece)
            continue
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(PAUSE_S)
    if reply.status != 204:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True
