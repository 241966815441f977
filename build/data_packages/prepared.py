"""Makes the prepared memory: Python with numpy and pandas imported, from which sandboxes can start.

It holds what differs from the site's snapshot, so it fits only the runtime that it was made with.
``web/src/runtime/prepared.ts`` reads it. ``build/snapshot.mjs`` makes it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import runtime
import tools
from data_packages.catalogue import Catalogue, DataPackage

MODULES = (
    "numpy",
    "pandas",
    "pandas.io.excel",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.io.formats.style",
)
"""What the memory has imported: pandas, and what it imports later for what most code does."""
PACKAGES = ("numpy", "pandas")
KEPT_VERSIONS = 4
MAKER = runtime.BUILD / "snapshot.mjs"

Entry = dict[str, Any]


class PreparedMemory:
    """Prepared memories, kept in ``folder`` by what they were made from.

    ``packed`` holds the compiled and packed wheels of the site, by the names of their packages.
    """

    def __init__(self, folder: Path, dist: Path) -> None:
        self._folder = folder
        self._dist = dist

    def make(self, listed: Catalogue, packed: dict[str, Path]) -> str:
        """Make the memory if the wheels for it are there. Takes some 5 s.

        Returns why it could not be made, in a sentence; empty if it was, or there is nothing to do.
        """
        wheels = self._wheels(listed, packed)
        if not wheels or self._path(wheels).is_file():
            return ""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
                self._make(Path(scratch), wheels)
        except (OSError, subprocess.CalledProcessError) as error:
            return f"The memory with pandas could not be made: {error}"
        return ""

    def entry(self, listed: Catalogue, packed: dict[str, Path]) -> tuple[Path, Entry] | None:
        """The file and what the site's lock says of it. None if it is not made."""
        wheels = self._wheels(listed, packed)
        path = self._path(wheels) if wheels else None
        if path is None or not path.is_file():
            return None
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        return path, {
            "file": f"prepared-{sha256[:16]}.bin.gz",
            "bytes": len(data),
            "sha256": sha256,
            "build_id": self._build_id(),
            "modules": list(MODULES),
            "packages": sorted(wheels),
        }

    def is_offered(self, lock: Entry) -> bool:
        """Whether a site's lock names the memory for this runtime, or the site has no pandas."""
        has_packages = all(name in lock["packages"] for name in PACKAGES)
        return not has_packages or (lock.get("prepared") or {}).get("build_id") == self._build_id()

    def _make(self, scratch: Path, wheels: dict[str, Path]) -> None:
        def unpack(path: Path) -> Path:
            target = scratch / path.stem
            with gzip.open(path) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file)
            return target

        target = self._path(wheels)
        folder = self._dist / "runtime"
        library = unpack(folder / f"{runtime.LIBRARY}.gz")
        ours = [unpack(path) for path in sorted((self._dist / "wheels").glob("*.whl.gz"))]
        options = runtime.snapshot_options(
            script=folder / "pyodide.asm.mjs",
            library=library,
            lock=folder / "pyodide-lock.json",
            wheels=ours,
        )
        options["prepared"] = {
            "base": str(unpack(folder / "snapshot.short.gz")),
            "shortenedBy": [str(path) for path in (library, *ours)],
            "wheels": [str(unpack(path)) for path in wheels.values()],
            "modules": list(MODULES),
            "target": str(scratch / "prepared.bin"),
        }
        tools.node("--experimental-wasm-jspi", MAKER, json.dumps(options))
        part = scratch / "prepared.bin.gz"
        part.write_bytes(tools.gzip((scratch / "prepared.bin").read_bytes()))
        if self._path(wheels) != target:
            return  # it was built anew meanwhile
        part.replace(target)
        kept = sorted(self._folder.glob("*.bin.gz"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-KEPT_VERSIONS]:
            path.unlink()

    def _wheels(self, listed: Catalogue, packed: dict[str, Path]) -> dict[str, Path]:
        """The wheels by name, what others need first; empty if one is missing."""
        names = needed(PACKAGES, listed.packages)
        return {n: packed[n] for n in names} if packed.keys() >= set(names) else {}

    def _path(self, wheels: dict[str, Path]) -> Path:
        parts = [self._build_id(), *(f"{name} {path.parent.name}" for name, path in wheels.items())]
        makers = (MAKER, Path(__file__), Path(__file__).with_suffix(".mjs"))
        key = hashlib.sha256(
            b"\0".join([*map(str.encode, parts), *(p.read_bytes() for p in makers)])
        )
        return self._folder / f"{key.hexdigest()[:16]}.bin.gz"

    def _build_id(self) -> str:
        manifest = json.loads((self._dist / "manifest.json").read_text("utf-8"))
        return str(manifest["build_id"])


def needed(names: Sequence[str], packages: Sequence[DataPackage]) -> list[str]:
    """Packages with everything that they need, what others need first."""
    depends = {package.name: package.depends for package in packages}
    found: list[str] = []

    def add(name: str) -> None:
        if name in depends and name not in found:
            for other in depends[name]:
                add(other)
            found.append(name)

    for name in names:
        add(name)
    return found
