"""The packages of a guest under Deno: of the site's folder, else Pyodide's and the index's."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from gzip import BadGzipFile, decompress
from pathlib import Path
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.executors.packages.broker import PackageBroker, PackageSources
from pyagent.executors.packages.fetching import Fetch, FetchFailed
from pyagent.executors.wasm.site import Site
from pyagent.wire import parse_json

INDEX_URL = "https://pypi.org/simple"
"""The index that micropip asks in the guest."""

PYODIDE_URL = "https://cdn.jsdelivr.net/pyodide/v314.0.7/full/"
"""The folder of the packages in Pyodide's lock: web/src/runtime/boot.ts has it too."""

_LOCK = "runtime/pyodide-lock.json"


class FolderPackages:
    """``SitePackages`` in the folder of a site."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def lock(self, *, fresh: bool) -> str:
        try:
            return (self._folder / "lock.json").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    async def file(self, name: str, sha256: str) -> bytes:
        return await asyncio.to_thread(self._read, name, sha256)

    def prefetch(self, name: str, sha256: str) -> None:
        """Files of this machine need no time."""

    def _read(self, name: str, sha256: str) -> bytes:
        try:
            data = (self._folder / name).read_bytes()
            if hashlib.sha256(data).hexdigest() != sha256:
                raise FetchFailed(f"{name} is damaged or of another version.")
            return decompress(data) if name.endswith(".gz") else data
        except (OSError, BadGzipFile, EOFError) as error:
            raise FetchFailed(f"{name} cannot be read.") from error


def broker_of(site: Site, fetch: Fetch) -> PackageBroker:
    """The broker for the guests of a site."""
    return PackageBroker(fetch, lambda: _sources(site), FolderPackages(site.folder / "packages"))


def _sources(site: Site) -> PackageSources:
    lock = parse_json(site.read(_LOCK).decode("utf-8"))
    if not isinstance(lock, dict):
        raise ProtocolError(f"{_LOCK} is not a lock.")
    files = [_dict(package) for package in _dict(lock.get("packages")).values()]
    return PackageSources(
        index_url=INDEX_URL,
        lock_url=PYODIDE_URL,
        lock_hashes={str(f["file_name"]): str(f["sha256"]) for f in files if "sha256" in f},
    )


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
