"""Put what Python starts from into dist/: Pyodide, the wheels, the lock and the snapshot.

Called by ``dist.py``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import lock
import wheels
from tools import ROOT, WEB, node

PYODIDE = WEB / "node_modules" / "pyodide"
CORE = ("pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

THIRD_PARTY = ("cloudpickle", "docstring_parser", "httpx", "httpx_sse", "jinja2", "tenacity")
STANDARD = ("csv", "datetime", "random", "sqlite3", "statistics")

NOT_IN_SNAPSHOT = (
    "pyagent.browser.bridge",  # holds JavaScript objects
    "pyagent.cli",
    "pyagent.sandbox.figures",  # imported by matplotlib, which is not there yet
    "pyagent.server",
)


def make(dist: Path) -> None:
    folder = dist / "runtime"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in CORE:
        shutil.copyfile(PYODIDE / name, folder / name)
    collected = wheels.collect(dist / "wheels")
    lock.write(PYODIDE / "pyodide-lock.json", collected, folder / "pyodide-lock.json")
    options = {
        "pyodide": str(PYODIDE),
        "lock": str(folder / "pyodide-lock.json"),
        "wheels": [str(wheel) for wheel in collected],
        "modules": [*THIRD_PARTY, *STANDARD, *our_modules()],
        "target": str(folder / "snapshot.bin.gz"),
    }
    script = ROOT / "build" / "snapshot.mjs"
    node("--experimental-wasm-jspi", script, json.dumps(options))


def our_modules() -> list[str]:
    """Every module of pyagent that belongs into the snapshot."""
    paths = sorted((ROOT / "pyagent").rglob("*.py"))
    dotted = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    names = [name.removesuffix(".__init__") for name in dotted]
    return [name for name in names if not name.startswith(NOT_IN_SNAPSHOT)]
