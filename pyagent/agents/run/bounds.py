"""What a conversation has used of its bounds. The toolbox keeps one ``Bounds`` for each agent.

Managed agents count in the bounds of the conversation that calls them, so ``RunState`` has them.
"""

from __future__ import annotations

from typing import TypeAlias

MAX_STEP_FILE_BYTES = 256 * 1024 * 1024
"""Most bytes of files that one step hands over to the person."""

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Most bytes of files that a conversation hands over. In a page, the worker that has the keys and
the conversation holds them for a while, and must not run out of memory."""


Step: TypeAlias = tuple[str, int]
"""A step: the id of its run, and its number there."""


class FileBounds:
    """The bytes of the files that a conversation has handed over to the person."""

    def __init__(self) -> None:
        self._step: Step = ("", 0)
        self._in_step = 0
        self._in_all = 0

    def refusal(self, size_bytes: int, step: Step) -> str:
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

    def count(self, size_bytes: int, step: Step) -> None:
        """Count a file that came out of the sandbox, whether or not it is handed over."""
        if self._step != step:
            self._step, self._in_step = step, 0
        self._in_step += size_bytes
        self._in_all += size_bytes


class Bounds:
    """The bounds of one conversation."""

    def __init__(self) -> None:
        self.files = FileBounds()

    def reset(self) -> None:
        """Begin a new conversation."""
        self.files = FileBounds()
