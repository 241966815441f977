"""Compiles the wheels that were fetched and offers them in a built site, with a lock of their own.

``dist/packages/lock.json`` is what the page reads: each package with its file, hash, modules and
dependencies; why others are missing; and which are still on their way.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import runtime
import wheels
from data_packages.catalogue import Catalogue, DataPackage
from data_packages.prepared import PreparedMemory
from tools import gzip, node

BUILD = Path(__file__).resolve().parent.parent
MAKERS = (BUILD / "packages.py", BUILD / "packages.mjs", BUILD / "packages.txt")


class Kitchen:
    """Makes compiled wheels out of those in ``raw`` and keeps them in ``made``."""

    def __init__(self, raw: Path, made: Path) -> None:
        self._raw = raw
        makers = hashlib.sha256(b"".join(path.read_bytes() for path in MAKERS))
        self._made = made / makers.hexdigest()[:16]

    def compile(self, packages: Sequence[DataPackage]) -> None:
        """Compile and pack what is not there yet. Takes about a second for a megabyte."""
        todo = [package for package in packages if self.packed(package) is None]
        if not todo:
            return
        self._made.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._made) as scratch:
            for package in todo:
                folder = Path(scratch, package.sha256)
                folder.mkdir()
                shutil.copy(self._raw / package.file, folder)
            options = {
                "pyodide": str(runtime.PYODIDE),
                "tools": [str(wheel) for wheel in wheels.tools()],
                "folder": scratch,
                "task": "compile_each",
            }
            node(BUILD / "packages.mjs", json.dumps(options))
            for package in todo:
                [wheel] = Path(scratch, package.sha256).glob("*.whl")
                packed = self._made / package.sha256 / f"{wheel.name}.gz"
                packed.parent.mkdir(exist_ok=True)
                part = packed.with_suffix(".part")
                part.write_bytes(gzip(wheel.read_bytes()))
                part.replace(packed)

    def packed(self, package: DataPackage) -> Path | None:
        """The compiled and packed wheel, if it is there."""
        return next((self._made / package.sha256).glob("*.whl.gz"), None)

    def all_packed(self, packages: Sequence[DataPackage]) -> dict[str, Path]:
        """Those that are there, by name."""
        found = {package.name: self.packed(package) for package in packages}
        return {name: path for name, path in found.items() if path is not None}


def offer(
    dist: Path,
    listed: Catalogue,
    kitchen: Kitchen,
    chosen: Sequence[DataPackage],
    *,
    missing: Mapping[str, str] | None = None,
    prepared: PreparedMemory | None = None,
) -> None:
    """Link what is ready into ``dist/packages`` and write its lock.

    Those of ``chosen`` that are neither ready nor in ``missing`` are said to be on their way.
    ``missing`` says why, by name, a package cannot be had. ``prepared`` is offered if it is made.
    """
    folder = dist / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    entries: dict[str, Any] = {}
    for package in listed.packages:
        packed = kitchen.packed(package)
        if packed is not None:
            _link(packed, folder / packed.name)
            entries[package.name] = {
                "version": package.version,
                "file": packed.name,
                "bytes": packed.stat().st_size,
                "sha256": _sha256(packed),
                "original": package.sha256,
                "imports": list(package.imports),
                "depends": list(package.depends),
            }
    reasons = {name: why for name, why in (missing or {}).items() if name not in entries}
    coming = [p.name for p in chosen if p.name not in entries and p.name not in reasons]
    absent = [p for p in listed.packages if p.name not in entries]
    lock = {
        "python": listed.python,
        "packages": entries,
        "coming": coming,
        "missing": reasons,
        "modules": {module: p.name for p in absent for module in p.imports},
        "prepared": None,
    }
    kept = {entry["file"] for entry in entries.values()}
    made = prepared.entry(listed, kitchen.all_packed(listed.packages)) if prepared else None
    if made is not None:
        path, lock["prepared"] = made
        kept.add(made[1]["file"])
        _link(path, folder / made[1]["file"])
    part = folder / "lock.json.part"
    part.write_text(json.dumps(lock, indent=1), "utf-8")
    part.replace(folder / "lock.json")
    for packed in folder.glob("lock.json.*"):  # compressed copies of the older lock
        packed.unlink()
    for pattern in ("*.whl.gz", "prepared-*.bin.gz"):
        for path in folder.glob(pattern):
            if path.name not in kept:
                path.unlink()


def is_settled(
    dist: Path, chosen: Sequence[DataPackage], prepared: PreparedMemory | None = None
) -> bool:
    """Whether the site has each of these very packages, or knows why not."""
    try:
        lock = json.loads((dist / "packages" / "lock.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    have = {name: entry["original"] for name, entry in lock["packages"].items()}
    is_offered = prepared is None or prepared.is_offered(lock)
    return is_offered and all(
        have.get(p.name) == p.sha256 or p.name in lock["missing"] for p in chosen
    )


def _link(source: Path, target: Path) -> None:
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
