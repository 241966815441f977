"""The environment that every script runs in: .venv with the project and its tools installed.

The scripts beside this file import it before anything else. It uses only the standard library,
because nothing else is there the first time. A stamp records what is installed, so the second
time costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PEERS = ROOT / ".cache" / "peers"
OLDEST_PYTHON = (3, 11)
OLDEST_PIP = (25, 1)  # the first that knows dependency groups


def enter(*groups: str) -> None:
    """Make sure that the script runs in .venv, with the project and these dependency groups.

    If anything is missing, this does not return: the script starts again with .venv's Python.
    """
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            f"pyagent needs Python 3.11 or newer; this is {sys.version.split()[0]}."
            " Run the script with a newer Python: python3.12 scripts/run"
        )
    create(VENV)
    installed = install(VENV, ["--editable", f"{ROOT}[server]"], groups)
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if installed or not inside:
        _start_again()
    sys.path.insert(0, str(ROOT / "build"))


def enter_peers() -> None:
    """Install the servers that tests drive and whose pinned dependencies conflict with ours."""
    create(PEERS)
    install(PEERS, [], ("peers",))


def create(folder: Path) -> None:
    """Create an empty virtual environment, unless a working one is there."""
    if _python(folder).exists():
        return
    _say(f"creating {folder.relative_to(ROOT)}")
    try:
        venv.create(folder, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit(
            "This Python cannot create a virtual environment with pip."
            " On Debian and Ubuntu install the package python3-venv, then run this again."
        )


def install(folder: Path, packages: list[str], groups: tuple[str, ...]) -> bool:
    """Install the packages and groups of pyproject.toml that are missing; False if none were."""
    stamp = folder / ".pyagent-installed"
    pyproject = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    done = stamp.read_text().split() if stamp.exists() else []
    done = done if done[:1] == [pyproject] else [pyproject]
    missing = [group for group in groups if group not in done]
    if not missing:
        return False
    _say(f"installing {', '.join(['the project', *missing] if packages else missing)}")
    pip = [str(_python(folder)), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    if _pip_version(folder) < OLDEST_PIP:
        _run([*pip, "--upgrade", "pip>=25.1"])
    _run([*pip, *packages, *[option for group in missing for option in ("--group", group)]])
    stamp.write_text(" ".join([*done, *missing]))
    return True


def _start_again() -> NoReturn:
    command = [str(_python(VENV)), *sys.argv]
    if os.name == "nt":  # on Windows, execv returns to the shell at once
        sys.exit(subprocess.run(command).returncode)
    os.execv(command[0], command)


def _pip_version(folder: Path) -> tuple[int, ...]:
    code = "import pip; print(pip.__version__)"
    found = subprocess.run([_python(folder), "-c", code], capture_output=True, text=True)
    return tuple(int(part) for part in found.stdout.split(".")[:2] if part.strip().isdigit())


def _run(command: list[str]) -> None:
    if subprocess.run(command, cwd=ROOT).returncode:
        sys.exit("Installing failed; pip says why above. It needs access to the package index.")


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _say(what: str) -> None:
    print(f"set-up: {what}", file=sys.stderr, flush=True)
