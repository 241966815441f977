"""Runs steps in a guest behind a connection: their events, deadlines, stops, and files.

Every executor that runs code elsewhere is this class with its own ``connect``. The class lives on
one event loop, needs no threads, and trusts nothing that a guest says. ``guest.lifecycle`` starts
the guest, and the next guest after a loss.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

from pyagent.errors import ExecutorError, FileError
from pyagent.executors.base import ExecutionEvent, Executor, Kept, ToolHandler
from pyagent.executors.guest.deadline import Deadline
from pyagent.executors.guest.lifecycle import STOP_WAIT_S, Connect, GuestLifecycle
from pyagent.executors.guest.peer import (
    Connection,
    Execution,
    Expired,
    FetchPackage,
    Lost,
    Peer,
)
from pyagent.executors.guest.recovery import Recovery
from pyagent.executors.guest.spares import Spares
from pyagent.protocol import (
    MAX_FILE_BYTES,
    CheckpointRestored,
    CheckpointTaken,
    ErrorInfo,
    Executed,
    FileContent,
    Json,
    Output,
    ReadFile,
    RestoreCheckpoint,
    SetVariables,
    TakeCheckpoint,
    ToolStub,
    WriteFile,
)
from pyagent.sandbox.checkpoint import with_variables
from pyagent.sandbox.files import check_relative


class RemoteExecutor(Executor):
    """An executor whose guest is reached by ``connect``.

    ``fetch_package`` serves the guest's installer. ``files_survive`` says that a new guest finds
    the files of the old one, so that they need not be sent again. ``owns_files`` is False if the
    work folder is a person's own: no checkpoint takes its files or changes them. ``spare`` is how
    many guests are kept started ahead of their use.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        fetch_package: FetchPackage | None = None,
        files_survive: bool = False,
        owns_files: bool = True,
        start_timeout_s: float = 60.0,
        spare: int = 0,
    ) -> None:
        self._connect_new = connect
        self._spares = Spares(connect, spare) if spare else None
        self._fetch_package = fetch_package
        self._recovery = Recovery(files_survive=files_survive)
        self._guests = GuestLifecycle(
            self._connect,
            self._recovery,
            fetch_package=fetch_package,
            start_timeout_s=start_timeout_s,
        )
        self._running = False
        self._ids = itertools.count(1)
        self._owns_files = owns_files
        self._deadline: Deadline | None = None

    async def start(self) -> None:
        await self._guests.ready()

    async def define_tools(self, tools: Sequence[ToolStub], handler: ToolHandler) -> None:
        # The guest gets the tools when it is next needed; it starts while the model replies.
        self._guests.define_tools(tools, handler)
        self._guests.start_soon()

    async def set_variables(self, variables: Mapping[str, Json]) -> None:
        await self._guests.send(SetVariables(variables=dict(variables)))
        self._recovery.add_variables(variables)

    async def set_objects(self, objects: Mapping[str, bytes]) -> dict[str, str]:
        if not self.takes_objects:
            return await super().set_objects(objects)
        await self._guests.finish_saving(await self._guests.ready(), None)
        peer, data = await self._guests.ready(), with_variables(objects)
        reply, _ = await peer.ask(lambda i: RestoreCheckpoint(id=i), [data])
        failed = reply.failed if isinstance(reply, CheckpointRestored) else {}
        self._guests.save_soon(peer, objects.keys() - failed.keys())
        return failed

    async def execute(
        self, code: str, *, deadline_s: float | None = None
    ) -> AsyncIterator[ExecutionEvent]:
        if self._running:
            raise ExecutorError("This executor already runs code. It runs one step at a time.")
        self._running = True
        execution_id = next(self._ids)
        try:
            peer = await self._guests.ready()
            started = asyncio.get_running_loop().time()
            for note in self._guests.take_notes():
                yield Output(id=execution_id, stream="stderr", text=note)
            hung = await self._guests.finish_saving(peer, deadline_s)
            if hung is not None:
                yield Executed(id=execution_id, error=hung)
                return
            execution = peer.begin(execution_id, code)
            left = deadline_s
            if deadline_s is not None:
                left = deadline_s - (asyncio.get_running_loop().time() - started)
            is_there = partial(peer.ask, _is_there)
            self._deadline = Deadline(left, partial(execution.put, Expired()), is_there)
            ended = False
            try:
                async for event in self._follow(peer, execution, deadline_s):
                    ended = isinstance(event, Executed)
                    yield event
            finally:
                self._deadline.cancel()
                if not ended:
                    await self._stop(peer, execution)
        finally:
            self._running = False

    def hold_deadline(self) -> AbstractContextManager[None]:
        return self._deadline.hold() if self._deadline is not None else nullcontext()

    async def write_file(self, path: str, data: bytes) -> None:
        check_relative(path)
        if len(data) > MAX_FILE_BYTES:
            raise FileError(
                f"{path} has {len(data):,} bytes. A file may have at most {MAX_FILE_BYTES:,}."
            )
        await self._guests.send(WriteFile(path=path), [data])
        self._recovery.add_file(path, data)

    async def read_file(self, path: str) -> bytes:
        check_relative(path)
        reply, buffers = await self._guests.ask(lambda i: ReadFile(id=i, path=path))
        if not isinstance(reply, FileContent) or reply.error or len(buffers) != 1:
            reason = reply.error if isinstance(reply, FileContent) else ""
            raise FileError(reason or f"{path} could not be read.")
        if len(buffers[0]) > MAX_FILE_BYTES:
            raise FileError(f"{path} is larger than {MAX_FILE_BYTES:,} bytes.")
        return buffers[0]

    async def checkpoint(self) -> bytes:
        if self._guests.has_guest and not self._running:
            await self._guests.finish_saving(await self._guests.ready(), None)
            peer, with_files = await self._guests.ready(), self._owns_files
            reply, buffers = await peer.ask(lambda i: TakeCheckpoint(id=i, with_files=with_files))
            if isinstance(reply, CheckpointTaken) and buffers:
                self.not_kept = dict(reply.skipped)
                return buffers[0]
        self.not_kept = self._recovery.kept.lost
        return self._recovery.checkpoint

    @property
    def kept(self) -> Kept:
        return self._recovery.kept

    def keep(self) -> Awaitable[Kept]:
        return self._guests.keep()

    def when_lost(self, call: Callable[[bool], None]) -> None:
        self._guests.on_loss = call

    def restore(self, checkpoint: bytes) -> None:
        if self._guests.has_guest:
            raise ExecutorError("The sandbox has already started. Call restore() before that.")
        self._recovery.checkpoint_asked()
        self._recovery.add_checkpoint(checkpoint, {})

    async def reset(self) -> None:
        await self._guests.forget()
        self._clear_files()
        self._guests.start_soon()

    def _clear_files(self) -> None:
        """Remove the files that would survive ``reset``. No guest lives while this is called.

        Does nothing by default; a subclass with ``files_survive`` overrides it.
        """

    async def aclose(self) -> None:
        await self._guests.aclose()
        if self._spares is not None:
            await self._spares.leave(id(self))

    def _share_spares(self, other: RemoteExecutor) -> None:
        """Take spare guests from those of ``other``, which has the same options."""
        self._spares = other._spares

    async def _connect(self) -> Connection:
        if self._spares is None:
            return await self._connect_new()
        return await self._spares.take(id(self))

    # --- a step --------------------------------------------------------------------------------

    async def _follow(
        self, peer: Peer, execution: Execution, deadline_s: float | None
    ) -> AsyncIterator[ExecutionEvent]:
        loop = asyncio.get_running_loop()
        expired = False
        while True:
            event = await execution.events.get()
            if isinstance(event, Expired):
                assert deadline_s is not None
                if not expired and peer.interrupt():
                    loop.call_later(min(0.1 * deadline_s, 2.0), execution.put, event)
                else:
                    await peer.kill("it ran too long")
                expired = True
            elif isinstance(event, Lost):
                reason = f"The sandbox died: {event.reason}."
                if expired:
                    reason = f"The code ran longer than {deadline_s:g} s and could not be stopped."
                error = "TimeoutError" if expired else "SandboxLost"
                yield Executed(id=execution.id, error=self._guests.recover(peer, error, reason))
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
        """Note that a step ended and the guest lives: save its variables."""
        peer.end()
        self._guests.save_soon(peer, executed.variables, [file.path for file in executed.files])

    async def _stop(self, peer: Peer, execution: Execution) -> None:
        """End a step whose caller has gone, within a second."""
        if peer.interrupt():
            try:
                async with asyncio.timeout(STOP_WAIT_S):
                    while True:
                        event = await execution.events.get()
                        if isinstance(event, Executed):
                            self._finish(peer, event)
                            return
                        if isinstance(event, Lost):
                            break
            except TimeoutError:
                pass
        await peer.kill("the step was stopped")
        info = self._guests.recover(peer, "SandboxLost", "The last step was stopped by force.")
        self._guests.add_note(info.message)


def _is_there(request_id: int) -> ReadFile:
    """A question that a guest answers at once while its code waits for a tool: no file is so."""
    return ReadFile(id=request_id, path="")


def _timeout(error: ErrorInfo | None, deadline_s: float) -> ErrorInfo:
    message = (
        f"The code ran longer than {deadline_s:g} s and was stopped. Variables keep what they had "
        "been given until then. Do less in one step, or do it in a faster way."
    )
    return replace(error or ErrorInfo(type="", message=""), type="TimeoutError", message=message)
