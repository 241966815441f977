"""Collect the wheels that the browser's Python gets: pyagent's own, and the pure ones it needs.

Called by ``runtime.py``, and by ``page.py`` and ``providers.py`` for a file inside a wheel. Wheels
are downloaded and built here, never installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "build" / "wheels.txt"
TOOL_PINS = ROOT / "build" / "packages.txt"
SOURCE_PINS = ROOT / "build" / "wheels-from-source.txt"
KEPT = ROOT / ".cache" / "wheels"
BROWSER_PYTHON = "3.14"


def collect(target: Path) -> None:
    """Fill ``target`` with every wheel of the browser, and nothing else."""
    pure = download(PINS, f"--python-version={BROWSER_PYTHON}")
    built = _keep(SOURCE_PINS, "wheel", "--no-binary=markupsafe", "--wheel-dir")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for wheel in (*pure, *built):
        shutil.copy(wheel, target)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"pyagent's wheel could not be built.\n{done.stderr}")


def tools() -> list[Path]:
    """Return the wheels that ``packages.py`` imports."""
    ours = download(PINS, f"--python-version={BROWSER_PYTHON}")
    packaging = [wheel for wheel in ours if wheel.name.startswith("packaging-")]
    return [*packaging, *download(TOOL_PINS, f"--python-version={BROWSER_PYTHON}")]


def download(pins: Path, *options: str) -> list[Path]:
    """Return the wheels of a requirements file with hashes; download those that are not kept."""
    return _keep(pins, "download", *options, "--only-binary=:all:", "--dest")


def _keep(pins: Path, command: str, *options: str) -> list[Path]:
    kept = _kept(pins)
    if None in kept:
        KEPT.mkdir(parents=True, exist_ok=True)
        # Without a compiler, a package with an optional speed-up builds as a pure wheel. The
        # fixed date makes the same bytes each time.
        env = os.environ | {"CC": "false", "SOURCE_DATE_EPOCH": "1767225600"}
        pip = [sys.executable, "-m", "pip", "--quiet", command, "--no-deps", "--require-hashes"]
        subprocess.run([*pip, *options, KEPT, "-r", pins], check=True, env=env)
        kept = _kept(pins)
    return [wheel for wheel in kept if wheel is not None]


def _kept(pins: Path) -> list[Path | None]:
    """Return the kept wheels of exactly the pinned versions, None for each that is missing."""
    lines = [line for line in pins.read_text("utf-8").splitlines() if "==" in line]
    named = [line.split()[0].split("==") for line in lines]
    patterns = [f"{name.replace('-', '_')}-{version}-*none-any.whl" for name, version in named]
    return [next(KEPT.glob(pattern), None) for pattern in patterns]
