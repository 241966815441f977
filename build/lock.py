"""Write the pyodide-lock.json of the site: Pyodide's own packages and our wheels, with hashes.

Called by ``dist.py``. Pyodide reads it at start; it says what the installer may fetch from
Pyodide's package host. Our wheels replace Pyodide's packages of the same name. The library
pyodide-lock (0.1.2) refuses the lock files of Pyodide 314, so this writes the entries itself.
"""

from __future__ import annotations

import hashlib
import json
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BROWSER = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.2",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


def write(official: Path, wheels: list[Path], target: Path) -> None:
    """``official`` is the lock that came with the pinned Pyodide."""
    lock = json.loads(official.read_text("utf-8"))
    packages = {
        name: entry for name, entry in lock["packages"].items() if not name.endswith("-tests")
    }
    ours = {entry["name"]: entry for entry in map(_entry, wheels)}
    packages |= ours
    for entry in ours.values():
        entry["depends"] = [name for name in entry["depends"] if name in packages]
    lock["packages"] = dict(sorted(packages.items()))
    target.write_text(json.dumps(lock, separators=(",", ":")), "utf-8")


def _entry(wheel: Path) -> dict[str, Any]:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata_name = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(metadata_name))
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]
    return {
        "name": canonicalize_name(metadata["Name"]),
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted({_top(name) for name in names if ".dist-info/" not in name}),
        "depends": [
            canonicalize_name(requirement.name)
            for requirement in requirements
            if requirement.marker is None or requirement.marker.evaluate(BROWSER | {"extra": ""})
        ],
        "unvendored_tests": False,
    }


def _top(member: str) -> str:
    return member.split("/")[0].removesuffix(".py")
