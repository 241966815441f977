"""What the next guest gets back after a loss, and what the model is told about it.

``lifecycle`` starts that guest and sends it what is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyagent.executors.base import Kept
from pyagent.protocol import Json

_MAX_NAMED = 20
_MAX_GIVEN_BYTES = 64 * 1024 * 1024
_MAX_LOSSES = 8
"""A checkpoint after which so many guests were lost is given up: it may be what ends them."""
_MAX_LOSSES_AT_START = 2


class Recovery:
    """The last checkpoint, and the variables and files that the host gave after it.

    ``RemoteExecutor`` keeps one. ``files_survive`` says that files need no recovery.
    """

    def __init__(self, *, files_survive: bool) -> None:
        self.checkpoint = b""
        self.variables: dict[str, Json] = {}
        self.files: dict[str, bytes] = {}
        self.skipped: dict[str, str] = {}
        """The names that the checkpoint does not hold → why."""
        self.is_ahead = False
        """Whether the host gave something after the checkpoint."""
        self._given_files: dict[str, bytes] = {}
        """The first files that the host gave, in case the checkpoint with them is given up."""
        self._given_variables: dict[str, Json] = {}
        self._later_variables: set[str] = set()
        """The variables that the host gave after the guest was last asked for a checkpoint."""
        self._later_files: set[str] = set()
        self._losses = 0
        self._losses_at_start = 0
        self._files_survive = files_survive
        self._kept: set[str] = set()
        self._bound: set[str] = set()
        self._changed: set[str] = set()

    def add_variables(self, variables: Mapping[str, Json]) -> None:
        """Keep variables that the host gave."""
        self.variables.update(variables)
        self._later_variables.update(variables)
        self.is_ahead = self.is_ahead or bool(variables)
        self._given_variables.update(variables)

    def note_bound(self, names: Iterable[str], files: Iterable[str] = ()) -> None:
        """Note the names that the code gave values to, and the files that it changed."""
        self._bound.update(names)
        self._changed.update(files)

    def add_file(self, path: str, data: bytes) -> None:
        """Keep a file that the host gave."""
        if not self._files_survive:
            self.files[path] = data
            self._later_files.add(path)
            self.is_ahead = True
            self._given_files.pop(path, None)
            if sum(map(len, self._given_files.values())) + len(data) <= _MAX_GIVEN_BYTES:
                self._given_files[path] = data

    def checkpoint_asked(self) -> None:
        """Note that the guest is asked for a checkpoint. What the host gives later is not in it."""
        self._later_variables.clear()
        self._later_files.clear()

    def add_checkpoint(self, checkpoint: bytes, skipped: Mapping[str, str]) -> None:
        """Keep a new checkpoint. Empty bytes mean that none could be made: the old one stays.

        What the host gave since ``checkpoint_asked`` stays, too.
        """
        self.is_ahead = bool(self._later_variables or self._later_files)
        self.skipped = dict(skipped)
        if not checkpoint:
            return
        self.checkpoint = checkpoint
        self._changed.clear()
        self._losses = self._losses_at_start = 0
        self._kept = (self._kept | self._bound | self.variables.keys()) - skipped.keys()
        self._bound = self._bound & skipped.keys()
        variables = skipped.keys() | self._later_variables
        files = skipped.keys() | self._later_files
        self.variables = {
            name: value for name, value in self.variables.items() if name in variables
        }
        self.files = {path: data for path, data in self.files.items() if path in files}

    @property
    def kept(self) -> Kept:
        """The checkpoint, and what came after it as lost."""
        later = {*self._bound, *self._changed, *self.variables, *self.files} - self.skipped.keys()
        lost = self.skipped | dict.fromkeys(sorted(later), "it was not saved in time")
        return Kept(checkpoint=self.checkpoint, lost=lost)

    @property
    def has_unsaved(self) -> bool:
        """Whether code bound names or changed files that the checkpoint does not hold."""
        return bool(self._bound or self._changed)

    def forget(self, names: Iterable[str]) -> None:
        """Note the names that could not be restored."""
        self._kept.difference_update(names)

    def lost_at_start(self) -> bool:
        """Note that a guest was lost while it restored the checkpoint.

        Returns whether to try it again: that one may have been ended from outside.
        """
        self._losses_at_start += 1
        return self._losses_at_start < _MAX_LOSSES_AT_START

    def give_up(self, reason: str) -> str:
        """Go back to what the host gave. Returns what to tell the model and the person."""
        lost = sorted(self._kept - self._given_variables.keys())
        self.checkpoint = b""
        self.files = {**self._given_files, **self.files}
        self.variables = {**self._given_variables, **self.variables}
        self._losses = self._losses_at_start = 0
        self._kept.clear()
        self.is_ahead = True
        told = [f"What the sandbox had saved was given up: {reason}."]
        if lost:
            told.append(f"Lost: {_names(lost)}.")
        if back := sorted([*self.variables, *self.files]):
            told.append(f"As they were given: {_names(back)}.")
        return " ".join(told)

    def clear(self) -> None:
        """Forget everything."""
        self.checkpoint = b""
        self.variables.clear()
        self.files.clear()
        self.skipped = {}
        self.is_ahead = False
        self._changed.clear()
        self.checkpoint_asked()
        self._given_files.clear()
        self._given_variables.clear()
        self._losses = self._losses_at_start = 0
        self._kept.clear()
        self._bound.clear()

    def report_loss(self) -> str:
        """Return what the new guest has and what is lost, as text for the model."""
        self._losses += 1
        if self.checkpoint and self._losses >= _MAX_LOSSES:
            return self.give_up(f"{_MAX_LOSSES} sandboxes were lost with it")
        back = sorted(self._kept | self.variables.keys())
        lost = sorted(self._bound - set(back))
        self._bound.clear()
        self._changed.clear()
        told = [f"Restored from before this step: {_names(back)}." if back else "It is empty."]
        if lost:
            told.append(f"Lost: {_names(lost)}.")
        return " ".join(told)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + more
