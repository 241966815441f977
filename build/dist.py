"""Build dist/, the site that any static host can serve. Called by the scripts.

A step runs only when its inputs have changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import offline
import page
import protocol_ts
import runtime
from tools import ROOT, WEB, Stamps, digest, gzip, install_web_packages, node, one_at_a_time

BUILD = ROOT / "build"
DIST = ROOT / "dist"
PYTHON_INPUTS = (ROOT / "pyagent", ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE")
COMPRESSED = {".css", ".csv", ".html", ".js", ".json", ".mjs", ".wasm", ".webmanifest"}
RUNTIME_FILES = ("runtime/*", "wheels/*")
PROCESS_FILES = ("process/*",)
"""What a guest of the library's ``wasm`` executor consists of. No page loads them."""


def build(dist: Path = DIST) -> bool:
    """Bring ``dist`` up to date. Returns whether anything had to be done."""
    stamps = Stamps(dist / ".stamps.json")
    sources = [*PYTHON_INPUTS, WEB / "src", WEB / "app", *WEB.glob("*.*")]
    sources += [*BUILD.glob("*.*"), BUILD / "engine", BUILD / "inside"]
    everything = digest(sources)
    if stamps.match("dist", everything):
        return False
    with one_at_a_time(dist):
        if not stamps.match("dist", everything):  # another build may just have done it
            _build(dist, stamps)
            stamps.keep("dist", everything)
    return True


def _build(dist: Path, stamps: Stamps) -> None:
    install_web_packages()
    protocol_ts.main(check=False)
    makers = [BUILD / name for name in ("runtime.py", "snapshot.mjs", "tools.py", "inside")]
    makers += [BUILD / "repeats.mjs", BUILD / "library.mjs"]
    makers += [*BUILD.glob("packages.*"), *BUILD.glob("wheels*")]
    inputs = digest([*PYTHON_INPUTS, WEB / "package-lock.json", *makers])
    if not stamps.match("runtime", inputs):
        _say("making the runtime: wheels, lock, memory snapshot")
        runtime.make(dist)
        stamps.keep("runtime", inputs)
    _say("bundling the page")
    shutil.rmtree(dist / "assets", ignore_errors=True)
    node(BUILD / "bundle.mjs", dist)
    policy = page.make(dist)
    write_manifest(dist, policy)
    offline.list_files(dist)
    compress(dist)


def write_manifest(dist: Path, policy: str) -> None:
    """Write manifest.json: each file that Python starts from with size and hash, and a build id.

    It also lists the scripts of a guest's process.
    """
    files = _listed(dist, RUNTIME_FILES)
    build_id = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    manifest = {
        "build_id": build_id,
        "content_security_policy": policy,
        "files": files,
        "process": _listed(dist, PROCESS_FILES),
    }
    (dist / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")


def _listed(dist: Path, patterns: Sequence[str]) -> dict[str, offline.Listed]:
    """List files by their paths. What is packed beside a file is not listed."""
    paths = [path for pattern in patterns for path in sorted(dist.glob(pattern))]
    return {
        path.relative_to(dist).as_posix(): offline.listed(path)
        for path in paths
        if path.suffix not in (".br", ".gz") or not path.with_suffix("").exists()
    }


def compress(dist: Path) -> None:
    """Write a .gz and a .br beside each file that shrinks. A server may send those instead."""
    files = [path for path in dist.rglob("*") if path.suffix in COMPRESSED and path.name[0] != "."]
    for path in files:
        if _is_stale(path, ".gz"):
            _packed(path, ".gz").write_bytes(gzip(path.read_bytes()))
    node(BUILD / "brotli.mjs", *[path for path in files if _is_stale(path, ".br")])


def _is_stale(path: Path, suffix: str) -> bool:
    packed = _packed(path, suffix)
    return not packed.exists() or packed.stat().st_mtime < path.stat().st_mtime


def _packed(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _say(what: str) -> None:
    print(f"build: {what}", file=sys.stderr, flush=True)
