"""The life of a guest, and of the next one after a loss: start, checkpoint, restore, end.

``remote`` runs steps in the guest. Whatever happens to a guest, ``ready`` returns one that works,
with the tools and with the variables and files that could be kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress

from pyagent.concurrency.sleeps import awake_timeout
from pyagent.errors import AgentError, ExecutorError, ProtocolError, SandboxLostError
from pyagent.executors.base import Kept, ToolHandler
from pyagent.executors.guest.peer import Connection, FetchPackage, LateStartError, Peer, Reply
from pyagent.executors.guest.recovery import Recovery
from pyagent.protocol import (
    CheckpointRestored,
    CheckpointTaken,
    DefineTools,
    ErrorInfo,
    RestoreCheckpoint,
    SetVariables,
    TakeCheckpoint,
    ToGuest,
    ToolCall,
    ToolReturn,
    ToolStub,
    WriteFile,
)
from pyagent.sandbox.asking import INPUT, NOBODY

Connect = Callable[[], Awaitable[Connection]]
"""Makes a new guest: the first one, and one after every kill. Raises ``ExecutorError``."""

STOP_WAIT_S = 0.3
"""How long an interrupted guest has to stop."""
_CHECKPOINT_WAIT_S = 10.0
_RESTORE_WAIT_S = 60.0


class GuestLifecycle:
    """Starts one guest after another by ``connect``. At most one lives at a time.

    All guests live on one event loop, the first on which a guest is needed.
    """

    def __init__(
        self,
        connect: Connect,
        recovery: Recovery,
        *,
        fetch_package: FetchPackage | None,
        start_timeout_s: float,
    ) -> None:
        self._connect = connect
        self._recovery = recovery
        self._fetch_package = fetch_package
        self._start_timeout_s = start_timeout_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._peer: Peer | None = None
        self._starting: asyncio.Task[Peer] | None = None
        self._saving: asyncio.Task[Kept | None] | None = None
        self._tools: list[ToolStub] = []
        self._sent_tools = self._tools
        """The tools that the guest knows of."""
        self._handler: ToolHandler = _no_tools
        self._notes: list[str] = []
        self._preloaded: list[str] = []
        self.on_loss: Callable[[bool], None] | None = None
        """Called when a guest is lost, with whether it had something that no checkpoint holds."""

    @property
    def has_guest(self) -> bool:
        """Whether a guest lives or is being started."""
        return self._peer is not None or self._starting is not None

    def define_tools(self, tools: Sequence[ToolStub], handler: ToolHandler) -> None:
        """Keep the tools for this guest, which gets them before its next step, and later ones."""
        self._tools, self._handler = list(tools), handler

    def add_note(self, text: str) -> None:
        """Keep a text that the model reads before the next step's output."""
        self._notes.append(f"{text}\n")

    def take_notes(self) -> list[str]:
        """Return the notes added since the last call."""
        notes, self._notes = self._notes, []
        return notes

    @property
    def preloaded(self) -> Sequence[str]:
        """The modules that guests import ahead of code."""
        return self._preloaded

    def preload(self, modules: Collection[str]) -> None:
        """Let this guest, and each later one until ``forget``, import modules ahead of code."""
        new = [module for module in modules if module not in self._preloaded]
        self._preloaded += new
        if new and self._peer is not None and self._starting is None:
            self._peer.preload(new)
        # A guest that is being started gets them all at the end of its start.

    # --- beginning -----------------------------------------------------------------------------

    async def ready(self) -> Peer:
        """Return a living guest with the tools. Raises ``ExecutorError`` if none can be started."""
        peer = await self._living()
        if self._sent_tools is not self._tools:
            try:
                self._send_tools(peer)
            except SandboxLostError:
                await peer.ended()
                return await self._living()  # it got the tools when it was started
        return peer

    async def send(self, message: ToGuest, buffers: Sequence[bytes] = ()) -> None:
        """Send a message to a living guest; if that one dies first, to the next."""
        peer = await self.ready()
        try:
            peer.send(message, buffers)
        except SandboxLostError:
            await peer.ended()
            (await self.ready()).send(message, buffers)

    async def ask(
        self, make: Callable[[int], ToGuest], buffers: Sequence[bytes] = ()
    ) -> tuple[Reply, list[bytes]]:
        """Ask a living guest like ``Peer.ask``; if that one dies first, the next."""
        peer = await self.ready()
        try:
            return await peer.ask(make, buffers)
        except SandboxLostError:
            await peer.ended()
            return await (await self.ready()).ask(make, buffers)

    async def _living(self) -> Peer:
        self.start_soon()
        if self._starting is not None:
            starting = self._starting
            try:
                await asyncio.shield(starting)
            finally:
                self._keep_started(
                    starting
                )  # also when this is cancelled just as the guest is there
        assert self._peer is not None
        return self._peer

    def start_soon(self) -> None:
        """Start a guest in the background if there is none."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ExecutorError(
                "This executor belongs to another event loop. "
                "Use an executor from run() or from arun(), or close it in between."
            )
        if self._peer is not None and self._peer.lost is not None and self._starting is None:
            reason = f"The sandbox died between steps: {self._peer.lost}."
            self.add_note(self.recover(self._peer, "SandboxLost", reason).message)
        self._start_when_none()

    def _keep_started(self, starting: asyncio.Task[Peer]) -> None:
        """Keep the guest if ``starting`` has ended well; otherwise nothing is being started."""
        if starting.done() and self._starting is starting:
            self._starting = None
            if not starting.cancelled() and starting.exception() is None:
                self._peer = starting.result()

    def _start_when_none(self) -> None:
        if not self.has_guest:
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(_seen)

    async def _start(self) -> Peer:
        was_lost = False
        while True:
            try:
                return await self._start_once()
            except _NotRestored as error:
                if error.is_certain or not self._recovery.lost_at_start():
                    self.add_note(self._recovery.give_up(str(error)))
            except LateStartError:
                raise
            except SandboxLostError:
                if was_lost:
                    raise
                was_lost = True

    async def _start_once(self) -> Peer:
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
                self._send_tools(peer)
            self._sent_tools = self._tools
            await self._restore(peer)
            if self._preloaded:
                peer.preload(self._preloaded)
        except BaseException:
            await peer.kill("it could not be started")
            raise
        return peer

    def _send_tools(self, peer: Peer) -> None:
        try:
            peer.send(DefineTools(tools=self._tools))
        except ProtocolError as error:
            raise ExecutorError(
                f"The definitions of the tools are too large for a sandbox. {error}",
                advice="Give the agent fewer tools, or tools with smaller schemas.",
            ) from error
        self._sent_tools = self._tools

    async def _restore(self, peer: Peer) -> None:
        recovery = self._recovery
        if checkpoint := recovery.checkpoint:
            try:
                async with awake_timeout(_RESTORE_WAIT_S):
                    reply, _ = await peer.ask(lambda i: RestoreCheckpoint(id=i), [checkpoint])
            except TimeoutError:
                late = f"loading it took more than {_RESTORE_WAIT_S:g} s"
                raise _NotRestored(late, is_certain=True) from None
            except SandboxLostError as error:
                raise _NotRestored(f"the sandbox ended while loading it ({error})") from error
            if not isinstance(reply, CheckpointRestored) or reply.error:
                reason = reply.error if isinstance(reply, CheckpointRestored) else ""
                unread = f"it cannot be read ({reason or 'no answer'})"
                raise _NotRestored(unread, is_certain=True)
            if reply.failed:
                recovery.forget(reply.failed)
                lines = [f"{name} ({reason})" for name, reason in reply.failed.items()]
                self.add_note(f"Not restored after the restart: {', '.join(lines)}.")
        if recovery.variables:  # they are newer than what the checkpoint has of them
            peer.send(SetVariables(variables=recovery.variables))
        for path, data in recovery.files.items():
            peer.send(WriteFile(path=path), [data])

    async def _call_tool(self, call: ToolCall) -> ToolReturn:
        return await self._handler(call)

    # --- checkpoints ---------------------------------------------------------------------------

    def save_soon(self, peer: Peer, bound: Iterable[str], files: Iterable[str] = ()) -> None:
        """Save the variables in the background, while the model replies.

        ``bound`` are the names that the last step gave values to, ``files`` what it changed.
        """
        self._recovery.note_bound(bound, files)
        self._saving = asyncio.create_task(self._save(peer))

    def keep(self) -> Awaitable[Kept]:
        """Return what is kept now, once the checkpoint under way is there.

        A new one is taken if the host gave variables or files after the last one.
        """
        if self._recovery.is_ahead:
            self._saving = asyncio.create_task(self._save_given(self._saving))
        return self._kept_by(self._saving)

    async def _kept_by(self, saving: asyncio.Task[Kept | None] | None) -> Kept:
        if saving is not None:
            await asyncio.wait([saving])
            if not saving.cancelled() and (kept := saving.result()) is not None:
                return kept
        return self._recovery.kept

    async def _save_given(self, before: asyncio.Task[Kept | None] | None) -> Kept | None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        try:
            return await self._save(await self.ready())
        except AgentError:
            return None  # the next step needs the guest too, and says what is wrong

    async def _save(self, peer: Peer) -> Kept | None:
        def ask(request_id: int) -> TakeCheckpoint:
            self._recovery.checkpoint_asked()
            return TakeCheckpoint(id=request_id)

        try:
            reply, buffers = await peer.ask(ask)
        except SandboxLostError:
            return None  # the next step notices the loss and reports it
        if not isinstance(reply, CheckpointTaken) or not buffers:
            return None
        self._recovery.add_checkpoint(buffers[0], reply.skipped)
        return self._recovery.kept

    async def finish_saving(self, peer: Peer, deadline_s: float | None) -> ErrorInfo | None:
        """Wait for the last checkpoint. If it hangs, stop it.

        If it cannot be stopped, kill the guest and return what to tell the model.
        """
        saving = self._saving
        if saving is None or saving.done():
            return None
        limit = _CHECKPOINT_WAIT_S
        if deadline_s is not None:
            limit = min(limit, 0.5 * deadline_s)
        with suppress(TimeoutError):
            async with awake_timeout(limit):
                await asyncio.wait([saving])
        if not saving.done() and peer.interrupt():
            await asyncio.wait([saving], timeout=STOP_WAIT_S)
        if saving.done():
            return None
        await peer.kill("saving its variables did not end")
        return self.recover(
            peer, "SandboxLost", "Saving the variables did not end, so this step was not run."
        )

    # --- ends ----------------------------------------------------------------------------------

    def recover(self, peer: Peer, error: str, reason: str) -> ErrorInfo:
        """Start the next guest after ``peer`` was lost. Returns what to tell the model."""
        if self._peer is peer:
            self._peer = None
        self._stop_saving()
        if self.on_loss is not None:
            self.on_loss(self._recovery.has_unsaved)
        told = self._recovery.report_loss()
        self._start_when_none()
        return ErrorInfo(type=error, message=f"{reason} A new sandbox was started. {told}")

    async def forget(self) -> None:
        """End the guest, and keep nothing for the next one."""
        await self.end()
        self._recovery.clear()
        self._notes.clear()
        self._preloaded.clear()

    async def end(self) -> None:
        """End the guest. If this is cancelled, the next call ends what is left."""
        if (starting := self._starting) is not None:
            if not starting.cancelling():  # a second cancel would interrupt its own clean-up
                starting.cancel()
            await asyncio.wait([starting])
            self._keep_started(starting)
        self._stop_saving()
        if (peer := self._peer) is not None:
            await peer.kill()
            if self._peer is peer:
                self._peer = None

    async def aclose(self) -> None:
        """End the guest and forget everything. The next one may live on another event loop."""
        await self.forget()
        self._loop = None

    def _stop_saving(self) -> None:
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None


class _NotRestored(Exception):
    """A checkpoint was not restored. ``is_certain`` says that another try would fail too."""

    def __init__(self, reason: str, *, is_certain: bool = False) -> None:
        super().__init__(reason)
        self.is_certain = is_certain


async def _no_tools(call: ToolCall) -> ToolReturn:
    error = ErrorInfo(type="NameError", message=f"There is no tool {call.name!r}.")
    if call.name == INPUT:
        error = ErrorInfo(type="EOFError", message=NOBODY)
    return ToolReturn(call_id=call.call_id, error=error)


def _seen(task: asyncio.Task[Peer]) -> None:
    """Keep asyncio from warning about a failure: the next step asks for the result."""
    if not task.cancelled():
        task.exception()
