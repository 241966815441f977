"""A stand-in for E2B. It cannot prove how E2B isolates, bills, starts or ends a sandbox: it only
speaks the protocol of E2B's library, as that library's own generated server side declares it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from e2b.envd.process import process_pb as pb
from e2b.envd.process.process_connect import Process, ProcessASGIApplication
from protobuf import Oneof
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from support.executors.cloud.box import Box, BoxProcess
from support.executors.cloud.serving import InThread

KEY = "e2b_" + "5" * 40
_EVENT = pb.ProcessEvent


@dataclass
class Rented:
    """A sandbox that lives."""

    box: Box
    token: str
    ends: asyncio.TimerHandle


@dataclass
class E2BService(InThread):
    """The stand-in, and what it was asked for."""

    created: list[dict[str, Any]] = field(default_factory=list)
    prolonged: list[int] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """The ids of sandboxes whose end was asked for."""
    received: list[bytes] = field(default_factory=list)
    """What was written to commands."""
    commands: list[pb.ProcessConfig] = field(default_factory=list)
    alive: dict[str, Rented] = field(default_factory=dict)
    failing: tuple[int, str] | None = None
    """Status and text with which the next sandboxes are refused."""
    slow_s: float = 0.0
    """How long it takes to make a sandbox."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v2/sandboxes", self._create, methods=["POST"]),
                Route("/sandboxes/{id}", self._end, methods=["DELETE"]),
                Route("/sandboxes/{id}/timeout", self._prolong, methods=["POST"]),
                Route("/health", self._health),
                Mount("/", ProcessASGIApplication(_Processes(self))),
            ]
        )

    def stop_all(self) -> None:
        for sandbox_id in list(self.alive):
            self.expire(sandbox_id)

    def expire(self, sandbox_id: str) -> None:
        """End a sandbox, as the service does when its time is over."""
        if (rented := self.alive.pop(sandbox_id, None)) is not None:
            rented.ends.cancel()
            rented.box.kill()

    def rented(self, headers: Any) -> Box:
        """The sandbox that a request to its envd is for."""
        rented = self.alive.get(headers.get("e2b-sandbox-id", ""))
        if rented is None:
            raise ConnectError(Code.UNAVAILABLE, "The sandbox was not found")
        if headers.get("x-access-token") != rented.token:
            raise ConnectError(Code.UNAUTHENTICATED, "A wrong access token")
        return rented.box

    async def _create(self, request: Request) -> Response:
        if request.headers.get("x-api-key") != KEY:
            return _refusal(401, "Invalid API key")
        if self.failing is not None:
            return _refusal(*self.failing)
        asked = await request.json()
        self.created.append(asked)
        await asyncio.sleep(self.slow_s)
        sandbox_id, token = f"i{uuid.uuid4().hex[:19]}", uuid.uuid4().hex
        self.alive[sandbox_id] = Rented(
            Box(asked.get("envVars") or {}), token, self._ends(sandbox_id, asked["timeout"])
        )
        made = {
            "templateID": asked["templateID"],
            "sandboxID": sandbox_id,
            "clientID": "stand-in",
            "envdVersion": "0.6.4",
            "envdAccessToken": token,
        }
        return JSONResponse(made, 201)

    def _ends(self, sandbox_id: str, life_s: int) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(life_s, self.expire, sandbox_id)

    async def _end(self, request: Request) -> Response:
        sandbox_id = request.path_params["id"]
        self.ended.append(sandbox_id)
        if request.headers.get("x-api-key") != KEY:
            return _refusal(401, "Invalid API key")
        if sandbox_id not in self.alive:
            return _refusal(404, "Not found")
        self.expire(sandbox_id)
        return Response(status_code=204)

    async def _prolong(self, request: Request) -> Response:
        rented = self.alive.get(request.path_params["id"])
        if rented is None:
            return _refusal(404, "Not found")
        life_s = (await request.json())["timeout"]
        self.prolonged.append(life_s)
        rented.ends.cancel()
        rented.ends = self._ends(request.path_params["id"], life_s)
        return Response(status_code=204)

    async def _health(self, request: Request) -> Response:
        is_there = request.headers.get("e2b-sandbox-id") in self.alive
        return Response(status_code=204 if is_there else 502)


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"code": status, "message": message}, status)


class _Processes(Process):
    """envd's service for processes, for all sandboxes; a header says which."""

    def __init__(self, service: E2BService) -> None:
        self._service = service
        self._by_pid: dict[tuple[int, int], BoxProcess] = {}

    async def start(self, request: pb.StartRequest, ctx: Any) -> AsyncIterator[pb.StartResponse]:
        box = self._service.rented(ctx.request_headers)
        asked = request.process
        assert asked is not None
        self._service.commands.append(asked)
        pid, process = await box.run([asked.cmd, *asked.args], asked.envs, asked.cwd)
        self._by_pid[id(box), pid] = process
        yield _event("start", _EVENT.StartEvent(pid=pid))
        said: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        readers = [
            asyncio.create_task(_read(said, kind, stream))
            for kind, stream in (("stdout", process.stdout), ("stderr", process.stderr))
        ]
        open_ends = 2
        while open_ends:
            kind, data = await said.get()
            if data:
                output: Any = Oneof(kind, data)
                yield _event("data", _EVENT.DataEvent(output=output))
            else:
                open_ends -= 1
        await asyncio.gather(*readers)
        code = await process.code
        if box not in [rented.box for rented in self._service.alive.values()]:
            raise ConnectError(Code.UNAVAILABLE, "the connection to the sandbox ended")
        end = _EVENT.EndEvent(exit_code=code, exited=code >= 0, status=f"exit {code}")
        yield _event("end", end)

    async def send_input(self, request: pb.SendInputRequest, ctx: Any) -> pb.SendInputResponse:
        data = request.input.input.value if request.input and request.input.input else b""
        self._service.received.append(data)
        self._found(request.process, ctx).stdin.write(data)
        return pb.SendInputResponse()

    async def send_signal(self, request: pb.SendSignalRequest, ctx: Any) -> pb.SendSignalResponse:
        raise ConnectError(Code.UNIMPLEMENTED, "Not needed")

    def _found(self, selector: Any, ctx: Any) -> BoxProcess:
        box = self._service.rented(ctx.request_headers)
        process = self._by_pid.get((id(box), selector.selector.value))
        if process is None or process.code.done():
            raise ConnectError(Code.NOT_FOUND, "process not found")
        return process


def _event(kind: Any, event: Any) -> pb.StartResponse:
    return pb.StartResponse(event=_EVENT(event=Oneof(kind, event)))


async def _read(
    said: asyncio.Queue[tuple[str, bytes]], kind: str, stream: asyncio.StreamReader
) -> None:
    while data := await stream.read(1 << 15):
        # Cut at an odd place, as a network does.
        for piece in (data[:-7], data[-7:]):
            if piece:
                said.put_nowait((kind, piece))
    said.put_nowait((kind, b""))
