"""What a conversation has used of its bounds. The toolbox keeps one ``Bounds`` for each agent.

Managed agents count in the bounds of the conversation that calls them, so ``RunState`` has them.
A step is one of the outermost run, whatever its managed agents do in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pyagent.texts import counted

MAX_STEP_FILE_BYTES = 256 * 1024 * 1024
"""Most bytes of files that one step hands over to the person."""

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Most bytes of files that a conversation hands over. In a page, the worker that has the keys and
the conversation holds them for a while, and must not run out of memory."""


RunStep: TypeAlias = tuple[str, int]
"""A step: the id of its run, and its number there."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How often something may go out, and how many characters with it, before a person is asked."""

    in_step: int
    chars_in_step: int
    in_all: int
    chars_in_all: int


FETCHES = Budget(in_step=30, chars_in_step=8_000, in_all=200, chars_in_all=40_000)
"""For calls of tools that fetch from servers that the code may name."""

FETCHES_WITH_FILES = Budget(in_step=5, chars_in_step=500, in_all=20, chars_in_all=2_000)
"""The same once the conversation has a file of the person's, which the code can read."""

PACKAGES = Budget(in_step=20, chars_in_step=600, in_all=60, chars_in_all=1_800)
"""For well-known packages that the index is asked for."""

PACKAGES_WITH_FILES = Budget(in_step=10, chars_in_step=300, in_all=20, chars_in_all=600)


class FileBounds:
    """The bytes of the files that a conversation has handed over to the person."""

    def __init__(self) -> None:
        self._step: RunStep = ("", 0)
        self._in_step = 0
        self._in_all = 0

    def refusal(self, size_bytes: int, step: RunStep) -> str:
        """Return why a file of this size is too much now; empty if there is room for it."""
        in_step = self._in_step if self._step == step else 0
        if in_step + size_bytes > MAX_STEP_FILE_BYTES:
            return (
                f"the files of one step may have {MAX_STEP_FILE_BYTES:,} bytes together. "
                "It is still in the work folder"
            )
        if self._in_all + size_bytes > MAX_FILE_BYTES:
            return (
                f"the files of one conversation may have {MAX_FILE_BYTES:,} bytes together. "
                "It is still in the work folder"
            )
        return ""

    def count(self, size_bytes: int, step: RunStep) -> None:
        """Count a file that came out of the sandbox, whether or not it is handed over."""
        if self._step != step:
            self._step, self._in_step = step, 0
        self._in_step += size_bytes
        self._in_all += size_bytes


class _Spent:
    """What has gone out by one way."""

    def __init__(self) -> None:
        self._step: RunStep = ("", 0)
        self._in_step = (0, 0)
        self._in_all = (0, 0)

    def spend(self, chars: int, step: RunStep, budget: Budget) -> str:
        """Count one more. Returns what would be too much, without counting it; empty if nothing."""
        if self._step != step:
            self._step, self._in_step = step, (0, 0)
        in_step = self._in_step[0] + 1, self._in_step[1] + chars
        in_all = self._in_all[0] + 1, self._in_all[1] + chars
        if in_step[0] > budget.in_step or in_all[0] > budget.in_all:
            is_step = in_step[0] > budget.in_step
            most = budget.in_step if is_step else budget.in_all
            return f"{counted(most, 'request')} of a {'step' if is_step else 'conversation'}"
        if in_step[1] > budget.chars_in_step or in_all[1] > budget.chars_in_all:
            is_step = in_step[1] > budget.chars_in_step
            most = budget.chars_in_step if is_step else budget.chars_in_all
            return f"{most:,} characters of a {'step' if is_step else 'conversation'}"
        self._in_step, self._in_all = in_step, in_all
        return ""


class Outward:
    """What has gone out of a conversation without a question, and what may.

    ``turn`` is held while something is counted or a person is asked, so that calls at the same time
    are one question.
    """

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._files: list[str] = []
        self._fetches = _Spent()
        self._packages = _Spent()
        self._names: set[str] = set()
        self._refused: RunStep | None = None

    def note_files(self, names: Iterable[str]) -> None:
        """Note that the conversation has files of the person's."""
        self._files += [name for name in names if name not in self._files]

    def note_saved_files(self) -> None:
        """Note that the conversation was saved with a sandbox, whose files may be the person's."""
        self.note_files(["the files of the saved conversation"])

    def fetch(self, chars: int, step: RunStep) -> str:
        """Count a call that fetches. Returns why to ask the person about it; empty to let it go."""
        spent = self._fetches.spend(chars, step, FETCHES_WITH_FILES if self._files else FETCHES)
        return f"{self._who} has used up the {spent} for what is sent unasked." if spent else ""

    def package(self, name: str, step: RunStep, *, is_known: bool) -> str:
        """Count a package that the index is asked for; the same as ``fetch``."""
        if name in self._names:
            return ""
        if not is_known:
            return f"{self._who} wants a package that is not well known. The index gets its name."
        budget = PACKAGES_WITH_FILES if self._files else PACKAGES
        if spent := self._packages.spend(len(name), step, budget):
            return f"{self._who} has used up the {spent} for packages."
        self._names.add(name)
        return ""

    def is_refused(self, step: RunStep) -> bool:
        """Whether the person has refused something in this step, and is not asked again in it."""
        return self._refused == step

    def refused(self, step: RunStep) -> None:
        """Note that the person refused."""
        self._refused = step

    def allowed(self, package: str = "") -> None:
        """Note that the person allowed more: a package, or as much again of what was asked for."""
        if package:
            self._names.add(package)
            self._packages = _Spent()
        else:
            self._fetches = _Spent()

    @property
    def _who(self) -> str:
        if not self._files:
            return "The agent"
        more = f" and {len(self._files) - 1} more" if len(self._files) > 1 else ""
        return f"The agent, which can read {self._files[0]:.100}{more},"


class Bounds:
    """The bounds of one conversation."""

    def __init__(self) -> None:
        self._used = _Used()
        self._step: Callable[[], RunStep] | None = None

    @property
    def files(self) -> FileBounds:
        """The files that were handed over."""
        return self._used.files

    @property
    def outward(self) -> Outward:
        """What has gone out."""
        return self._used.outward

    @property
    def step(self) -> RunStep:
        """The step of the outermost run, in which everything counts now."""
        return self._step() if self._step is not None else ("", 0)

    def of_run(self, step: Callable[[], RunStep]) -> Bounds:
        """Return the same bounds with the step of a run, unless they have a caller's step."""
        if self._step is not None:
            return self
        made = Bounds()
        made._used, made._step = self._used, step
        return made

    def reset(self) -> None:
        """Begin a new conversation."""
        self._used.files = FileBounds()
        self._used.outward = Outward()


class _Used:
    """What is used of the bounds; the bounds of a conversation and of its runs share it."""

    def __init__(self) -> None:
        self.files = FileBounds()
        self.outward = Outward()
