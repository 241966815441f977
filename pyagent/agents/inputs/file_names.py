"""Names of files in the work folder: checked, and shortened where a file system takes no more."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

from pyagent.errors import FileError
from pyagent.sandbox.files import is_inside

MAX_PART_BYTES = 200
"""The longest name of a file or folder, in UTF-8. File systems take 255; code may add to a name."""

MAX_PATH_BYTES = 1_000
_MAX_SUFFIX_BYTES = 20


def check_name(name: str) -> str:
    """Return ``name`` as a path in the work folder, with characters that no folder takes as ``_``.

    A part that is too long is shortened and keeps its suffix. Raises ``FileError`` if the path
    leads out of the folder, or has too many parts.
    """
    plain = "".join(char if _is_usable(char) else "_" for char in name.replace("\\", "/"))
    if not name.strip() or not is_inside(plain):
        raise FileError(
            f"{name[:80]!r} is not a valid name for a file in the work folder.",
            advice="Give a plain name.",
        )
    short = str(PurePosixPath(*map(_shortened, PurePosixPath(plain).parts)))
    if len(short.encode()) > MAX_PATH_BYTES:
        raise FileError(
            f"A file lies in too many folders: {short[:80]!r}…",
            advice="Give it a shorter path.",
        )
    return short


def free_name(name: str, taken: Collection[str]) -> str:
    """Return ``name``, or ``name (2)`` and so on if it is among ``taken``."""
    path = PurePosixPath(name)
    candidate, number = name, 2
    while candidate in taken:
        candidate = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        number += 1
    return candidate


def _is_usable(char: str) -> bool:
    """Whether a file system takes the character: no control character and no half of a pair."""
    return char >= " " and char != "\x7f" and not "\ud800" <= char <= "\udfff"


def _shortened(part: str) -> str:
    if len(part.encode()) <= MAX_PART_BYTES:
        return part
    suffix = PurePosixPath(part).suffix
    if len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        suffix = ""
    room = MAX_PART_BYTES - len((suffix + "…").encode())
    stem = part.removesuffix(suffix).encode()[:room].decode(errors="ignore")
    return f"{stem}…{suffix}"
