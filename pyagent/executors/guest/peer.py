"""One living guest, seen from the trusted side: checks what it sends and answers its tool calls.

``lifecycle`` starts and ends a guest, ``remote`` runs steps in it. A guest is hostile: ids that
nobody waits for are ignored, and a guest that floods or breaks the protocol is killed.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from pyagent.channel import Channel
from pyagent.concurrency.sleeps import on_sleep
from pyagent.errors import AgentError, ChannelClosed, ProtocolError, SandboxLostError
from pyagent.executors.base import ExecutionEvent, ToolHandler
from pyagent.executors.guest.quota import Quota
from pyagent.protocol import (
    CheckpointRestored,
    CheckpointTaken,
    Display,
    ErrorInfo,
    Execute,
    Executed,
    FileContent,
    GuestReady,
    Output,
    PackageRequest,
    PackageResponse,
    Preload,
    ToGuest,
    ToolCall,
    ToolReturn,
)

logger = logging.getLogger(__name__)

MAX_TOOL_CALLS = 64
"""Calls that may wait for an answer at once."""

M = TypeVar("M")
Reply = FileContent | CheckpointTaken | CheckpointRestored
FetchPackage = Callable[[str], Awaitable[tuple[PackageResponse, bytes]]]
"""URL → response (its id does not matter) and body. A response with ``error`` is a refusal."""


class Connection(Protocol):
    """A new guest and the means to stop it. Each guest has its own."""

    @property
    def channel(self) -> Channel:
        """Carries ``ToGuest`` and ``FromGuest``. ``ChannelClosed`` says how the guest ended."""

    def interrupt(self) -> bool:
        """Ask the code to stop (``KeyboardInterrupt``). Returns False if that is not possible."""

    async def kill(self) -> None:
        """End the guest at once, whatever it does, and close the channel.

        Calling it twice is harmless.
        """


_END_WAIT_S = 1.0


class LateStartError(SandboxLostError):
    """The guest did not start in time; another one would not either."""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """The guest is gone."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Expired:
    """A time limit passed."""


QueuedEvent = ExecutionEvent | Lost | Expired


class Execution:
    """One step's code while it runs: its events, in order."""

    def __init__(self, execution_id: int, quota: Quota | None = None) -> None:
        self.id = execution_id
        self.events: asyncio.Queue[QueuedEvent] = asyncio.Queue()
        self._quota = quota or Quota()

    def put(self, event: QueuedEvent) -> None:
        """Add an event. Raises ``ProtocolError`` if the guest sends too much."""
        shown: QueuedEvent | None = event
        if isinstance(event, Output):
            self._quota.output(event)
        elif isinstance(event, Display):
            shown = self._quota.display(event)
        elif isinstance(event, Executed):
            self._quota.executed(event)
        if shown is not None:
            self.events.put_nowait(shown)


class Peer:
    """A guest behind a connection. Create it inside a running event loop."""

    def __init__(
        self, connection: Connection, *, on_tool: ToolHandler, fetch_package: FetchPackage | None
    ) -> None:
        self.lost: str | None = None
        self._connection = connection
        self._on_tool = on_tool
        self._fetch_package = fetch_package
        self._ready: asyncio.Future[GuestReady] = asyncio.get_running_loop().create_future()
        self._execution: Execution | None = None
        self._requests: dict[int, asyncio.Future[tuple[Reply, list[bytes]]]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)
        self._quota = Quota()
        self._preloads = False
        self._pump = asyncio.create_task(self._receive())

    async def ready(self, timeout_s: float) -> None:
        """Wait for the guest's first sign of life. Raises ``SandboxLostError``.

        After a sleep of the tab it has all the time once more.
        """
        slept: list[float] = []
        with on_sleep(slept.append):
            while True:
                slept.clear()
                try:
                    await asyncio.wait_for(asyncio.shield(self._ready), timeout_s)
                    return
                except TimeoutError:
                    if slept:
                        continue
                    await self.kill()
                    told = f"The sandbox did not start within {timeout_s:g} s."
                    raise LateStartError(told) from None

    def send(self, message: ToGuest, buffers: Sequence[bytes] = ()) -> None:
        """Send a message.

        Raises ``SandboxLostError``, and ``ProtocolError`` for what JSON cannot hold.
        """
        try:
            self._connection.channel.send(message, buffers)
        except ChannelClosed as error:
            raise SandboxLostError(self.lost or str(error)) from error

    async def ask(
        self, make: Callable[[int], ToGuest], buffers: Sequence[bytes] = ()
    ) -> tuple[Reply, list[bytes]]:
        """Send the message that ``make`` returns for a new id, and wait for the reply."""
        request_id = next(self._ids)
        if self.lost is not None:
            raise SandboxLostError(self.lost)
        reply = asyncio.get_running_loop().create_future()
        self._requests[request_id] = reply
        try:
            self.send(make(request_id), buffers)
            result: tuple[Reply, list[bytes]] = await reply
            return result
        finally:
            del self._requests[request_id]

    async def ended(self) -> None:
        """Wait until ``lost`` says why the guest is gone: its channel's end may not be read yet."""
        await asyncio.wait([self._pump], timeout=_END_WAIT_S)
        self._lose("its channel is closed")

    def preload(self, modules: Sequence[str]) -> None:
        """Let the guest import modules ahead of the next step, packages included."""
        self._preloads = True
        self.send(Preload(modules=list(modules)))

    def begin(self, execution_id: int, code: str) -> Execution:
        """Start a step: send its code."""
        self._quota = Quota()
        self._execution = execution = Execution(execution_id, self._quota)
        try:
            self.send(Execute(id=execution_id, code=code))
        except SandboxLostError as error:
            execution.events.put_nowait(Lost(reason=str(error)))
        return execution

    def end(self) -> None:
        """End the step: cancel its tool calls, for which nobody waits any longer."""
        self._execution = None
        self._preloads = False
        for task in self._serving:
            task.cancel()

    def interrupt(self) -> bool:
        """Ask the code to stop."""
        return self.lost is None and self._connection.interrupt()

    async def kill(self, reason: str = "it was ended") -> None:
        """End the guest, and fail everything that waits for it."""
        self._lose(reason)
        self._pump.cancel()
        await self._connection.kill()
        await asyncio.gather(self._pump, return_exceptions=True)

    async def _receive(self) -> None:
        channel = self._connection.channel
        try:
            while True:
                message, buffers = await channel.receive()
                is_awaited = self._waiting_for(message, buffers) is not None
                self._quota.message(buffers, is_awaited=is_awaited)
                self._dispatch(message, buffers)
        except ChannelClosed as error:
            self._lose(str(error))
        except ProtocolError as error:
            logger.warning("A sandbox broke the protocol: %s", error)
            self._lose(f"it broke the protocol ({error})")
        await self._connection.kill()

    def _dispatch(self, message: object, buffers: list[bytes]) -> None:
        match message:
            case Output() | Display() | Executed():
                if self._execution is not None and message.id == self._execution.id:
                    self._execution.put(message)
            case ToolCall():
                self._serve(self._answer_tool_call, message)
            case PackageRequest():
                self._serve(self._answer_package_request, message)
            case FileContent() | CheckpointTaken() | CheckpointRestored():
                waiting = self._waiting_for(message, buffers)
                if waiting is not None:
                    waiting.set_result((message, buffers))
                else:
                    self._quota.unasked(buffers)
            case GuestReady():
                if not self._ready.done():
                    self._ready.set_result(message)
            case _:
                raise ProtocolError(f"A guest sent a {type(message).__name__}.")

    def _waiting_for(
        self, message: object, buffers: list[bytes]
    ) -> asyncio.Future[tuple[Reply, list[bytes]]] | None:
        """The request of the host that a message answers; None if nobody waits for it."""
        if not isinstance(message, Reply) or len(buffers) > 1:
            return None
        waiting = self._requests.get(message.id)
        return None if waiting is None or waiting.done() else waiting

    def _serve(self, serve: Callable[[M], Coroutine[Any, Any, None]], question: M) -> None:
        """Answer a question in the background, if a step runs.

        Otherwise only a thread that a step left behind can ask, and it gets no answer. Packages may
        be needed for variables that are being restored and for the next step, too.
        """
        prepares = self._preloads or bool(self._requests)
        if self._execution is None and not (prepares and isinstance(question, PackageRequest)):
            return
        if len(self._serving) >= MAX_TOOL_CALLS:
            raise ProtocolError(f"The sandbox made more than {MAX_TOOL_CALLS} calls at once.")
        task = asyncio.create_task(serve(question))
        self._serving.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("A tool's handler failed.", exc_info=task.exception())

    async def _answer_tool_call(self, call: ToolCall) -> None:
        info = ErrorInfo(type="RuntimeError", message=f"{call.name}() failed on the host.")
        reply = ToolReturn(call_id=call.call_id, error=info)
        try:
            if refused := self._quota.call(call):
                reply = replace(reply, error=replace(info, message=refused))
            else:
                reply = await self._on_tool(call)
        finally:
            if self.lost is None and self._execution is not None:
                self._send_reply(call, reply)

    def _send_reply(self, call: ToolCall, reply: ToolReturn) -> None:
        try:
            self.send(reply)
        except ProtocolError as error:
            info = ErrorInfo(type="TypeError", message=f"{call.name}() returned: {error}")
            self.send(ToolReturn(call_id=call.call_id, error=info))

    async def _answer_package_request(self, request: PackageRequest) -> None:
        response, body = PackageResponse(id=request.id, status=0), b""
        if self._fetch_package is None:
            refused = "Packages cannot be installed here."
            response = PackageResponse(id=request.id, status=0, error=refused)
        else:
            try:
                got, body = await self._fetch_package(request.url)
            except AgentError as error:
                response = PackageResponse(id=request.id, status=0, error=str(error))
            except Exception:  # a mistake of ours; without an answer the code would wait for ever
                logger.exception("A package could not be fetched")
                failed = "The package could not be fetched."
                response = PackageResponse(id=request.id, status=0, error=failed)
            else:
                response = PackageResponse(
                    id=request.id,
                    status=got.status,
                    content_type=got.content_type,
                    error=got.error,
                )
        if self.lost is None:
            self.send(response, [body])

    def _lose(self, reason: str) -> None:
        if self.lost is not None:
            return
        self.lost = reason
        error = SandboxLostError(f"The sandbox is gone: {reason}")
        waits: list[asyncio.Future[Any]] = [self._ready, *self._requests.values()]
        for waiting in waits:
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # asyncio must not warn if nobody asks for the result
        if self._execution is not None:
            self._execution.events.put_nowait(Lost(reason=reason))
        for task in self._serving:
            task.cancel()
