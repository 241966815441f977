"""Puts the site's own packages into a sandbox: all wheels that a module needs, in one go.

It runs in the sandbox worker. It asks the trusted side for the site's lock and the files that the
lock names, and resolves dependencies by that lock, without micropip.
"""

from __future__ import annotations

import asyncio
import io
import os
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from pyagent.executors.packages.site_lock import LOCK_URL, SiteLock, SitePackage, read_lock
from pyagent.protocol import PackageResponse

_LENGTHS = struct.Struct("<HH")

Fetch = Callable[[str], Awaitable[tuple[PackageResponse, bytes]]]


class SiteWheels:
    """``fetch`` asks the trusted side. Files go below ``folder``, which is on ``sys.path``.

    ``there`` names packages that are in place already.
    """

    def __init__(
        self, fetch: Fetch, folder: Path | None = None, *, there: Iterable[str] = ()
    ) -> None:
        self._fetch = fetch
        self._folder = folder or _site_packages()
        self._lock = SiteLock()
        self._complete = False
        """Whether the lock may be used again. A site that still fetches has a new one soon."""
        self._there = set(there)

    async def bring(self, module: str) -> bool:
        """Install the package of a module with what it needs; False if the site has none.

        Raises ``OSError`` if a file cannot be had.
        """
        lock = await self._read_lock()
        name = lock.name_of(module)
        if name is None:
            return False
        wanted = [n for n in lock.needed(name) if n not in self._there]
        wanted = [n for n in wanted if n == name or not _is_here(lock.packages[n].imports)]
        replies = await asyncio.gather(*(self._fetch(lock.packages[n].url) for n in wanted))
        for package, (response, body) in zip(wanted, replies, strict=True):
            if response.error:
                raise OSError(response.error)
            self.put(package, body)
        return True

    def put(self, package: str, wheel: bytes) -> None:
        """Install a package's wheel."""
        if package not in self._there:
            unpack(wheel, self._folder)
            self._there.add(package)

    @property
    def packages(self) -> Mapping[str, SitePackage]:
        """What the site has, as far as its lock was read."""
        return self._lock.packages

    async def is_coming(self, module: str) -> bool:
        """Whether the site is still fetching the module's package."""
        lock = await self._read_lock()
        return lock.modules.get(module) in lock.coming

    async def has(self, module: str) -> bool:
        """Whether the site has the module's package, so that a failure to bring it may pass."""
        return (await self._read_lock()).name_of(module) is not None

    async def absence(self, module: str) -> str:
        """Why the site does not have a module, in a sentence; empty if it says nothing of it."""
        return (await self._read_lock()).absence(module)

    async def _read_lock(self) -> SiteLock:
        if not self._complete:
            response, body = await self._fetch(LOCK_URL)
            self._lock = read_lock("" if response.error else body.decode("utf-8", "replace"))
            self._complete = bool(self._lock.packages) and not self._lock.coming
        return self._lock


def unpack(wheel: bytes, folder: Path) -> None:
    """Unpack a wheel below ``folder``.

    The build stores files uncompressed, so their bytes are written as they lie in the wheel. That
    takes half the time of ``ZipFile.extractall``.
    """
    view = memoryview(wheel)
    made: set[str] = set()
    with ZipFile(io.BytesIO(wheel)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if entry.compress_type != ZIP_STORED or ".." in entry.filename.split("/"):
                archive.extract(entry, folder)
                continue
            path = f"{folder}/{entry.filename}"
            parent = path.rpartition("/")[0]
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            # The local header repeats the name; only it has the length of its extra field.
            name_bytes, extra_bytes = _LENGTHS.unpack_from(view, entry.header_offset + 26)
            start = entry.header_offset + 30 + name_bytes + extra_bytes
            with open(path, "wb", buffering=0) as file:
                file.write(view[start : start + entry.file_size])


def _is_here(modules: object) -> bool:
    """Whether Python finds the first of a package's modules without the site."""
    names = list(modules) if isinstance(modules, (list, tuple)) else []
    return bool(names) and PathFinder.find_spec(names[0]) is not None


def _site_packages() -> Path:
    return next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
