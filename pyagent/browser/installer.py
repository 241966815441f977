"""Installs packages for generated code, in the sandbox worker: the site's own, else by micropip.

micropip and Pyodide use the worker's ``fetch``, which the bridge has replaced with one that asks
the trusted side. The trusted side decides what may be fetched; nothing here does.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from importlib.util import find_spec
from typing import Any

from pyagent.browser.site_wheels import SiteWheels
from pyagent.executors.packages.broker import NOT_ASKED_FOR
from pyagent.sandbox.advice.alternatives import INSTEAD, NEVER_IN_PAGES, meant_by, not_had

OTHER_NAMES = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "pptx": "python-pptx",
    "slugify": "python-slugify",
}
"""Module → distribution where the names differ, in addition to those in Pyodide's lock."""


class Installer:
    """The kernel's ``Install``: installs a missing top-level module.

    ``install`` installs a distribution, ``run`` waits for that in the middle of code, and
    ``lock_names`` maps a module to its distribution in Pyodide's lock. A module that failed once is
    not tried again, unless the index was not asked for it: the next answer may be another.
    ``refusals`` receives what the trusted side says about a refused request: the true reason of a
    failure, which micropip only guesses. ``site`` has the site's own packages.
    """

    def __init__(
        self,
        install: Callable[[str], Awaitable[None]],
        run: Callable[[Coroutine[Any, Any, None]], Any],
        lock_names: Mapping[str, str],
        refusals: list[str],
        site: SiteWheels | None = None,
    ) -> None:
        self._install = install
        self._run = run
        self._lock_names = lock_names
        self._refusals = refusals
        self._site = site
        self._failures: dict[str, str] = {}
        self._coming: set[str] = set()
        """Those of the failures that may succeed later: the site has the package, or fetches it, or
        the index could not be asked for it then."""
        self._can_wait = True

    def __call__(self, module: str) -> None:
        if module not in self._failures or (self._can_wait and module in self._coming):
            self._run(self._bring(module))
        if module in self._failures:
            raise ModuleNotFoundError(self._failures[module])

    async def prepare(self, code: str) -> None:
        """Install what ``code`` imports before it runs, where code cannot wait for it."""
        self._can_wait = False
        for module in _imported(code):
            if module in NEVER_IN_PAGES or meant_by(module):
                continue  # the import itself says what to write instead
            if (module not in self._failures or module in self._coming) and _is_missing(module):
                await self._bring(module)

    async def _bring(self, module: str) -> None:
        name = self._lock_names.get(module) or OTHER_NAMES.get(module, module)
        self._refusals.clear()
        self._coming.discard(module)
        self._failures.pop(module, None)
        try:
            if self._site is None or not await self._site.bring(module):
                await self._install(name)
                if self._refusals and _is_missing(module):  # micropip only printed that
                    raise OSError(self._refusals[-1])
        except Exception as error:
            absence = "" if self._site is None else await self._site.absence(module)
            if self._site is not None and await self._site.is_coming(module):
                self._coming.add(module)
                self._failures[module] = absence
                return
            if self._site is not None and await self._site.has(module):
                self._coming.add(module)
            said = [
                absence,
                *self._refusals[-1:],
                str(error).partition("\n")[0],
                type(error).__name__,
            ]
            if any(NOT_ASKED_FOR in text for text in said):
                self._coming.add(module)
            why = f"{name} could not be installed: {next(filter(None, said))}"
            reason = "it cannot be had here" if module in INSTEAD else why
            self._failures[module] = not_had(module, reason)


def _imported(code: str) -> list[str]:
    """Top-level names of the modules that ``code`` imports; none if it cannot be parsed."""
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
