"""Drives a guest over a connection: deadlines, kills, restarts, checkpoints, tools, files.

Every executor that runs code elsewhere is this class with its own ``connect``. It lives on one
event loop, needs no threads, and trusts nothing that a guest says.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

from pyagent.errors import AgentError, ExecutorError, FileError, SandboxLostError
from pyagent.executors.base import ExecutionEvent, Executor, ToolHandler
from pyagent.executors.deadline import Deadline
from pyagent.executors.peer import Connection, Expired, FetchPackage, Lost, Peer, Run
from pyagent.executors.saved import Saved
from pyagent.protocol import (
    CheckpointRestored,
    CheckpointTaken,
    DefineTools,
    ErrorInfo,
    Executed,
    FileContent,
    Json,
    Output,
    ReadFile,
    RestoreCheckpoint,
    SetVariables,
    TakeCheckpoint,
    ToolCall,
    ToolReturn,
    ToolStub,
    WriteFile,
)
from pyagent.sandbox.files import MAX_FILE_BYTES, check_relative

Connect = Callable[[], Awaitable[Connection]]
"""Makes a fresh guest. Called for the first one and after every kill. Raises ``ExecutorError``."""

_CHECKPOINT_WAIT_S = 10.0
_STOP_WAIT_S = 0.3
_RESTORE_WAIT_S = 20.0


class RemoteExecutor(Executor):
    """An executor whose guest is reached by ``connect``.

    ``fetch_package`` serves the guest's installer. ``files_survive`` says that a new guest finds
    the files of the old one, so that they need not be brought again.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        fetch_package: FetchPackage | None = None,
        files_survive: bool = False,
        start_timeout_s: float = 60.0,
    ) -> None:
        self._connect = connect
        self._fetch_package = fetch_package
        self._start_timeout_s = start_timeout_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._peer: Peer | None = None
        self._starting: asyncio.Task[Peer] | None = None
        self._saving: asyncio.Task[None] | None = None
        self._running = False
        self._ids = itertools.count(1)
        self._tools: list[ToolStub] = []
        self._told = self._tools
        """Those that the guest knows of."""
        self._handler: ToolHandler = _no_tools
        self._saved = Saved(files_survive=files_survive)
        self._owns_files = True
        """False where the work folder is a person's own, which no checkpoint takes or changes."""
        self._notes: list[str] = []
        self._deadline: Deadline | None = None

    async def start(self) -> None:
        await self._ready()

    async def define_tools(self, tools: Sequence[ToolStub], handler: ToolHandler) -> None:
        # The guest is told when it is needed, so that it can start while the model is asked.
        self._tools, self._handler = list(tools), handler
        self._start_soon()

    async def set_variables(self, variables: Mapping[str, Json]) -> None:
        peer = await self._ready()
        peer.send(SetVariables(variables=dict(variables)))
        self._saved.bind(variables)

    async def execute(
        self, code: str, *, deadline_s: float | None = None
    ) -> AsyncIterator[ExecutionEvent]:
        if self._running:
            raise ExecutorError("This executor is running code already; one step at a time.")
        self._running = True
        run_id = next(self._ids)
        try:
            peer = await self._ready()
            started = asyncio.get_running_loop().time()
            for note in self._take_notes():
                yield Output(id=run_id, stream="stderr", text=note)
            hung = await self._finish_saving(peer, deadline_s)
            if hung is not None:
                yield Executed(id=run_id, error=hung)
                return
            run = peer.begin(run_id, code)
            left = deadline_s
            if deadline_s is not None:
                left = deadline_s - (asyncio.get_running_loop().time() - started)
            self._deadline = Deadline(left, partial(run.put, Expired()))
            ended = False
            try:
                async for event in self._follow(peer, run, deadline_s):
                    ended = isinstance(event, Executed)
                    yield event
            finally:
                self._deadline.cancel()
                if not ended:
                    await self._stop(peer, run)
        finally:
            self._running = False

    def hold_deadline(self) -> AbstractContextManager[None]:
        return self._deadline.hold() if self._deadline is not None else nullcontext()

    async def write_file(self, path: str, data: bytes) -> None:
        check_relative(path)
        if len(data) > MAX_FILE_BYTES:
            raise FileError(
                f"{path} has {len(data):,} bytes; the code can be given at most {MAX_FILE_BYTES:,}."
            )
        peer = await self._ready()
        peer.send(WriteFile(path=path), [data])
        self._saved.add_file(path, data)

    async def read_file(self, path: str) -> bytes:
        check_relative(path)
        peer = await self._ready()
        reply, buffers = await peer.ask(lambda i: ReadFile(id=i, path=path))
        if not isinstance(reply, FileContent) or reply.error or len(buffers) != 1:
            reason = reply.error if isinstance(reply, FileContent) else ""
            raise FileError(reason or f"{path} could not be read.")
        if len(buffers[0]) > MAX_FILE_BYTES:
            raise FileError(f"{path} is larger than {MAX_FILE_BYTES:,} bytes.")
        return buffers[0]

    async def checkpoint(self) -> bytes:
        is_there = self._peer is not None or self._starting is not None
        if is_there and not self._running:
            await self._finish_saving(await self._ready(), None)
            peer, with_files = await self._ready(), self._owns_files
            reply, buffers = await peer.ask(lambda i: TakeCheckpoint(id=i, with_files=with_files))
            if isinstance(reply, CheckpointTaken) and buffers:
                return buffers[0]
        return self._saved.checkpoint

    def restore(self, checkpoint: bytes) -> None:
        if self._peer is not None or self._starting is not None:
            raise ExecutorError("The sandbox is there already; restore comes before its first use.")
        self._saved.take(checkpoint, {})

    async def reset(self) -> None:
        await self._forget()
        self._start_soon()

    async def aclose(self) -> None:
        await self._forget()
        self._loop = None

    async def _forget(self) -> None:
        await self._drop_guest()
        self._saved.clear()
        self._notes.clear()

    # --- a step --------------------------------------------------------------------------------

    async def _follow(
        self, peer: Peer, run: Run, deadline_s: float | None
    ) -> AsyncIterator[ExecutionEvent]:
        loop = asyncio.get_running_loop()
        expired = False
        while True:
            event = await run.events.get()
            if isinstance(event, Expired):
                assert deadline_s is not None
                if not expired and peer.interrupt():
                    loop.call_later(min(0.1 * deadline_s, 2.0), run.put, event)
                else:
                    await peer.kill("it ran too long")
                expired = True
            elif isinstance(event, Lost):
                reason = f"The sandbox died: {event.reason}."
                if expired:
                    reason = f"The code ran longer than {deadline_s:g} s and could not be stopped."
                error = "TimeoutError" if expired else "SandboxLost"
                yield Executed(id=run.id, error=self._recover(peer, error, reason))
                return
            elif isinstance(event, Executed):
                self._finish(peer, event)
                if expired and deadline_s is not None and event.answer is None:
                    event = replace(event, value=None, error=_timeout(event.error, deadline_s))
                yield event
                return
            else:
                yield event

    def _finish(self, peer: Peer, executed: Executed) -> None:
        """A step ended in a living guest: keep what it bound, during the model's time."""
        peer.end()
        self._saved.note_bound(executed.variables)
        self._saving = asyncio.create_task(self._save(peer))

    async def _stop(self, peer: Peer, run: Run) -> None:
        """Nobody wants the step any longer: end it within a second."""
        if peer.interrupt():
            try:
                async with asyncio.timeout(_STOP_WAIT_S):
                    while True:
                        event = await run.events.get()
                        if isinstance(event, Executed):
                            self._finish(peer, event)
                            return
                        if isinstance(event, Lost):
                            break
            except TimeoutError:
                pass
        await peer.kill("the step was stopped")
        info = self._recover(peer, "SandboxLost", "The last step was stopped by force.")
        self._notes.append(info.message + "\n")

    # --- the guest's life ----------------------------------------------------------------------

    async def _ready(self) -> Peer:
        self._start_soon()
        if self._starting is not None:
            starting = self._starting
            try:
                await asyncio.shield(starting)
            finally:
                self._take(starting)  # also when this is cancelled just as the guest is there
        assert self._peer is not None
        if self._told is not self._tools:
            self._tell_tools(self._peer)
        return self._peer

    def _take(self, starting: asyncio.Task[Peer]) -> None:
        """The guest that was being started is there, or will never be."""
        if starting.done() and self._starting is starting:
            self._starting = None
            if not starting.cancelled() and starting.exception() is None:
                self._peer = starting.result()

    def _start_soon(self) -> None:
        """Start a guest in the background when there is none."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ExecutorError(
                "This executor belongs to another event loop. "
                "Use one executor from run() or from arun(), or close it in between."
            )
        if self._peer is not None and self._peer.lost is not None and self._starting is None:
            note = self._recover(
                self._peer, "SandboxLost", f"The sandbox died between steps: {self._peer.lost}."
            )
            self._notes.append(note.message + "\n")
        self._start_when_none()

    def _start_when_none(self) -> None:
        if self._starting is None and self._peer is None:
            self._starting = asyncio.create_task(self._start_guest())
            self._starting.add_done_callback(_seen)

    def _tell_tools(self, peer: Peer) -> None:
        peer.send(DefineTools(tools=self._tools))
        self._told = self._tools

    async def _start_guest(self) -> Peer:
        try:
            connection = await self._connect()
        except ExecutorError:
            raise
        except (OSError, AgentError) as error:
            raise SandboxLostError(f"The sandbox could not be started: {error}") from error
        peer = Peer(connection, on_tool=self._call_tool, fetch_package=self._fetch_package)
        try:
            await peer.ready(self._start_timeout_s)
            if self._tools:
                self._tell_tools(peer)
            self._told = self._tools
            await self._restore(peer)
        except BaseException:
            await peer.kill("it could not be started")
            raise
        return peer

    async def _restore(self, peer: Peer) -> None:
        saved = self._saved
        if saved.given:
            peer.send(SetVariables(variables=saved.given))
        if saved.checkpoint:
            try:
                async with asyncio.timeout(_RESTORE_WAIT_S):
                    reply, _ = await peer.ask(lambda i: RestoreCheckpoint(id=i), [saved.checkpoint])
            except TimeoutError:
                saved.clear()
                raise SandboxLostError("The variables could not be restored in time.") from None
            if isinstance(reply, CheckpointRestored) and reply.failed:
                saved.forget(reply.failed)
                lines = [f"{name} ({reason})" for name, reason in reply.failed.items()]
                self._notes.append(f"Not restored after the restart: {', '.join(lines)}.\n")
        for path, data in saved.files.items():
            peer.send(WriteFile(path=path), [data])

    def _recover(self, peer: Peer, error: str, reason: str) -> ErrorInfo:
        """Start the next guest in the background; what to tell the model."""
        if self._peer is peer:
            self._peer = None
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        told = self._saved.after_a_loss()
        self._start_when_none()
        return ErrorInfo(type=error, message=f"{reason} A new sandbox was started. {told}")

    async def _drop_guest(self) -> None:
        """End it. What has not ended when this is cancelled, the next call ends."""
        if (starting := self._starting) is not None:
            if not starting.cancelling():  # a second time would cut its own clearing up short
                starting.cancel()
            await asyncio.wait([starting])
            self._take(starting)
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        if (peer := self._peer) is not None:
            await peer.kill()
            if self._peer is peer:
                self._peer = None

    # --- checkpoints ---------------------------------------------------------------------------

    async def _save(self, peer: Peer) -> None:
        try:
            reply, buffers = await peer.ask(lambda i: TakeCheckpoint(id=i))
        except SandboxLostError:
            return  # seen again, and told, at the next step
        if isinstance(reply, CheckpointTaken) and buffers:
            self._saved.take(buffers[0], reply.skipped)

    async def _finish_saving(self, peer: Peer, deadline_s: float | None) -> ErrorInfo | None:
        """Let the last checkpoint end. When it hangs: stop it, else kill the guest and say so."""
        saving = self._saving
        if saving is None or saving.done():
            return None
        limit = _CHECKPOINT_WAIT_S
        if deadline_s is not None:
            limit = min(limit, 0.5 * deadline_s)
        await asyncio.wait([saving], timeout=limit)
        if not saving.done() and peer.interrupt():
            await asyncio.wait([saving], timeout=_STOP_WAIT_S)
        if saving.done():
            return None
        await peer.kill("saving its variables did not end")
        return self._recover(
            peer, "SandboxLost", "Saving the variables did not end, so this step was not run."
        )

    async def _call_tool(self, call: ToolCall) -> ToolReturn:
        return await self._handler(call)

    def _take_notes(self) -> list[str]:
        notes, self._notes = self._notes, []
        return notes


def _timeout(error: ErrorInfo | None, deadline_s: float) -> ErrorInfo:
    message = (
        f"The code ran longer than {deadline_s:g} s and was stopped. Variables keep what they had "
        "been given until then. Do less in one step, or do it in a faster way."
    )
    return replace(error or ErrorInfo(type="", message=""), type="TimeoutError", message=message)


async def _no_tools(call: ToolCall) -> ToolReturn:
    error = ErrorInfo(type="NameError", message=f"There is no tool {call.name!r}.")
    return ToolReturn(call_id=call.call_id, error=error)


def _seen(task: asyncio.Task[Peer]) -> None:
    """The next step asks for the result; a failure that nobody asks for is no warning."""
    if not task.cancelled():
        task.exception()
