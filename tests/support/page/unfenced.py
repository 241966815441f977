"""The built site with its fence taken off: in a control, what is held back must get through."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.page.plain_host import PlainHost

_LOOSENED = (
    (r'http-equiv="Content-Security-Policy"', 'name="loosened"'),
    (r'"sandbox","allow-scripts"', '"data-loosened",""'),
    (r'\bsandbox=""', 'data-loosened=""'),
)
"""The site's policies, the sandbox frame's opaque origin, and that of pages in results."""


@contextmanager
def unfenced_site(dist: Path, folder: Path) -> Iterator[str]:
    """Serve a copy of ``dist`` below ``folder``, without its fence. Gives its address."""
    ignored = shutil.ignore_patterns(
        "*.br", "*.js.gz", "*.wasm.gz", "*.map", "service-worker.js", "packages"
    )
    shutil.copytree(dist, folder / "site", ignore=ignored, copy_function=os.symlink)
    changed = dict.fromkeys((pattern for pattern, _ in _LOOSENED), 0)
    for path in [*folder.rglob("*.js"), *folder.rglob("*.html")]:
        text = path.read_text("utf-8")
        for pattern, loose in _LOOSENED:
            text, count = re.subn(pattern, loose, text)
            changed[pattern] += count
        path.unlink()
        path.write_text(text, "utf-8")
    assert all(changed.values()), f"part of the fence was not found: {changed}"
    with PlainHost(folder / "site") as host:
        yield host.address
