"""Files that come with a task: read, checked, and described for the model."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from pyagent.errors import FileError
from pyagent.protocol import FileInfo
from pyagent.sandbox.files import MAX_FILE_BYTES
from pyagent.texts import cut_middle

_PREVIEW_BYTES = 4_096

Files: TypeAlias = Mapping[str, bytes] | Sequence[str | os.PathLike[str]]
"""Bytes by their name in the work folder, or paths on this machine."""


def read_files(files: Files) -> dict[str, bytes]:
    """Return the bytes of each file by its name.

    Raises ``FileError`` for a file that cannot be read or is too large, and for two equal names.
    """
    if isinstance(files, Mapping):
        named = {check_name(name): bytes(data) for name, data in files.items()}
    else:
        named = {}
        for path in files:
            name = check_name(Path(path).name)
            if name in named:
                raise FileError(f"Two files are called {name}.", advice="Rename one of them first.")
            named[name] = _read(Path(path))
    for name, data in named.items():
        _check_size(name, len(data))
    return named


def _read(path: Path) -> bytes:
    try:
        _check_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileError(
            f"{path} cannot be read: {reason}.", advice="Check the path and its permissions."
        ) from error


def _check_size(name: str, size_bytes: int) -> None:
    if size_bytes > MAX_FILE_BYTES:
        raise FileError(
            f"{name} is too large: {size_bytes / 2**20:,.0f} MB, "
            f"at most {MAX_FILE_BYTES / 2**20:,.0f} MB are possible.",
            advice="Give a smaller part of it.",
        )


def check_name(name: str) -> str:
    """Return ``name`` as a path in the work folder. Raises ``FileError`` if it leads out of it."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = path.parts
    if not name.strip() or not parts or path.is_absolute() or ".." in parts or ":" in parts[0]:
        raise FileError(
            f"{name!r} is not a valid name for a file in the work folder.",
            advice="Give a plain name.",
        )
    return str(path)


def file_info(name: str, data: bytes) -> FileInfo:
    """Describe a file by its name, size and media type. The type is guessed from the name."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileInfo(path=name, size_bytes=len(data), media_type=media_type)


def introduce_files(files: Mapping[str, bytes], *, lines: int) -> str:
    """Tell the model which files there are: names, sizes, and the first lines of text files."""
    texts = []
    for name, data in files.items():
        text = f"{name} ({len(data):,} bytes)"
        preview = _first_lines(data, lines)
        texts.append(f"{text}, begins:\n{preview}" if preview else text)
    return "Files in the current folder:\n" + "\n".join(f"- {text}" for text in texts)


def _first_lines(data: bytes, lines: int) -> str:
    """The first lines of a text file; empty for other files."""
    head = data[:_PREVIEW_BYTES]
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character cut by the limit does not make it a binary file.
        if error.start < len(head) - 4:
            return ""
        text = head[: error.start].decode("utf-8-sig")
    if "\x00" in text:
        return ""
    return "\n".join(f"  {cut_middle(line, 200)}" for line in text.splitlines()[:lines])
