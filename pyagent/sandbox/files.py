"""The work folder: which paths are inside it, and which files a step changed."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pyagent.errors import FileError
from pyagent.protocol.guest import MAX_FILE_BYTES, FileInfo

MAX_CHANGED = 100
"""The most files that are reported for one step."""

_MAX_SEEN = 5_000
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})

_TYPES = {".md": "text/markdown", ".parquet": "application/vnd.apache.parquet"}
_Stamp = tuple[int, int, int]


def media_type(path: str) -> str:
    """The media type that the file's name suggests."""
    suffix = os.path.splitext(path)[1].lower()
    guess = _TYPES.get(suffix) or mimetypes.guess_type(path)[0]
    return guess or "application/octet-stream"


def check_relative(path: str) -> PurePosixPath:
    """Parse a path whose text cannot lead out of its folder. Raises ``FileError``."""
    if not is_inside(path):
        raise FileError(f"{path!r} is not a path inside the work folder.")
    return PurePosixPath(path)


def is_inside(path: str) -> bool:
    """Whether the text of a path names something in its folder, on every operating system."""
    pure = PurePosixPath(path)
    parts = pure.parts
    if not parts or pure.is_absolute() or ".." in parts or ":" in parts[0]:
        return False
    return "\\" not in path and "\0" not in path


class WorkFolder:
    """The folder that the code works in. ``path`` must exist."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._seen: dict[str, _Stamp] = self._scan()

    def write(self, path: str, data: bytes) -> None:
        """Create or replace a file, and create missing folders. Raises ``FileError``."""
        try:
            target = self._contained(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            self._seen[path] = _stamp(target.stat())
        except (OSError, ValueError) as error:  # ValueError: no file system takes the name
            reason = getattr(error, "strerror", None) or error
            raise FileError(f"{path!r:.80} cannot be written: {reason}.") from error

    def read(self, path: str) -> bytes:
        """The content of a file. Raises ``FileError``."""
        target = self._contained(path)
        try:
            if not target.is_file():
                raise FileError(f"There is no file {path!r} in the work folder.")
            size = target.stat().st_size
            if size > MAX_FILE_BYTES:
                raise FileError(
                    f"{path!r} has {size:,} bytes; at most {MAX_FILE_BYTES:,} can be fetched."
                )
            return target.read_bytes()
        except OSError as error:
            raise FileError(f"{path!r} cannot be read: {error.strerror}.") from error

    def changed(self) -> list[FileInfo]:
        """Files created or changed since the last call, sorted by path, at most ``MAX_CHANGED``."""
        now = self._scan()
        before, self._seen = self._seen, now
        paths = sorted(path for path, stamp in now.items() if before.get(path) != stamp)
        return [
            FileInfo(path=path, size_bytes=now[path][0], media_type=media_type(path))
            for path in paths[:MAX_CHANGED]
        ]

    def all(self) -> list[str]:
        """The paths of all visible files."""
        return sorted(self._scan())

    def _contained(self, path: str) -> Path:
        target = self.path.joinpath(check_relative(path))
        # resolve() follows links: a link that leads outside is found here.
        if not target.resolve().is_relative_to(self.path):
            raise FileError(f"{path!r} leads out of the work folder.")
        return target

    def _scan(self) -> dict[str, _Stamp]:
        found: dict[str, _Stamp] = {}
        for path, stamp in self._walk(self.path, ""):
            found[path] = stamp
            if len(found) >= _MAX_SEEN:
                break
        return found

    def _walk(self, folder: Path, prefix: str) -> Iterator[tuple[str, _Stamp]]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:  # the code removed the folder or its permissions
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_file():
                yield prefix + entry.name, _stamp(entry.stat())
            elif entry.is_dir() and entry.name not in _SKIPPED_FOLDERS:
                yield from self._walk(folder / entry.name, f"{prefix}{entry.name}/")


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ino
