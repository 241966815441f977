"""Put what Python starts from into dist/: Pyodide, the wheels, the lock and the snapshot.

Called by ``dist.py``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from gzip import decompress
from pathlib import Path
from typing import Any

import wheels
from tools import ROOT, WEB, Stamps, digest, gzip, node

BUILD = ROOT / "build"
PYODIDE = WEB / "node_modules" / "pyodide"
OFFICIAL_LOCK = PYODIDE / "pyodide-lock.json"
CORE = ("pyodide.asm.mjs", "pyodide.asm.wasm")
LIBRARY = "python_stdlib.zip"

_MADE = 'new WebAssembly.Global({value:"i32",mutable:true},-1)'
_LAST = "${typeof value} (${value})`)}}}"
_KNOWN = "var known=Module.libraryPlaces?.get(libName)"
_TOLD = "Module.onLibrary?.(libName,memoryBase,metadata)"
LINKER_CHANGES = (
    ("var GOT={};", "var GOT={},pendingGOT=[];"),
    (f"rtn=GOT[symName]={_MADE}", f"rtn=GOT[symName]={_MADE};pendingGOT.push(symName)"),
    (
        "for(var[symName,entry]of Object.entries(GOT)){",
        "for(var symName of[...pendingGOT]){var entry=GOT[symName];",
    ),
    (f"{_LAST}}};var loadDylibs", f"{_LAST}pendingGOT.length=0}};var loadDylibs"),
    (
        "var memoryBase=metadata.memorySize?",
        f"{_KNOWN};var memoryBase=known??(metadata.memorySize?",
    ),
    (":0;var tableBase=metadata.tableSize?", f":0);{_TOLD};var tableBase=metadata.tableSize?"),
    ("if(applyRelocs){", "if(applyRelocs&&known===undefined){"),
    (
        "if(init){if(runtimeInitialized){init()",
        "if(init&&known===undefined){if(runtimeInitialized){init()",
    ),
)
"""What ``with_changed_linker`` replaces, and by what."""

THIRD_PARTY = ("cloudpickle", "docstring_parser", "httpx", "httpx_sse", "jinja2", "tenacity")
STANDARD = ("csv", "datetime", "random", "sqlite3", "statistics")

NOT_IN_SNAPSHOT = (
    "pyagent.agents.terminal",  # draws with rich, which pages lack
    "pyagent.cli",
    *("pyagent.agents.distributed.crew", "pyagent.agents.distributed.on_ray"),
    *("pyagent.agents.distributed.ray_worker", "pyagent.agents.distributed.texts"),
    *("pyagent.executors.cloud", "pyagent.executors.containers", "pyagent.executors.docker"),
    "pyagent.executors.wasm",  # starts processes, as those before it
    *("pyagent.tools.collection", "pyagent.tools.mcp"),
    *("pyagent.tracing.open_telemetry", "pyagent.tracing.prometheus", "pyagent.tracing.report"),
    "pyagent.models.hugging_face",  # these five are not among what a page offers
    "pyagent.models.litellm",
    "pyagent.models.litellm_library",
    "pyagent.models.router",
    "pyagent.models.transformers",
    "pyagent.sandbox.results.figure_backend",  # imported by matplotlib, which is not there yet
    "pyagent.server",
    "pyagent.tools.builtin.pinned",  # connects by sockets, with httpcore
)


def make(dist: Path) -> None:
    folder = dist / "runtime"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if not path.name.startswith((*CORE, LIBRARY)):  # what was packed of these stays good
            path.unlink()
    for name in CORE:
        shutil.copy2(PYODIDE / name, folder / name)
    script = folder / "pyodide.asm.mjs"
    script.write_text(with_changed_linker(script.read_text("utf-8")), "utf-8")
    library = pack_library(folder / LIBRARY, Stamps(dist / ".stamps.json"))
    wheels.collect(dist / "wheels")
    lock = folder / "pyodide-lock.json"
    compiled = compile_wheels(dist / "wheels", lock)
    snapshot = folder / "snapshot.short"
    options = snapshot_options(script=script, library=library, lock=lock, wheels=compiled)
    options["target"] = str(snapshot)
    node("--experimental-wasm-jspi", BUILD / "snapshot.mjs", json.dumps(options))
    # The page gets these anyway, and the snapshot repeats much of them. In the order of the paths.
    node(BUILD / "repeats.mjs", snapshot, library, *compiled)
    library.unlink()
    for path in (snapshot, *compiled):
        path.with_name(path.name + ".gz").write_bytes(gzip(path.read_bytes()))
        path.unlink()


def pack_library(library: Path, stamps: Stamps) -> Path:
    """Write the standard library without comments, and packed beside it. Takes six seconds, so
    the packed one is used again while nothing has changed."""
    packed = library.with_name(library.name + ".gz")
    source = PYODIDE / LIBRARY
    inputs = digest(
        [WEB / "package-lock.json", BUILD / "library.mjs", BUILD / "inside" / "library.py"]
    )
    if packed.exists() and stamps.match("library", inputs):
        library.write_bytes(decompress(packed.read_bytes()))
        return library
    options = {"pyodide": str(PYODIDE), "source": str(source), "target": str(library)}
    node(BUILD / "library.mjs", json.dumps(options))
    packed.write_bytes(gzip(library.read_bytes()))
    stamps.keep("library", inputs)
    return library


def snapshot_options(
    *, script: Path, library: Path, lock: Path, wheels: Iterable[Path]
) -> dict[str, Any]:
    """Return the options of ``snapshot.mjs`` but for what it makes of them."""
    return {
        "pyodide": str(PYODIDE),
        "script": str(script),
        "library": str(library),
        "lock": str(lock),
        "wheels": [str(wheel) for wheel in wheels],
        "modules": [*THIRD_PARTY, *STANDARD, *our_modules()],
    }


def with_changed_linker(script: str) -> str:
    """Change two things in Emscripten's linker of shared libraries.

    It looks only at the symbols that a new library asks for. Emscripten looks at the symbols of all
    libraries each time. For the 54 libraries of numpy and pandas that took 0.2 of the 1.9 s of
    processor time of ``import pandas``, and would take that in each start from a prepared memory.

    It also tells where a library's data lie (``onLibrary``), and can put a library where a prepared
    memory has it (``libraryPlaces``): see web/src/runtime/libraries.ts. Nothing runs in the library
    then, because that memory holds the outcome.

    Raises ``ValueError`` if the script is another one than was read for this.
    """
    for old, new in LINKER_CHANGES:
        if script.count(old) != 1:
            raise ValueError(f"pyodide.asm.mjs has changed: look for {old} in it.")
        script = script.replace(old, new)
    return script


def compile_wheels(folder: Path, lock: Path, official: Path = OFFICIAL_LOCK) -> list[Path]:
    """Replace the wheels in ``folder`` with compiled ones; write the lock file that lists them.

    ``official`` is the lock file that came with the pinned Pyodide. Returns the compiled wheels.
    """
    beside = folder / OFFICIAL_LOCK.name  # where the compiler looks for it
    shutil.copyfile(official, beside)
    options = {
        "pyodide": str(PYODIDE),
        "tools": [str(wheel) for wheel in wheels.tools()],
        "folder": str(folder),
    }
    node(BUILD / "packages.mjs", json.dumps(options))
    shutil.move(beside, lock)
    return sorted(folder.glob("*.whl"))


def our_modules() -> list[str]:
    """Return the names of pyagent's modules that belong into the snapshot."""
    paths = sorted((ROOT / "pyagent").rglob("*.py"))
    dotted = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    names = [name.removesuffix(".__init__") for name in dotted]
    return [name for name in names if not name.startswith(NOT_IN_SNAPSHOT)]
