"""Collect the wheels that the browser's Python gets: pyagent's own, and the pure ones it needs.

Called by ``runtime.py``, and by ``page.py`` and ``providers.py`` for a file inside a wheel. Wheels
are downloaded and built here, never installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "build" / "wheels.txt"
TOOL_PINS = ROOT / "build" / "packages.txt"
SOURCE_PINS = ROOT / "build" / "wheels-from-source.txt"
KEPT = ROOT / ".cache" / "wheels"
BROWSER_PYTHON = "3.14"
UNREAD = (
    "*.dist-info/RECORD",  # hashes, of files that the page checks as a whole
    "httpx/_main.py",  # the command line, which needs click
    "markupsafe/_speedups.*",  # C
    "pyagent/cli/*",
    *("pyagent/agents/distributed/[!b_]*", "pyagent/tracing/report.py"),
    *("pyagent/executors/cloud/*", "pyagent/executors/containers/*", "pyagent/executors/docker.py"),
    *("pyagent/executors/wasm/*", "pyagent/tools/collection.py", "pyagent/tools/mcp/*"),
    *("pyagent/tracing/open_telemetry.py", "pyagent/tracing/prometheus.py"),
    "pyagent/server/*",
    "tzdata/zoneinfo/*.zi",  # zoneinfo reads the compiled zones beside these
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/leapseconds",
)
"""Files of the wheels that no page needs."""


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
    for wheel in target.glob("*.whl"):
        trim(wheel)


def trim(wheel: Path) -> None:
    """Take out of a wheel what no page reads: 0.2 of the 1.8 MB of all of them when packed."""
    whole = wheel.with_suffix(".whole")
    wheel.rename(whole)
    with ZipFile(whole) as source, ZipFile(wheel, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if not any(fnmatch(entry.filename, pattern) for pattern in UNREAD):
                target.writestr(entry, source.read(entry))
    whole.unlink()


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
