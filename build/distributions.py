"""Make the wheels that people install: pyagent's own, and pyagent-site with the page of dist/.

Called by scripts/build. pyagent-site is data only; its one module says where they lie.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import models
from tools import ROOT

PROJECT = ROOT / "build" / "site_package.toml"
PACKAGE = "pyagent_site"
MODULE = '''"""The built page of pyagent as a package: files, and nothing that runs here.

``pyagent serve`` serves them, and the ``wasm`` executor starts from them.
"""

from pathlib import Path


def folder() -> Path:
    """The folder of the page."""
    return Path(__file__).resolve().parent / "site"
'''
LEFT_OUT = {".map"}
OFFERED = {"models", "packages"}
"""Folders that differ from clone to clone: weights, and packages that the build was asked for."""
PACKED = {".br", ".gz"}


def make(dist: Path, folder: Path) -> list[Path]:
    """Write both wheels into ``folder``, and return them. Earlier ones are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("pyagent-*.whl"), *folder.glob(f"{PACKAGE}-*.whl")):
        old.unlink()
    _hatch(ROOT, folder)
    with TemporaryDirectory() as temporary:
        project = Path(temporary)
        text = PROJECT.read_text("utf-8").replace("VERSION", version())
        (project / "pyproject.toml").write_text(text, "utf-8")
        shutil.copy2(ROOT / "LICENSE", project)
        (project / PACKAGE).mkdir()
        (project / PACKAGE / "__init__.py").write_text(MODULE, "utf-8")
        copy_site(dist, project / PACKAGE / "site")
        _hatch(project, folder)
    return sorted(folder.glob("pyagent*.whl"))


def version() -> str:
    """The version of pyagent."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def copy_site(dist: Path, target: Path) -> None:
    """Copy the page without what only a server of many needs: packed twins of files, and maps."""
    for path in sorted(dist.rglob("*")):
        inside = path.relative_to(dist)
        is_twin = path.suffix in PACKED and path.with_suffix("").exists()
        hidden = any(part.startswith(".") for part in inside.parts)
        if not path.is_file() or hidden or is_twin or path.suffix in LEFT_OUT:
            continue
        if inside.parts[0] not in OFFERED:
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / inside)
    models.write_list(target)  # without the weights that this clone offers


def _hatch(project: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    env = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}  # the same bytes each time
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"A wheel could not be built.\n{done.stderr}")
