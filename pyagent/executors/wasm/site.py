"""Finds the built page, from which a guest under Deno starts, and Deno itself."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pyagent.errors import ExecutorError

INSTALL = "Install what it needs from a clone of pyagent's repository: see docs/executor_wasm.md."
"""How Deno and the site come, for messages."""

_PROCESS = "process"


@dataclass(frozen=True, kw_only=True)
class Site:
    """The built page in a folder, and the list of its files with their hashes."""

    folder: Path
    build_id: str
    runtime: Mapping[str, str]
    """Path of each file that Python starts from → SHA-256 in hex."""
    process: Mapping[str, str]
    """The same for the scripts of a guest's process."""

    @property
    def key(self) -> str:
        """What changes whenever a file changes, in hex."""
        listed = json.dumps([dict(self.runtime), dict(self.process)])
        return hashlib.sha256(listed.encode()).hexdigest()[:32]

    def read(self, path: str) -> bytes:
        """A file, checked. Raises ``ExecutorError``."""
        try:
            data = (self.folder / path).read_bytes()
        except OSError as error:
            raise ExecutorError(f"{self.folder / path} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != {**self.runtime, **self.process}[path]:
            raise ExecutorError(
                f"{self.folder / path} is damaged or of another version.",
                advice="Build the page anew with scripts/build, or install pyagent-site again.",
            )
        return data


def site_folder() -> Path | None:
    """The folder of the page that the package ``pyagent_site`` brings; None without it."""
    try:
        package = import_module("pyagent_site")
    except ImportError:
        return None
    folder: Path = package.folder()
    return folder


def find_site(folder: Path | str | None) -> Site:
    """Read what a site consists of. ``folder`` is a built page, by default the package's.

    Raises ``ExecutorError`` that says what is missing.
    """
    found = site_folder() if folder is None else Path(folder).resolve()
    if found is None:
        raise ExecutorError(
            "The wasm executor needs the files of the page, which the package pyagent-site brings.",
            advice=INSTALL,
        )
    try:
        manifest = json.loads((found / "manifest.json").read_text("utf-8"))
        return Site(
            folder=found,
            build_id=str(manifest["build_id"]),
            runtime=_hashes(manifest["files"]),
            process=_hashes(manifest[_PROCESS]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExecutorError(
            f"There is no page in {found} that the wasm executor can start from.",
            advice="Build it with scripts/build in a clone of pyagent's repository.",
        ) from error


@cache
def find_deno() -> str:
    """The path of the program. Raises ``ExecutorError`` if it is not installed."""
    if os.name != "posix":
        raise ExecutorError("The wasm executor runs on Linux and macOS only.")
    try:
        path: str = import_module("deno").find_deno_bin()
    except (ImportError, FileNotFoundError) as error:
        version = "2.9.8"
        raise ExecutorError(
            f"The wasm executor needs Deno, which {sys.executable} does not have.",
            advice=f"Install it with: pip install deno=={version}",
        ) from error
    return path


def _hashes(files: Mapping[str, Any]) -> dict[str, str]:
    return {path: str(file["sha256"]) for path, file in files.items()}
