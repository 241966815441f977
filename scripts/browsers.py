"""Finds the browsers that the browser tests drive, and installs those that are missing.

scripts/test and scripts/bench call it. Tests find each path in a variable of the environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

CHROMIUM = "PYAGENT_CHROMIUM"
FIREFOX = "PYAGENT_FIREFOX"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FIREFOX_NAMES = ("firefox-esr", "firefox")
INSTALLED = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)


def ensure_chromium() -> str:
    """The path of a Chromium that starts, which PYAGENT_CHROMIUM holds too."""
    found = _given(CHROMIUM) or _on_path(CHROMIUM_NAMES) or _playwrights() or _installed()
    path = found or _packaged("chromium", CHROMIUM_NAMES)
    if path is None:
        sys.exit(
            "The browser tests need Chromium, and none could be found or installed."
            f" Install Chromium, or set {CHROMIUM} to the path of one."
        )
    os.environ[CHROMIUM] = path
    return path


def ensure_firefox() -> str | None:
    """The path of a Firefox that starts, which PYAGENT_FIREFOX holds too.

    None without one: Playwright's own build is not the Firefox that people have, and elsewhere only
    an administrator can install that. The tests in Firefox are then skipped.
    """
    found = _given(FIREFOX) or _on_path(FIREFOX_NAMES)
    path = found or _packaged("firefox-esr", FIREFOX_NAMES)
    if path is None:
        print(f"There is no Firefox, so its tests are skipped. Install it, or set {FIREFOX}.")
        return None
    os.environ[FIREFOX] = path
    return path


def _given(variable: str) -> str | None:
    path = os.environ.get(variable)
    if path is not None and not _starts(path):
        sys.exit(f"{variable} is {path}, which does not start.")
    return path


def _on_path(names: Sequence[str]) -> str | None:
    found = (shutil.which(name) for name in names)
    return next((path for path in found if path and _starts(path)), None)


def _playwrights() -> str | None:
    found = subprocess.run([sys.executable, "-c", INSTALLED], capture_output=True, text=True)
    path = found.stdout.strip()
    return path if path and _starts(path) else None


def _installed() -> str | None:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    return _playwrights()


def _packaged(package: str, names: Sequence[str]) -> str | None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    subprocess.run(["apt-get", "update", "-q"])
    subprocess.run(["apt-get", "install", "-q", "-y", package])
    return _on_path(names)


def _starts(path: str) -> bool:
    """Whether a browser runs at all. It does not if its libraries are missing."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
