"""Files that come with a task: read, checked, and described for the model."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from pyagent.agents.inputs.file_names import check_name, free_name
from pyagent.errors import FileError
from pyagent.protocol import MAX_FILE_BYTES, FileInfo
from pyagent.sandbox.files import media_type

Content: TypeAlias = str | bytes | bytearray | memoryview | os.PathLike[str]
"""What a file holds: text, which is written in UTF-8, bytes, or the path of a file to read."""

Files: TypeAlias = Mapping[str, Content] | Iterable[str | os.PathLike[str]] | str | os.PathLike[str]
"""Contents by their name in the work folder, or paths on this machine, or one path."""


_MAX_NAMED = 5


class TaskFiles(dict[str, bytes]):
    """The bytes of each file by its name in the work folder."""

    def __init__(self) -> None:
        super().__init__()
        self.given_names: dict[str, str] = {}
        """The name that the person gave, for each name that had to be changed."""


def read_files(files: Files) -> TaskFiles:
    """Return the bytes of each file by its name.

    Raises ``FileError`` for a file that cannot be read or is too large, for two equal names, and
    for anything that is not a file.
    """
    read = TaskFiles()
    for given, data in _contents(files):
        name = check_name(given)
        if name in read and given not in read:
            name = free_name(name, read)  # two long names that became one
        elif name in read:
            raise FileError(f"Two files are called {name}.", advice="Rename one of them first.")
        if PurePosixPath(name) != PurePosixPath(given.replace("\\", "/")):
            read.given_names[name] = given
        _check_size(name, len(data))
        read[name] = data
    return read


def file_notes(files: TaskFiles) -> list[str]:
    """What a person is told of files: names that were changed, and libraries that are missing."""
    renamed = files.given_names.items()
    told = [f"The file {given!r:.80} was given to the agent as {name}." for name, given in renamed]
    return told + _missing_readers(files)


def _missing_readers(files: Mapping[str, bytes]) -> list[str]:
    if not files or sys.platform == "emscripten":  # nobody can install anything in a page
        return []
    # Imported here for the same reason as in introduce_files.
    from pyagent.tables.files import missing_reader

    missing: dict[str, list[str]] = {}
    for name, data in files.items():
        if library := missing_reader(name, data):
            missing.setdefault(library, []).append(name)
    return [
        f"{', '.join(names[:_MAX_NAMED])} cannot be read as a table, because {library} is not "
        "installed: pip install 'pyagent[data]'."
        for library, names in missing.items()
    ]


def _contents(files: Any) -> Iterator[tuple[str, bytes]]:
    if isinstance(files, Mapping):
        yield from ((_name(name), _bytes(name, data)) for name, data in files.items())
        return
    if isinstance(files, str | os.PathLike):
        files = [files]
    if isinstance(files, bytes | bytearray) or not isinstance(files, Iterable):
        raise _not_files(files)
    for path in files:
        if not isinstance(path, str | os.PathLike):
            raise _not_files(path)
        yield Path(path).name or str(path), _read(Path(path))


def _name(name: Any) -> str:
    if isinstance(name, str):
        return name
    raise FileError(f"A file's name must be text, not {name!r:.80}.", advice="Give a plain name.")


def _bytes(name: str, data: Any) -> bytes:
    if isinstance(data, str):
        return data.encode("utf-8", "surrogatepass")
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if isinstance(data, os.PathLike):
        return _read(Path(data))
    raise FileError(
        f"The content of {name} must be text, bytes or a Path, not {type(data).__name__}.",
        advice="Write a table as CSV text; pass other values in additional_args.",
    )


def _not_files(value: Any) -> FileError:
    return FileError(
        f"files must be paths, or contents by name, not {type(value).__name__}.",
        advice='Write files=["data.csv"], or files={"data.csv": "a,b\\n1,2"}.',
    )


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FileError(
                f"{str(path)!r} is not a valid name for a file: it is a folder.",
                advice="Give the files in it.",
            )
        _check_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
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


def file_info(name: str, data: bytes) -> FileInfo:
    """Describe a file by its name, size and media type."""
    return FileInfo(path=name, size_bytes=len(data), media_type=media_type(name))


def introduce_files(files: TaskFiles, *, lines: int) -> str:
    """Tell the model which files there are: names, sizes, first lines, tables."""
    # Most tasks have no files, and the readers of tables import csv, sqlite3, zipfile and more.
    from pyagent.agents.inputs.previews import preview

    texts = []
    for name, data in files.items():
        text = f"{name} ({len(data):,} bytes)"
        if name in files.given_names:
            text += f", given with a name of {len(files.given_names[name]):,} letters"
        texts.append(text + preview(name, data, lines=lines))
    return "Files in the current folder:\n" + "\n".join(f"- {text}" for text in texts)
