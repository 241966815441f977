"""The guest: answers an executor's messages over a link, and runs code in a kernel.

A platform's entry makes a ``Link`` and calls ``serve`` (which blocks until the link closes) or
``handle`` for each message. The other side trusts nothing that comes from here.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pyagent.errors import AgentError, ChannelClosed, FileError
from pyagent.protocol.guest import (
    CheckpointRestored,
    CheckpointTaken,
    DefineTools,
    ErrorInfo,
    Execute,
    Executed,
    FileContent,
    FromGuest,
    GuestReady,
    Json,
    PackageRequest,
    PackageResponse,
    Preload,
    ReadFile,
    RestoreCheckpoint,
    SetVariables,
    TakeCheckpoint,
    ToGuest,
    ToolCall,
    ToolReturn,
    WriteFile,
)
from pyagent.sandbox.asking import INPUT
from pyagent.sandbox.checkpoint import restore_checkpoint, take_checkpoint
from pyagent.sandbox.imports import Install
from pyagent.sandbox.interrupts import Interrupts
from pyagent.sandbox.kernel import Kernel, RunAsync
from pyagent.sandbox.texts import safe_str, safe_text
from pyagent.sandbox.tools import Invocation, make_functions, tool_exception

Received = tuple[ToGuest, list[bytes]]

CALLS_AT_ONCE = 8
"""The most calls of a tool's ``map`` that are open at once.

The other side ends a guest that has far more calls open.
"""


class Link(Protocol):
    """The guest's end of the pipe to its executor."""

    def send(self, message: FromGuest, buffers: Sequence[bytes] = ()) -> None:
        """Send a message. Raises ``ProtocolError`` if it is too large or not JSON."""

    def wait(self) -> Received:
        """Block until a message comes. Raises ``ChannelClosed``. May raise ``Interrupted``."""


class Guest:
    """One guest. ``checkpoint_files`` says whether checkpoints include the work folder's files."""

    def __init__(
        self,
        link: Link,
        *,
        work_dir: Path,
        interrupts: Interrupts | None = None,
        run_async: RunAsync | None = None,
        install: Install | None = None,
        descriptors: tuple[int, int] | None = None,
        checkpoint_files: bool = True,
    ) -> None:
        self._link = link
        self._interrupts = interrupts or Interrupts()
        # Last on the path: modules that the code writes can be imported, but shadow no others.
        sys.path.append(str(work_dir))
        os.environ["MPLBACKEND"] = "module://pyagent.sandbox.results.figure_backend"
        self._checkpoint_files = checkpoint_files
        self._postponed: deque[Received] = deque()
        self._ids = itertools.count(1)
        self._calls = threading.Lock()
        self._caller = 0
        self.kernel = Kernel(
            work_dir=work_dir,
            send=self._send,
            interrupts=self._interrupts,
            run_async=run_async,
            install=install,
            ask=self._ask_person,
            descriptors=descriptors,
        )

    def serve(self) -> None:
        """Announce the guest, then answer messages until the link closes."""
        self.greet()
        try:
            while True:
                self.handle(*self._link.wait())
        except ChannelClosed:
            return

    def greet(self) -> None:
        """Tell the executor that the guest is ready for messages."""
        self._send(GuestReady(python=sys.version.split()[0]))

    def handle(self, message: ToGuest, buffers: Sequence[bytes] = ()) -> None:
        """Answer a message, then those that arrived while its code waited for a tool."""
        self._answer(message, buffers)
        while self._postponed:
            self._answer(*self._postponed.popleft())

    def fetch_package(self, url: str) -> tuple[PackageResponse, bytes]:
        """GET a URL through the trusted side, for an installer. Blocks."""
        request = PackageRequest(id=next(self._ids), url=url)
        [(response, buffers)] = self._ask([request])
        assert isinstance(response, PackageResponse)
        return response, buffers[0] if buffers else b""

    def _answer(self, message: ToGuest, buffers: Sequence[bytes]) -> None:
        match message:
            case Execute():
                self._send_executed(self.kernel.execute(message.code, message.id))
            case DefineTools():
                functions = make_functions(message.tools, self._call_tools, self.kernel.note)
                self.kernel.set_tools(functions)
            case SetVariables():
                self.kernel.set_variables(message.variables)
            case WriteFile() | ReadFile():
                self._serve_file(message, buffers)
            case Preload():
                self.kernel.preload(message.modules)
            case TakeCheckpoint():
                self._take_checkpoint(message)
            case RestoreCheckpoint():
                self._restore_checkpoint(message, buffers)
            case ToolReturn() | PackageResponse():
                pass  # the code that waited for it was stopped

    def _send(self, message: FromGuest, buffers: Sequence[bytes] = ()) -> None:
        with self._interrupts.shielded():
            self._link.send(message, buffers)

    def _send_executed(self, executed: Executed) -> None:
        try:
            self._send(executed)
        except AgentError as error:  # too large for the wire in spite of our caps
            info = ErrorInfo(type="ValueError", message=f"The result cannot be sent. {error}")
            self._send(Executed(id=executed.id, error=info))

    def _serve_file(self, message: WriteFile | ReadFile, buffers: Sequence[bytes]) -> None:
        files = self.kernel.files
        if isinstance(message, WriteFile):
            try:
                files.write(message.path, bytes(buffers[0]))
            except FileError as error:
                self.kernel.note(str(error))
            return
        try:
            data = files.read(message.path)
        except FileError as error:
            self._send(FileContent(id=message.id, error=str(error)), [b""])
        else:
            self._send(FileContent(id=message.id), [data])

    def _take_checkpoint(self, message: TakeCheckpoint) -> None:
        with_files = message.with_files or self._checkpoint_files
        data, skipped = take_checkpoint(self.kernel, self._interrupts, with_files=with_files)
        self._send(CheckpointTaken(id=message.id, skipped=skipped), [data])

    def _restore_checkpoint(self, message: RestoreCheckpoint, buffers: Sequence[bytes]) -> None:
        names: list[str] = []
        failed: dict[str, str] = {}
        error = ""
        try:
            names, failed = restore_checkpoint(self.kernel, buffers[0])
        except Exception as problem:  # whatever the bytes are
            error = safe_text(f"{type(problem).__name__}: {safe_str(problem)}", 200)
        restored = CheckpointRestored(id=message.id, names=names, failed=failed, error=error)
        self._send(restored)

    def _call_tools(self, invocations: Sequence[Invocation]) -> list[Json | Exception]:
        calls = [
            ToolCall(call_id=next(self._ids), name=name, args=args, kwargs=kwargs)
            for name, args, kwargs in invocations
        ]
        return [_outcome(reply) for reply, _ in self._ask(calls)]

    def _ask_person(self, prompt: str, secret: bool) -> str:
        [answer] = self._call_tools([(INPUT, [prompt], {"secret": secret})])
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    def _ask(self, questions: Sequence[ToolCall | PackageRequest]) -> list[Received]:
        """Send questions and wait for their replies.

        Threads take turns. A thread that is waiting already cannot ask again.
        """
        caller = threading.get_ident()
        if self._caller == caller:
            raise RuntimeError(
                "A tool call is still waiting. Call tools one after another, or by map()."
            )
        with self._calls:
            self._caller = caller
            try:
                self.kernel.flush_output()
                return self._exchange(questions)
            finally:
                self._caller = 0

    def _exchange(self, questions: Sequence[ToolCall | PackageRequest]) -> list[Received]:
        """The replies in the order of the questions; ``CALLS_AT_ONCE`` are open at most."""
        waiting, open_ids = deque(questions), set[int | None]()
        replies: dict[int | None, Received] = {}
        while waiting or open_ids:
            while waiting and len(open_ids) < CALLS_AT_ONCE:
                self._send(waiting[0])
                open_ids.add(_question_id(waiting.popleft()))
            message, buffers = self._link.wait()
            answered = _question_id(message)
            if answered in open_ids:
                open_ids.remove(answered)
                replies[answered] = message, buffers
            else:
                self._handle_while_waiting(message, buffers)
        return [replies[_question_id(question)] for question in questions]

    def _handle_while_waiting(self, message: ToGuest, buffers: list[bytes]) -> None:
        """Serve files at once, because the tool may need them. Postpone everything else."""
        if isinstance(message, (WriteFile, ReadFile)):
            self._serve_file(message, buffers)
        elif not isinstance(message, (ToolReturn, PackageResponse)):
            self._postponed.append((message, buffers))


def _question_id(message: ToolCall | PackageRequest | ToGuest) -> int | None:
    """The id that a question shares with its answer; None for any other message."""
    match message:
        case ToolCall() | ToolReturn():
            return message.call_id
        case PackageRequest() | PackageResponse():
            return message.id
    return None


def _outcome(reply: ToGuest) -> Json | Exception:
    assert isinstance(reply, ToolReturn)
    return reply.value if reply.error is None else tool_exception(reply.error)
