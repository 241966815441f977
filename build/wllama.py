"""Puts wllama's WebAssembly into the site, so that no local model needs a CDN.

The build calls ``copy_wllama``; ``web/src/models/local.ts`` loads the files. ``wllama.wasm`` needs
JSPI and 64-bit memory; ``compat.*`` is for browsers that lack one of them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

FILES = {
    "wllama.wasm": "wllama/esm/wasm/wllama.wasm",
    "compat.wasm": "wllama-compat/wasm/wllama.wasm",
    "compat.js": "wllama-compat/wasm/wllama.js",
}
"""Name in ``dist/wllama`` → path under ``node_modules/@wllama``."""


def copy_wllama(node_modules: Path, dist: Path) -> list[Path]:
    """Copy the files into ``dist/wllama``; return where they are now."""
    folder = dist / "wllama"
    folder.mkdir(parents=True, exist_ok=True)
    return [
        Path(shutil.copyfile(node_modules / "@wllama" / source, folder / name))
        for name, source in FILES.items()
    ]
