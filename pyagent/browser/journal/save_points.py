"""``SavePoints``: sends the page what it must keep of the conversation, after each step.

The agent worker has one. A run tells it of each step by its ``progress``. The parts of the memory
are taken at once; the ``SavePoint`` waits for the sandbox's checkpoint and for the event that tells
the page of the step, while the model already replies. No step waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pyagent.agents.base import Agent
from pyagent.agents.code import CodeAgent
from pyagent.browser.journal.parts import Parts
from pyagent.errors import ChannelClosed, ProtocolError
from pyagent.executors.base import Executor, Kept
from pyagent.memory import Interaction
from pyagent.protocol import MAX_FILE_BYTES, Event, SavePoint

MAX_CHECKPOINT_BYTES = MAX_FILE_BYTES
"""A larger checkpoint is not sent. The guest's own limit is below that."""
WAIT_S = 5.0
"""How long a ``SavePoint`` waits for its checkpoint."""
END_WAIT_S = 0.5
"""How long the end of a run waits for the last checkpoint."""
STOP_WAIT_S = 0.2
"""How long the end of a run that a person stopped waits for it."""
_LATEST = "the latest variables and files"
_MAX_LOST = 100
_LOST_CHARS = 200

logger = logging.getLogger(__name__)

Send: TypeAlias = Callable[[SavePoint, Sequence[bytes]], None]


@dataclass(kw_only=True)
class _Pending:
    """A ``SavePoint`` that waits to be sent."""

    message: SavePoint
    keeping: asyncio.Future[Kept]
    waiting: asyncio.Task[None] | None = field(default=None, repr=False)


class SavePoints:
    """Sends a ``SavePoint`` for each step of the runs that a person starts."""

    def __init__(self, send: Send, executor: Executor) -> None:
        self._send = send
        self._executor = executor
        self._parts = Parts()
        self._checkpoint = b""
        """The checkpoint that the page has."""
        self._lost: dict[str, str] = {}
        """What that checkpoint does not hold."""
        self._agent: Agent | None = None
        self._run_id = ""
        self._step = 0
        self._told = -1
        """The last step of which the page was told."""
        self._pending: _Pending | None = None
        self._late: asyncio.Task[None] | None = None

    # --- a run ---------------------------------------------------------------------------------

    def begin(self, agent: Agent, run_id: str) -> None:
        """Send save points for the run that begins."""
        self._agent, self._run_id, self._step, self._told = agent, run_id, 0, -1
        agent.progress.listener = self._note

    def told(self, event: Event) -> None:
        """Note that the page was sent this event of the run."""
        if event.type == "run_started":
            self._told = 0
        elif event.type in ("run_resumed", "step_finished"):
            self._told = event.step
        self._send_when_possible()

    async def _note(self) -> None:
        """Take down what is new, once a run has begun or a step has ended."""
        agent = self._agent
        if agent is None or (unfinished := agent.progress.unfinished) is None:
            return
        self._step = unfinished.step
        self.flush()  # the run emits no event between the end of a step and this
        self._pending = pending = _Pending(message=self._taken(agent), keeping=self._keep(agent))
        pending.waiting = asyncio.create_task(self._wait(pending))

    async def _wait(self, pending: _Pending) -> None:
        await asyncio.wait([pending.keeping], timeout=WAIT_S)
        pending.waiting = None
        self._send_when_possible()

    def _send_when_possible(self) -> None:
        pending = self._pending
        if pending is not None and pending.waiting is None and pending.message.step <= self._told:
            self.flush()

    def flush(self) -> None:
        """Send what waits, with what is kept by now."""
        pending, self._pending = self._pending, None
        if pending is not None:
            if pending.waiting is not None:
                pending.waiting.cancel()
            self._post(pending.message, self._kept_by(pending.keeping))

    async def end(self, agent: Agent, *, was_stopped: bool = False) -> None:
        """Send what the run left behind. Call this before the page hears of its end."""
        agent.progress.listener = None
        keeping = self._keep(agent)
        await asyncio.wait([keeping], timeout=STOP_WAIT_S if was_stopped else END_WAIT_S)
        self.flush()
        message = self._taken(agent)
        self._post(message, self._kept_by(keeping))
        if not keeping.done():
            self._late = asyncio.create_task(self._send_late(message, keeping, self._run_id))

    def totals(self, agent: Agent, batch_id: str) -> None:
        """Send what a batch did to the totals."""
        self._run_id, self._step = batch_id, 0
        kept = self._executor.kept if isinstance(agent, CodeAgent) else None
        self._post(self._taken(agent), kept)

    async def _send_late(
        self, message: SavePoint, keeping: asyncio.Future[Kept], run_id: str
    ) -> None:
        """Send a checkpoint that came after the end of its run."""
        kept = await keeping
        if self._pending is None and run_id == self._run_id:
            self._post(replace(message, parts={}, removed=[]), kept)

    # --- the conversation ----------------------------------------------------------------------

    def forget(self) -> None:
        """Begin anew: the conversation was cleared."""
        self._stop()
        self._parts.forget()
        self._checkpoint, self._lost = b"", {}

    def restored(
        self,
        agent: Agent,
        names: Iterable[str],
        read: Sequence[Interaction] | None,
        *,
        checkpoint: bytes,
        lost: Mapping[str, str],
    ) -> None:
        """Note that the page has parts of these names; see ``Parts.know``."""
        self._stop()
        self._parts = Parts()
        self._parts.know(agent, names, read)
        self._checkpoint, self._lost = checkpoint, dict(lost)

    def _stop(self) -> None:
        self._pending = None
        if self._late is not None:
            self._late.cancel()
            self._late = None

    # --- messages ------------------------------------------------------------------------------

    def _taken(self, agent: Agent) -> SavePoint:
        parts, removed = self._parts.changes(agent)
        unfinished = agent.progress.unfinished
        if unfinished is None:
            run_id, step = self._run_id, self._step
        else:  # an earlier one, if a new task ended before it began
            run_id, step = unfinished.run_id, unfinished.step
        return SavePoint(
            run_id=run_id, step=step, is_over=unfinished is None, parts=parts, removed=removed
        )

    def _keep(self, agent: Agent) -> asyncio.Future[Kept]:
        if isinstance(agent, CodeAgent):
            return asyncio.ensure_future(self._executor.keep())
        nothing: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        nothing.set_result(Kept(checkpoint=self._checkpoint))
        return nothing

    def _kept_by(self, keeping: asyncio.Future[Kept]) -> Kept:
        """What is kept, or what was kept before if the checkpoint is still under way."""
        is_there = keeping.done() and not keeping.cancelled() and keeping.exception() is None
        return keeping.result() if is_there else self._executor.kept

    def _post(self, message: SavePoint, kept: Kept | None) -> None:
        """Send the message, with the checkpoint if the page does not have it yet."""
        checkpoint = b""
        if kept is not None:
            lost = dict(kept.lost)
            if len(kept.checkpoint) > MAX_CHECKPOINT_BYTES:
                lost[_LATEST] = (
                    f"together they have {len(kept.checkpoint):,} bytes, and "
                    f"{MAX_CHECKPOINT_BYTES:,} can be kept"
                )
            elif kept.checkpoint and kept.checkpoint != self._checkpoint:
                checkpoint = kept.checkpoint
            before = {} if checkpoint else self._lost
            message = replace(message, lost=_bounded(before | lost))
        with suppress(ChannelClosed):  # then nobody is there to keep anything
            self._send_all(message, checkpoint)

    def _send_all(self, message: SavePoint, checkpoint: bytes) -> None:
        """Send the message; if it is too large for one, its parts one by one before the rest."""
        if self._is_sent(message, checkpoint):
            return
        lost = dict(message.lost)
        for name, part in message.parts.items():
            piece = replace(message, parts={name: part}, removed=[])
            if not self._is_sent(piece):
                lost[name] = "it is too large to be kept"
        rest = replace(message, parts={}, lost=_bounded(lost))
        if checkpoint and not self._is_sent(rest, checkpoint):
            lost = self._lost | lost | {_LATEST: "there was no memory to keep them"}
            rest, checkpoint = replace(rest, lost=_bounded(lost)), b""
        if not (checkpoint or self._is_sent(rest)):
            logger.warning("The page could not be told what to keep of step %d", message.step)

    def _is_sent(self, message: SavePoint, checkpoint: bytes = b"") -> bool:
        """Send the message with a new checkpoint, or else with what the page has of one.

        Returns whether it could be sent.
        """
        kind: Literal["none", "same", "new"] = "same" if self._checkpoint else "none"
        kind = "new" if checkpoint else kind
        try:
            self._send(replace(message, checkpoint=kind), [checkpoint] if checkpoint else [])
        except (MemoryError, ProtocolError):
            return False
        if checkpoint:
            self._checkpoint, self._lost = checkpoint, dict(message.lost)
        return True


def _bounded(lost: Mapping[str, str]) -> dict[str, str]:
    """What is lost, as far as a person may read it. A guest names it, so it may be anything."""
    named = list(lost.items())[:_MAX_LOST]
    return {name[:_LOST_CHARS]: why[:_LOST_CHARS] for name, why in named}
