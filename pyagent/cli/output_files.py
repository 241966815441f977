"""Writes the files of a run to this machine. Never overwrites a file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from pyagent.agents.inputs.file_names import check_name
from pyagent.errors import FileError
from pyagent.protocol import Bundle

_BINARY_IMAGES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
}


def save_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write the files into ``folder``; returns the path of each.

    If a file with that name and other content exists, the new one gets a number: ``plot-2.svg``.
    Raises ``FileError``.
    """
    saved = []
    for name, data in files.items():
        path = _free_path(folder / check_name(name), data)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise FileError(
                f"{path} cannot be written: {error.strerror}.",
                advice="Choose another folder with --output-dir.",
            ) from error
        saved.append(path)
    return saved


def _free_path(path: Path, data: bytes) -> Path:
    candidate, number = path, 2
    while candidate.exists() and not (candidate.is_file() and candidate.read_bytes() == data):
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


def figure_in(bundle: Bundle, *, number: int) -> dict[str, bytes]:
    """A figure as a file, because a terminal cannot show it; empty if the bundle has none."""
    for media_type, suffix in _BINARY_IMAGES.items():
        if media_type in bundle:
            return {f"figure-{number}.{suffix}": base64.b64decode(bundle[media_type])}
    if "image/svg+xml" in bundle:
        return {f"figure-{number}.svg": str(bundle["image/svg+xml"]).encode()}
    return {}
