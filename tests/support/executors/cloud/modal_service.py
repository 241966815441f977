"""A stand-in for Modal. It cannot prove how Modal isolates, bills, starts or ends a sandbox, nor
that an image builds: it only speaks the protocol of Modal's library, by its own server classes.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpclib.server
import modal
from grpclib import GRPCError, Status
from modal_proto import api_pb2, task_command_router_pb2
from modal_proto.api_grpc import ModalClientBase
from modal_proto.task_command_router_grpc import TaskCommandRouterBase

from support.executors.cloud.box import Box, BoxProcess
from support.executors.cloud.serving import InThread

TOKEN_ID, TOKEN_SECRET = "ak-" + "5" * 22, "as-" + "6" * 22
_router = task_command_router_pb2
_OUT = _router.TASK_EXEC_STDIO_FILE_DESCRIPTOR_STDOUT


@dataclass
class Rented:
    """A sandbox that lives."""

    box: Box
    ends: asyncio.TimerHandle
    idle_s: int
    commands: dict[str, Command] = field(default_factory=dict)
    idle: asyncio.TimerHandle | None = None


@dataclass
class Command:
    """A command in a sandbox, and all that it wrote: readers may come back to an offset."""

    process: BoxProcess
    out: bytearray = field(default_factory=bytearray)
    grown: asyncio.Condition = field(default_factory=asyncio.Condition)
    has_ended: bool = False
    taken: int = 0
    """How many bytes of stdin were taken."""
    reading: asyncio.Task[None] | None = None


@dataclass
class ModalService(InThread):
    """The stand-in, and what it was asked for."""

    created: list[Any] = field(default_factory=list)
    started: list[Any] = field(default_factory=list)
    images: list[Any] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    alive: dict[str, Rented] = field(default_factory=dict)
    failing: tuple[Status, str] | None = None
    slow_s: float = 0.0

    async def serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        routed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        routed.bind(("127.0.0.1", 0))
        routed.listen(128)
        self.router_url = f"http://127.0.0.1:{routed.getsockname()[1]}"
        control = _Server([_filled(ModalClientBase, _Control(self))])
        router = _Server([_filled(TaskCommandRouterBase, _Router(self))])
        await control.start(sock=listening)
        await router.start(sock=routed)
        await stop.wait()
        for server in (control, router):
            server.close()
            server.drop_connections()
        await asyncio.sleep(0.05)
        routed.close()

    def __exit__(self, *ended: object) -> None:
        modal.Client.from_env().close()  # all sandboxes share this client of the library
        super().__exit__(*ended)

    def stop_all(self) -> None:
        for sandbox_id in list(self.alive):
            self.expire(sandbox_id)

    def expire(self, sandbox_id: str) -> None:
        """End a sandbox, as the service does when its time is over."""
        if (rented := self.alive.pop(sandbox_id, None)) is not None:
            rented.ends.cancel()
            if rented.idle is not None:
                rented.idle.cancel()
            rented.box.kill()

    def rest(self, sandbox_id: str) -> None:
        """Let the idle time of a sandbox run while it has no command."""
        rented = self.alive.get(sandbox_id)
        if rented is not None and rented.idle_s:
            if rented.idle is not None:
                rented.idle.cancel()
            if all(command.has_ended for command in rented.commands.values()):
                loop = asyncio.get_running_loop()
                rented.idle = loop.call_later(rented.idle_s, self.expire, sandbox_id)


class _Server(grpclib.server.Server):
    """A server that can let go of clients that keep their connections."""

    def drop_connections(self) -> None:
        for protocol in getattr(self, "_protocols", []):
            if (connection := getattr(protocol, "connection", None)) is not None:
                connection.close()

    def _protocol_factory(self) -> Any:
        protocol = super()._protocol_factory()
        self._protocols = [*getattr(self, "_protocols", []), protocol]
        return protocol


class _Control:
    """Modal's control plane."""

    def __init__(self, service: ModalService) -> None:
        self._service = service

    async def ClientHello(self, asked: Any) -> Any:
        return api_pb2.ClientHelloResponse(image_builder_version="2025.06")

    async def AuthTokenGet(self, asked: Any) -> Any:
        return api_pb2.AuthTokenGetResponse(token=_token())

    async def EnvironmentGetOrCreate(self, asked: Any) -> Any:
        settings = api_pb2.EnvironmentSettings(image_builder_version="2025.06")
        return api_pb2.EnvironmentGetOrCreateResponse(
            environment_id="en-1",
            metadata=api_pb2.EnvironmentMetadata(name="main", settings=settings),
        )

    async def AppGetOrCreate(self, asked: Any) -> Any:
        return api_pb2.AppGetOrCreateResponse(app_id="ap-1")

    async def ImageGetOrCreate(self, asked: Any) -> Any:
        self._service.images.append(asked)
        success = api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)
        return api_pb2.ImageGetOrCreateResponse(image_id="im-1", result=success)

    async def SandboxCreateV2(self, asked: Any) -> Any:
        service = self._service
        if service.failing is not None:
            raise GRPCError(*service.failing)
        service.created.append(asked)
        await asyncio.sleep(service.slow_s)
        sandbox_id = f"sb-{uuid.uuid4().hex[:20]}"
        env: dict[str, str] = {}
        for source in asked.secret_sources:
            env.update(source.env.contents)
        life_s = asked.definition.timeout_secs
        service.alive[sandbox_id] = Rented(
            Box(env),
            asyncio.get_running_loop().call_later(life_s, service.expire, sandbox_id),
            asked.definition.idle_timeout_secs,
        )
        service.rest(sandbox_id)
        return api_pb2.SandboxCreateV2Response(sandbox_id=sandbox_id, task_id=f"ta-{sandbox_id}")

    async def SandboxGetCommandRouterAccess(self, asked: Any) -> Any:
        return api_pb2.SandboxGetCommandRouterAccessResponse(
            url=self._service.router_url, jwt=_token()
        )

    async def SandboxTerminateV2(self, asked: Any) -> Any:
        self._service.ended.append(asked.sandbox_id)
        self._service.expire(asked.sandbox_id)
        return api_pb2.SandboxTerminateResponse()


class _Router:
    """The worker at which commands are run."""

    def __init__(self, service: ModalService) -> None:
        self._service = service

    async def TaskExecStart(self, asked: Any) -> Any:
        rented = self._rented(asked)
        self._service.started.append(asked)
        env: dict[str, str] = {}
        for source in asked.secret_sources:
            env.update(source.env.contents)
        _, process = await rented.box.run(asked.command_args, env, asked.workdir)
        command = rented.commands[asked.exec_id] = Command(process)
        self._service.rest(asked.task_id.removeprefix("ta-"))
        command.reading = asyncio.create_task(self._read(asked.task_id[3:], command))
        return _router.TaskExecStartResponse()

    async def _read(self, sandbox_id: str, command: Command) -> None:
        while data := await command.process.stdout.read(1 << 16):
            command.out += data
            async with command.grown:
                command.grown.notify_all()
        await command.process.code
        command.has_ended = True
        async with command.grown:
            command.grown.notify_all()
        self._service.rest(sandbox_id)

    async def TaskExecStdinWrite(self, asked: Any) -> Any:
        command = self._command(asked)
        self._service.received.append(asked.data)
        if asked.offset != command.taken:
            raise GRPCError(Status.INVALID_ARGUMENT, f"offset {asked.offset}, not {command.taken}")
        command.taken += len(asked.data)
        command.process.stdin.write(asked.data)
        return _router.TaskExecStdinWriteResponse()

    async def TaskExecStdioRead(self, stream: Any) -> None:
        asked = await stream.recv_message()
        command, at = self._command(asked), asked.offset
        while asked.file_descriptor == _OUT:
            data = await self._after(command, at)
            if not data:
                return
            at += len(data)
            await stream.send_message(_router.TaskExecStdioReadResponse(data=data))

    async def _after(self, command: Command, at: int) -> bytes:
        """What a command wrote after that offset; empty at its end."""
        async with command.grown:
            await command.grown.wait_for(lambda: len(command.out) > at or command.has_ended)
        return bytes(command.out[at : at + (1 << 16)])

    async def TaskExecWait(self, asked: Any) -> Any:
        code = await self._command(asked).process.code
        if code < 0:
            return _router.TaskExecWaitResponse(signal=-code)
        return _router.TaskExecWaitResponse(code=code)

    def _rented(self, asked: Any) -> Rented:
        rented = self._service.alive.get(asked.task_id.removeprefix("ta-"))
        if rented is None:
            raise GRPCError(Status.NOT_FOUND, "There is no such task")
        return rented

    def _command(self, asked: Any) -> Command:
        command = self._rented(asked).commands.get(asked.exec_id)
        if command is None:
            raise GRPCError(Status.NOT_FOUND, "There is no such command")
        return command


def _token() -> str:
    expires = urlsafe_b64encode(json.dumps({"exp": time.time() + 3600}).encode()).decode()
    return f"e30.{expires}.e30"


def _filled(base: type, own: Any) -> Any:
    """A service whose methods are those of ``own``; what nobody wrote is not implemented."""
    methods = {name: _method(own, name) for name in base.__abstractmethods__}
    return type("Filled", (base,), methods)()


def _method(own: Any, name: str) -> Callable[[Any, Any], Any]:
    async def method(_: Any, stream: Any) -> None:
        if isinstance(own, _Control):
            sent = (
                stream.metadata.get("x-modal-token-id"),
                stream.metadata.get("x-modal-token-secret"),
            )
            if sent != (TOKEN_ID, TOKEN_SECRET):
                raise GRPCError(Status.UNAUTHENTICATED, "Token is not known")
        if not hasattr(own, name):
            raise GRPCError(Status.UNIMPLEMENTED, f"The stand-in has no {name}")
        if name == "TaskExecStdioRead":
            await own.TaskExecStdioRead(stream)
        else:
            await stream.send_message(await getattr(own, name)(await stream.recv_message()))

    return method
