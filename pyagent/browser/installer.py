"""Packages for generated code, by micropip. Runs in the sandbox worker.

micropip and Pyodide fetch with the worker's ``fetch``, which the bridge has replaced by one that
asks the trusted side. The fence is there, not here.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from importlib.util import find_spec
from typing import Any

OTHER_NAMES = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "pptx": "python-pptx",
    "slugify": "python-slugify",
}
"""Modules whose distribution has another name, beside those that Pyodide's lock knows."""


class Installer:
    """The kernel's ``Install``: brings a missing top-level module.

    ``install`` brings a distribution, ``run`` waits for it in the middle of code; ``lock_names``
    maps a module to its distribution in Pyodide's lock. What failed once is not tried again.
    Into ``refusals`` goes what the trusted side said of a request; it is the true reason of a
    failure, for which micropip has a guess of its own.
    """

    def __init__(
        self,
        install: Callable[[str], Awaitable[None]],
        run: Callable[[Coroutine[Any, Any, None]], Any],
        lock_names: Mapping[str, str],
        refusals: list[str],
    ) -> None:
        self._install = install
        self._run = run
        self._lock_names = lock_names
        self._refusals = refusals
        self._failures: dict[str, str] = {}

    def __call__(self, module: str) -> None:
        if module not in self._failures:
            self._run(self._bring(module))
        if module in self._failures:
            raise ModuleNotFoundError(self._failures[module])

    async def prepare(self, code: str) -> None:
        """Bring what ``code`` imports before it runs, for where code cannot wait."""
        for module in _imported(code):
            if module not in self._failures and _is_missing(module):
                await self._bring(module)

    async def _bring(self, module: str) -> None:
        name = self._lock_names.get(module) or OTHER_NAMES.get(module, module)
        self._refusals.clear()
        try:
            await self._install(name)
        except Exception as error:
            said = [*self._refusals[-1:], str(error).partition("\n")[0], type(error).__name__]
            reason = next(filter(None, said))
            self._failures[module] = f"{name} could not be installed: {reason}"


def _imported(code: str) -> list[str]:
    """Top-level names of the modules in ``code``'s import statements; none when it is broken."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update((alias.name.partition(".")[0], None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names[node.module.partition(".")[0]] = None
    return list(names)


def _is_missing(module: str) -> bool:
    try:
        return find_spec(module) is None
    except (ImportError, ValueError):
        return True
