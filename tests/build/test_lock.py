"""The lock file that the browser's Python reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from zipfile import ZipFile

import lock


def _wheel(folder: Path, name: str, requires: tuple[str, ...] = ()) -> Path:
    path = folder / f"{name}-2.0-py3-none-any.whl"
    metadata = [f"Name: {name}", "Version: 2.0", *[f"Requires-Dist: {line}" for line in requires]]
    with ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}_extra.py", "")
        archive.writestr(f"{name}-2.0.dist-info/METADATA", "\n".join(metadata))
    return path


def _official(folder: Path, *names: str) -> Path:
    path = folder / "official.json"
    packages = {name: {"name": name, "version": "1.0"} for name in names}
    path.write_text(json.dumps({"info": {"python": "3.14.2"}, "packages": packages}))
    return path


def test_our_wheel_replaces_pyodides_package_of_that_name(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "jinja2")
    lock.write(_official(tmp_path, "jinja2", "numpy"), [wheel], tmp_path / "lock.json")
    written = json.loads((tmp_path / "lock.json").read_text())
    assert written["info"] == {"python": "3.14.2"}
    assert written["packages"]["numpy"]["version"] == "1.0"
    entry = written["packages"]["jinja2"]
    assert (entry["version"], entry["file_name"]) == ("2.0", wheel.name)
    assert entry["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert entry["imports"] == ["jinja2", "jinja2_extra"]


def test_only_what_can_be_had_in_a_browser_is_a_dependency(tmp_path: Path) -> None:
    requires = (
        "numpy>=1",
        "nowhere",
        'colorama; sys_platform == "win32"',
        'pytest; extra == "test"',
    )
    wheel = _wheel(tmp_path, "ours", requires)
    official = _official(tmp_path, "numpy", "colorama", "pytest")
    lock.write(official, [wheel], tmp_path / "lock.json")
    packages = json.loads((tmp_path / "lock.json").read_text())["packages"]
    assert packages["ours"]["depends"] == ["numpy"]


def test_packages_of_tests_are_left_out(tmp_path: Path) -> None:
    official = _official(tmp_path, "numpy", "numpy-tests")
    lock.write(official, [], tmp_path / "lock.json")
    assert list(json.loads((tmp_path / "lock.json").read_text())["packages"]) == ["numpy"]
