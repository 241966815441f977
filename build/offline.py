"""Tell the service worker which files the site consists of, so that the page opens offline.

Called by ``dist.py`` when all other files are there.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

PAGE_FILES = ("*.js", "*.json", "*.webmanifest", "assets/*", "icons/*", "samples/*")
ENGINE_FILES = ("wllama/*", "onnx/*", "assets/transformers.worker.js")
"""Kept in the browser once a local model has used them."""

LEFT_OUT = {".br", ".gz", ".map", ".txt"}
CHANGING = {"models.json", "service-worker.js"}
"""``models.json`` changes whenever a model is offered, without a new build."""

UNBUILT = 'name="pyagent-build" content="unbuilt"'

Listed = dict[str, str | int]


def list_files(dist: Path) -> str:
    """Write the list of files into service-worker.js and the build's id into index.html.

    Returns the id, which any change to any file changes.
    """
    engines = _list(dist, ENGINE_FILES)
    page = {path: file for path, file in _list(dist, PAGE_FILES).items() if path not in engines}
    runtime = json.loads((dist / "manifest.json").read_text("utf-8"))["files"]
    files = {"page": page, "runtime": runtime, "engines": engines}
    html = (dist / "index.html").read_text("utf-8")
    worker = (dist / "service-worker.js").read_text("utf-8")
    everything = json.dumps([files, html, worker])
    build_id = hashlib.sha256(everything.encode()).hexdigest()[:16]
    named = UNBUILT.replace("unbuilt", build_id)
    (dist / "index.html").write_text(html.replace(UNBUILT, named, 1), "utf-8")
    page[""] = listed(dist / "index.html")
    build = json.dumps({"id": build_id, **files})
    (dist / "service-worker.js").write_text(f"const PYAGENT_BUILD = {build};\n{worker}", "utf-8")
    return build_id


def listed(path: Path) -> Listed:
    """Return what a list of files says about one: ``bytes`` and ``sha256``, in hexadecimal."""
    return {
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _list(dist: Path, patterns: tuple[str, ...]) -> dict[str, Listed]:
    paths = [path for pattern in patterns for path in sorted(dist.glob(pattern))]
    return {
        path.relative_to(dist).as_posix(): listed(path)
        for path in paths
        if path.suffix not in LEFT_OUT and path.name not in CHANGING and path.name[0] != "."
    }
