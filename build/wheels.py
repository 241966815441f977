"""Collect the wheels that the browser's Python gets: pyagent's own, and pure ones it needs.

Called by ``dist.py``. Downloads and builds only; nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "build" / "wheels.txt"
SOURCE_PINS = ROOT / "build" / "wheels-from-source.txt"
KEPT = ROOT / ".cache" / "wheels"
BROWSER_PYTHON = "3.14"


def collect(target: Path) -> list[Path]:
    """Fill ``target`` with every wheel of the browser, and nothing else. Returns their paths."""
    KEPT.mkdir(parents=True, exist_ok=True)
    if None in _pinned():
        _pip("download", "--only-binary=:all:", f"--python-version={BROWSER_PYTHON}", "-r", PINS)
        _pip("wheel", "--no-binary=markupsafe", "-r", SOURCE_PINS)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for wheel in _pinned():
        assert wheel is not None, f"pip left a wheel out of {KEPT}"
        shutil.copy(wheel, target)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"pyagent's wheel could not be built.\n{done.stderr}")
    return sorted(target.glob("*.whl"))


def _pip(command: str, *arguments: str | Path) -> None:
    where = "--dest" if command == "download" else "--wheel-dir"
    run = [sys.executable, "-m", "pip", command, "--quiet", "--no-deps", "--require-hashes", where]
    # No compiler: a package with an optional speed-up then builds as a pure wheel. The fixed
    # date makes the same bytes each time.
    env = os.environ | {"CC": "false", "SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run([*run, KEPT, *arguments], check=True, env=env)


def _pinned() -> list[Path | None]:
    """The kept wheels of exactly the pinned versions, None for each that is missing."""
    lines = [*PINS.read_text("utf-8").splitlines(), *SOURCE_PINS.read_text("utf-8").splitlines()]
    pins = [line.split()[0].split("==") for line in lines if "==" in line]
    patterns = [f"{name.replace('-', '_')}-{version}-*none-any.whl" for name, version in pins]
    return [next(KEPT.glob(pattern), None) for pattern in patterns]
