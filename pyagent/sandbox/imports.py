"""Handles the code's imports of missing modules: installs them, or says why it cannot.

A finder at the end of ``sys.meta_path`` sees every import that failed, static or dynamic. It
leaves most imports of libraries alone: they often try optional modules and do without. ``ON_USE``
lists those that a library tries only when it is about to use them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Container, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType
from typing import NoReturn

from pyagent.sandbox.advice.alternatives import NEVER_IN_PAGES, meant_by, not_had

Install = Callable[[str], None]
"""Installs a missing top-level module. Blocks. Raises an error whose text says why it cannot."""

_FILES = ("openpyxl", "xlrd", "xlsxwriter", "lxml", "bs4", "html5lib")
ON_USE = {
    "pandas": frozenset({*_FILES, "matplotlib", "scipy", "jinja2"}),
    "networkx": frozenset({"numpy", "scipy", "pandas", "matplotlib"}),
    "sympy": frozenset({"numpy", "matplotlib"}),
}
"""Library → modules that it imports only when they are needed, as ``pd.read_excel`` does."""

_RESTORERS = ("pyagent", "cloudpickle", "pickle")
"""The libraries that restore variables."""

_HINTS = {
    "IPython": "display, HTML, Markdown, SVG and Image are already defined: "
    "use them without an import.",
}


class MissingModules:
    """Answers the imports that failed, from the end of ``sys.meta_path``.

    ``tools`` are tool names that the code may mistake for modules. Only code whose file name
    starts with one of ``own_files`` gets an answer. The class does not extend
    ``importlib.abc.MetaPathFinder``, as a finder need not: importing that module is an eighth of
    what a guest does to start.
    """

    def __init__(
        self, install: Install | None, *, tools: Container[str], own_files: tuple[str, ...]
    ) -> None:
        self._install = install
        self._tools = tools
        self._own_files = own_files
        self.restoring = False
        """Whether variables are being restored, which imports the packages of their values."""
        self.resting = False
        """Whether no import is answered."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Called by Python when every other finder has failed."""
        if self.resting or path is not None or "." in fullname:
            return None
        asker = _asker(sys._getframe(1))
        if asker is None:
            return None
        if not self._is_code(asker):
            return self._for_library(fullname, asker)
        if fullname in self._tools or fullname in ("tools", "functions"):
            self._fail(
                fullname, "Tools are already defined as functions: call them, do not import them."
            )
        if fullname in _HINTS:
            self._fail(fullname, _HINTS[fullname])
        if meant := meant_by(fullname):
            self._fail(fullname, f"Did you mean {meant}? Then import that.")
        if self._install is None:
            reason = "it is not installed, and packages cannot be installed here"
            self._fail(fullname, not_had(fullname, reason))
        if fullname in NEVER_IN_PAGES:
            self._fail(fullname, not_had(fullname, "it does not run here"))
        try:
            self._install(fullname)
        except Exception as error:
            self._fail(fullname, str(error))
        importlib.invalidate_caches()
        return PathFinder.find_spec(fullname)

    def _is_code(self, asker: FrameType) -> bool:
        if asker.f_code.co_filename.startswith(self._own_files):
            return True
        return self.restoring and _library(asker) in _RESTORERS

    def _for_library(self, fullname: str, asker: FrameType) -> ModuleSpec | None:
        """Install what a library is about to use. If that fails, the library says so itself."""
        if self._install is None or fullname not in ON_USE.get(_library(asker), ()):
            return None
        try:
            self._install(fullname)
        except Exception:  # whatever an installer raises: the library has its own words for it
            return None
        importlib.invalidate_caches()
        return PathFinder.find_spec(fullname)

    def _fail(self, name: str, reason: str) -> NoReturn:
        start = f"No module named {name!r}"
        text = reason if reason.startswith(start) else f"{start}. {reason}"
        raise ModuleNotFoundError(text, name=name)


def _asker(frame: FrameType | None) -> FrameType | None:
    """The frame of the import statement or the call of ``import_module``."""
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame


def _library(asker: FrameType) -> str:
    return str(asker.f_globals.get("__name__", "")).partition(".")[0]
