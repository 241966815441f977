"""What every executor offers: a lasting Python namespace somewhere, driven from here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from pyagent.errors import ExecutorError
from pyagent.protocol import Display, Executed, Json, Output, ToolCall, ToolReturn, ToolStub

ToolHandler = Callable[[ToolCall], Awaitable[ToolReturn]]
ExecutionEvent = Output | Display | Executed


class Executor(ABC):
    """Runs code for an agent. Methods start the sandbox when it is not yet there.

    What goes wrong in the code is told in ``Executed.error``. What goes wrong with the sandbox
    (deadline, crash, kill) is told there too, after which the executor has a working sandbox
    again, with the variables and files of the last checkpoint where it could keep them.
    Methods raise ``ExecutorError`` only when no sandbox can be had at all.
    """

    @abstractmethod
    async def start(self) -> None:
        """Start the sandbox ahead of its first use. Calling it twice is harmless."""

    @abstractmethod
    async def define_tools(self, tools: Sequence[ToolStub], handler: ToolHandler) -> None:
        """Offer host tools as functions. Replaces those defined before."""

    @abstractmethod
    async def set_variables(self, variables: Mapping[str, Json]) -> None:
        """Bind names in the namespace."""

    @abstractmethod
    def execute(
        self, code: str, *, deadline_s: float | None = None
    ) -> AsyncIterator[ExecutionEvent]:
        """Run ``code``; the last event is ``Executed``.

        ``deadline_s`` limits the run in seconds, tool calls included; it holds within 1.2 times.
        Closing the iterator early, or cancelling the task that drives it, stops the code.
        """

    @abstractmethod
    async def write_file(self, path: str, data: bytes) -> None:
        """Put a file into the work folder. Raises ``FileError``."""

    @abstractmethod
    async def read_file(self, path: str) -> bytes:
        """Fetch a file from the work folder. Raises ``FileError``."""

    @abstractmethod
    async def reset(self) -> None:
        """Forget variables and files; tools stay."""

    async def checkpoint(self) -> bytes:
        """The variables and files as bytes that only a sandbox can read; empty for nothing."""
        return b""

    def restore(self, checkpoint: bytes) -> None:
        """Let the next sandbox start with these variables and files.

        They are unpickled there, which can run any code: as safe as the sandbox is. Raises
        ``ExecutorError`` where that is not possible.
        """
        raise ExecutorError(f"A {type(self).__name__} cannot bring back variables and files.")

    @abstractmethod
    async def aclose(self) -> None:
        """End the sandbox. Calling it twice is harmless."""

    def hold_deadline(self) -> AbstractContextManager[None]:
        """While it is held, the deadline of the running code stands still."""
        return nullcontext()

    def another(self) -> Executor:
        """A new executor of the same kind, with a sandbox of its own, not yet started.

        Raises ``ExecutorError`` where there can be only one.
        """
        raise ExecutorError(
            f"A {type(self).__name__} cannot be multiplied for agents that work at the same time, "
            "or that other agents call. "
            "Pass executor_type instead of an executor."
        )
