"""Finds the Chromium that the browser tests drive, and installs one if there is none.

scripts/test and scripts/bench call it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "PYAGENT_CHROMIUM"
INSTALLED = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)


def ensure() -> str:
    """The path of a Chromium that starts. Tests find it in the variable PYAGENT_CHROMIUM too."""
    path = _given() or _on_path() or _playwrights() or _installed() or _packaged()
    if path is None:
        sys.exit(
            "The browser tests need Chromium, and none could be found or installed."
            f" Install Chromium, or set {VARIABLE} to the path of one."
        )
    os.environ[VARIABLE] = path
    return path


def _given() -> str | None:
    path = os.environ.get(VARIABLE)
    if path is not None and not _starts(path):
        sys.exit(f"{VARIABLE} is {path}, which does not start.")
    return path


def _on_path() -> str | None:
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and _starts(path)), None)


def _playwrights() -> str | None:
    found = subprocess.run([sys.executable, "-c", INSTALLED], capture_output=True, text=True)
    path = found.stdout.strip()
    return path if path and _starts(path) else None


def _installed() -> str | None:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    return _playwrights()


def _packaged() -> str | None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    subprocess.run(["apt-get", "update", "-q"])
    subprocess.run(["apt-get", "install", "-q", "-y", "chromium"])
    return _on_path()


def _starts(path: str) -> bool:
    """Whether Chromium runs at all. It does not if its libraries are missing."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
