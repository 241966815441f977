"""What every executor offers: a Python namespace that lasts, driven from the trusted side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from pyagent.errors import ExecutorError
from pyagent.protocol import Display, Executed, Json, Output, ToolCall, ToolReturn, ToolStub

ToolHandler = Callable[[ToolCall], Awaitable[ToolReturn]]
ExecutionEvent = Output | Display | Executed


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of a sandbox for the next one."""

    checkpoint: bytes = field(default=b"", repr=False)
    """The variables and files, which only a sandbox can read; empty if nothing is kept."""
    lost: Mapping[str, str] = field(default_factory=dict)
    """The names of variables and files that the checkpoint does not hold → why."""


class PackageGuard(Protocol):
    """Decides whether a package may be asked for, by its name on the index."""

    def __call__(self, name: str, *, may_ask: bool) -> Awaitable[str]:
        """Return why not; empty if it may be. ``may_ask`` says that a person may be asked."""


class Executor(ABC):
    """Runs code for an agent. Methods start the sandbox if it does not run yet.

    ``Executed.error`` says what went wrong in the code. It also says what went wrong with the
    sandbox (deadline, crash, kill); the executor then has a working sandbox again, with the
    variables and files of the last checkpoint if it could keep them. Methods raise
    ``ExecutorError`` only if no sandbox can be started at all.
    """

    is_isolated = False
    """Whether the code is kept from the files, processes and network of this machine. A class says
    True only if it is; agents warn where it is not."""

    not_kept: Mapping[str, str] = MappingProxyType({})
    """What the last result of ``checkpoint`` does not hold: names of variables and files → why."""

    check_waits = False
    """Whether ``check`` waits for another program. Agents then call it in a thread."""

    is_checked = False
    """Whether ``check`` has found all that this executor needs. Agents set it."""

    takes_objects = False
    """Whether ``set_objects`` works: the code runs as the same user, on the same machine."""

    def can_import(self, module: str) -> bool:
        """Whether code can import this module, or may be able to, as far as this executor knows."""
        return True

    def check(self) -> None:
        """Raise ``ExecutorError`` with advice if something that the executor needs is missing.

        Starts no sandbox. Agents call it before the first model call of a run.
        """
        return

    @abstractmethod
    async def start(self) -> None:
        """Start the sandbox ahead of its first use. Calling it twice is harmless."""

    @abstractmethod
    async def define_tools(self, tools: Sequence[ToolStub], handler: ToolHandler) -> None:
        """Offer host tools as functions. They replace the tools defined before."""

    @abstractmethod
    async def set_variables(self, variables: Mapping[str, Json]) -> None:
        """Set variables in the namespace."""

    async def set_objects(self, objects: Mapping[str, bytes]) -> dict[str, str]:
        """Set variables to pickled objects. Returns why, for each that could not be loaded."""
        raise ExecutorError(f"A {type(self).__name__} takes only JSON values.")

    def guard_packages(self, guard: PackageGuard) -> None:
        """Ask ``guard`` about each package that code wants from an index, until the next call.

        An executor that gives its code no packages has nothing to ask about.
        """
        return

    def expect(self, modules: Collection[str]) -> None:
        """Hear that code which is being written imports these modules, given by dotted names.

        An executor may get them ready. It does not wait.
        """
        return

    @abstractmethod
    def execute(
        self, code: str, *, deadline_s: float | None = None
    ) -> AsyncIterator[ExecutionEvent]:
        """Run ``code``; the last event is ``Executed``.

        ``deadline_s`` limits the execution in seconds, tool calls included. The code ends after
        1.2 times that at most. Closing the iterator early, or cancelling the task that drives it,
        stops the code.
        """

    @abstractmethod
    async def write_file(self, path: str, data: bytes) -> None:
        """Write a file to the work folder. Raises ``FileError``."""

    @abstractmethod
    async def read_file(self, path: str) -> bytes:
        """Read a file from the work folder. Raises ``FileError``."""

    @abstractmethod
    async def reset(self) -> None:
        """Forget variables and files. The tools stay."""

    async def checkpoint(self) -> bytes:
        """Return the variables and files as bytes that only a sandbox can read.

        Empty if there is nothing to keep.
        """
        return b""

    @property
    def kept(self) -> Kept:
        """What is kept at this moment, while the latest checkpoint may still be under way."""
        return Kept()

    def keep(self) -> Awaitable[Kept]:
        """Keep the variables and files as they are now, and return that once it is done.

        What code that begins later does is not in it, even if the result is awaited later. Not to
        be called while code runs.
        """
        return _at_once(self.kept)

    def when_lost(self, call: Callable[[bool], None]) -> None:
        """Set what is called when the sandbox is lost: with whether its variables or files had
        changed after the last checkpoint."""
        return

    def restore(self, checkpoint: bytes) -> None:
        """Let the next sandbox start with the variables and files of ``checkpoint``.

        The sandbox unpickles them, which can run any code, so this is as safe as the sandbox is.
        Raises ``ExecutorError`` if the executor cannot do it.
        """
        raise ExecutorError(f"A {type(self).__name__} cannot restore variables and files.")

    @abstractmethod
    async def aclose(self) -> None:
        """End the sandbox. Calling it twice is harmless."""

    def hold_deadline(self) -> AbstractContextManager[None]:
        """Stop the clock of the running code's deadline while the context is open."""
        return nullcontext()

    def another(self) -> Executor:
        """Make a new executor of the same kind, with its own sandbox, not yet started.

        Raises ``ExecutorError`` if there can be only one.
        """
        raise ExecutorError(
            f"A {type(self).__name__} cannot be copied, but agents that work at the same time, or "
            "that other agents call, each need an executor. "
            "Pass executor_type instead of an executor."
        )


async def _at_once(kept: Kept) -> Kept:
    return kept
