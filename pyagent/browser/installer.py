"""Packages for generated code: an import of what is missing installs it, by micropip.

Runs in the sandbox worker. micropip and Pyodide fetch with the worker's ``fetch``, which the
bridge replaces by one that asks the trusted side; the fence is there, not here.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from pyagent.sandbox.compiling import FILE_PREFIX

OTHER_NAMES = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "pptx": "python-pptx",
    "slugify": "python-slugify",
}
"""Modules whose distribution has another name, beside those that Pyodide's lock knows."""


class PackageFinder(MetaPathFinder):
    """Stands last on ``sys.meta_path``.

    Only an import that a step itself writes installs something: libraries try many imports that
    they do not need. ``install`` brings a distribution, ``run`` waits for it; ``lock_names`` maps
    a module to its distribution in Pyodide's lock.
    """

    def __init__(
        self,
        install: Callable[[str], Awaitable[None]],
        run: Callable[[Awaitable[None]], Any],
        lock_names: Mapping[str, str],
    ) -> None:
        self._install = install
        self._run = run
        self._lock_names = lock_names
        self._failed: dict[str, str] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if "." in fullname or fullname.startswith("_") or not _imported_by_step():
            return None
        name = self._lock_names.get(fullname) or OTHER_NAMES.get(fullname, fullname)
        if fullname not in self._failed:
            try:
                self._run(self._install(name))
            except Exception as error:
                self._failed[fullname] = f"{type(error).__name__}: {error}"
        if fullname in self._failed:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}, and {name} could not be installed"
                f" ({self._failed[fullname]}). Use what is there, such as the standard library.",
                name=fullname,
            )
        importlib.invalidate_caches()
        return PathFinder.find_spec(fullname)


def _imported_by_step() -> bool:
    """Whether the import statement that is running stands in generated code."""
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None and frame.f_code.co_filename.startswith(FILE_PREFIX)
