"""The image of a guest: every file that it starts from, unpacked, as the first frame on its stdin.

Making one takes a second, so it is kept among the user's caches, and checked before it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from gzip import decompress
from pathlib import Path
from typing import BinaryIO

from pyagent.executors.wasm.repeats import lengthened
from pyagent.executors.wasm.site import Site
from pyagent.sandbox.frames import pack

_WORKER = "process/worker.js"
_SHORT = ".short.gz"
_HASH_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Image:
    """A file that is open for reading, and how much of it is the frame."""

    file: BinaryIO
    size: int

    def send(self, pipe: int) -> None:
        """Write the frame to a pipe. Blocks. Raises ``OSError`` if the other end is gone."""
        source, done = self.file.fileno(), 0
        while done < self.size:
            if hasattr(os, "sendfile") and sys.platform == "linux":
                done += os.sendfile(pipe, source, done, self.size - done)
            else:
                done += os.write(pipe, os.pread(source, min(1 << 20, self.size - done), done))


def image_of(site: Site) -> Image:
    """The image of a site, made or from the cache. Raises ``ExecutorError``."""
    return _image(site.key, site.folder, _Hashable(site))


class _Hashable:
    """Lets ``cache`` ignore a site beside its key."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable)

    def __hash__(self) -> int:
        return 0


@cache
def _image(key: str, folder: Path, holder: _Hashable) -> Image:
    path = cache_folder() / f"wasm-{key}.image"
    if (kept := _kept(path)) is not None:
        return kept
    data = _make(holder.site)
    file = _file_of(path, data + hashlib.sha256(data).digest())
    return Image(file=file, size=len(data))


def cache_folder() -> Path:
    """Where images are kept: the folder of this user's caches."""
    if sys.platform == "darwin":
        return Path("~/Library/Caches/pyagent").expanduser()
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path("~/.cache").expanduser()
    return base / "pyagent"


def _kept(path: Path) -> Image | None:
    """The image in a file; None if there is none or it is damaged."""
    try:
        file = path.open("rb", buffering=0)
    except OSError:
        return None
    size = os.fstat(file.fileno()).st_size - _HASH_BYTES
    total, left = hashlib.sha256(), size
    while left > 0 and (piece := file.read(min(1 << 22, left))):
        total.update(piece)
        left -= len(piece)
    if size > 0 and left == 0 and file.read(_HASH_BYTES) == total.digest():
        return Image(file=file, size=size)
    file.close()
    return None


def _file_of(path: Path, data: bytes) -> BinaryIO:
    """Keep the bytes in ``path``, or in a file without a name if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:
            try:
                new.write(data)
                new.close()
                os.replace(new.name, path)
            except BaseException:
                os.unlink(new.name)
                raise
        for other in path.parent.glob("wasm-*.image"):
            if other != path:
                with suppress(OSError):
                    other.unlink()
        return path.open("rb", buffering=0)
    except OSError:
        unnamed = tempfile.TemporaryFile()  # noqa: SIM115
        unnamed.write(data)
        unnamed.flush()
        return unnamed


def _make(site: Site) -> bytes:
    """Read, check and unpack the files of a site, and put them into a frame."""
    read = {path: site.read(path) for path in site.runtime}
    files = {p: decompress(data) if p.endswith(".gz") else data for p, data in read.items()}
    packed = sorted(p for p in files if p.endswith(".gz") and not p.endswith(_SHORT))
    others = b"".join(files[path] for path in packed)
    named: dict[str, bytes | memoryview] = {"worker.js": site.read(_WORKER)}
    for path, data in files.items():
        name = path.rpartition("/")[2]
        if name.endswith(_SHORT):
            named[name.removesuffix(_SHORT)] = lengthened(data, others)
        else:
            named[name.removesuffix(".gz")] = data
    text = json.dumps({"build_id": site.build_id, "names": list(named)})
    return pack(text, [*map(bytes, named.values())])
