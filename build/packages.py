"""Compiles the site's wheels and lists them in its lock file. It runs inside Pyodide.

``packages.mjs`` starts Pyodide and calls ``main``; the host never imports this file. pyodide-build
and pyodide-lock do the work. What is ours is which packages the lock file leaves out.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

from pyodide_build.cli.py_compile import main as py_compile
from pyodide_lock import PyodideLockSpec
from pyodide_lock.utils import add_wheels_to_spec

UNPACKED = "--compression-level=0"
"""``runtime.py`` packs each wheel as a whole: that packs better, and an import unpacks nothing."""


def main(folder: str) -> None:
    """Compile the wheels in ``folder`` and add them to the pyodide-lock.json that lies there.

    The order matters: pyodide-lock refuses the names of compiled wheels, and the compiler updates
    the lock file with their names and hashes.
    """
    write_lock(Path(folder))
    py_compile([folder, UNPACKED, "--silent"], standalone_mode=False)
    if sources := [path.name for path in Path(folder).glob("*.whl") if _holds_source(path)]:
        raise SystemExit(f"These wheels were not compiled: {', '.join(sources)}.")


def compile_each(folder: str) -> None:
    """Compile the wheel in each folder inside ``folder``. No lock file is read or written."""
    for inner in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        py_compile([str(inner), UNPACKED, "--silent"], standalone_mode=False)


def _holds_source(wheel: Path) -> bool:
    """Whether the compiler left a wheel as it was: it skips one whose name it cannot read."""
    with ZipFile(wheel) as archive:
        return any(name.endswith(".py") for name in archive.namelist())


def write_lock(folder: Path) -> None:
    """Add our wheels, which replace Pyodide's packages of the same name.

    Packages of tests are dropped, and dependencies that the lock file does not list.
    """
    path = folder / "pyodide-lock.json"
    lock = PyodideLockSpec.from_json(path)
    for name in [name for name in lock.packages if name.endswith("-tests")]:
        del lock.packages[name]
    wheels = sorted(folder.glob("*.whl"))
    lock = add_wheels_to_spec(lock, wheels, ignore_missing_dependencies=True)
    # Only those of our own wheels: Pyodide spells some dependencies otherwise than their packages.
    ours = {wheel.name for wheel in wheels}
    for package in lock.packages.values():
        if package.file_name in ours:
            package.depends = [name for name in package.depends if name in lock.packages]
    lock.to_json(path)
