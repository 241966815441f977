"""What the build makes of wheels: compiled ones, and the lock file that the browser's Python reads.

A run starts Pyodide, which takes seconds, so the tests look at the outcome of one.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

import runtime
from tools import ROOT

SITE = ROOT / "dist"
MAGIC = bytes.fromhex("2b0e0d0a")
"""The first bytes of CPython 3.14's bytecode."""
REQUIREMENTS = (
    "numpy>=1",
    "nowhere",
    'colorama; sys_platform == "win32"',
    'pytest; extra == "test"',
)
OFFICIAL = ("jinja2", "numpy", "numpy-tests", "colorama", "pytest", "ruamel-yaml")
INFO = {
    "python": "3.14.2",
    "platform": "emscripten_5_0_3",
    "arch": "wasm32",
    "abi_version": "2026_0",
}


def _wheel(folder: Path, name: str, requires: tuple[str, ...] = ()) -> None:
    info = f"{name}-2.0.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 2.0"]
    metadata += [f"Requires-Dist: {line}" for line in requires]
    with ZipFile(folder / f"{name}-2.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "ANSWER = 42\n")
        archive.writestr(f"{name}/prompt.j2", "{{ task }}")
        archive.writestr(f"{name}_extra.py", "")
        archive.writestr(f"{info}/METADATA", "\n".join(metadata))


def _official(path: Path) -> Path:
    packages = {
        name: {
            "name": name,
            "version": "1.0",
            "file_name": f"{name}-1.0-py3-none-any.whl",
            "install_dir": "site",
            "depends": ["ruamel.yaml"] if name == "numpy" else [],
        }
        for name in OFFICIAL
    }
    path.write_text(json.dumps({"info": INFO, "packages": packages}))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "wheels").mkdir()
    _wheel(folder / "wheels", "jinja2")
    _wheel(folder / "wheels", "ours", REQUIREMENTS)
    official = _official(folder / "official.json")
    runtime.compile_wheels(folder / "wheels", folder / "lock.json", official)
    return folder


def _lock(folder: Path) -> dict[str, Any]:
    lock: dict[str, Any] = json.loads((folder / "lock.json").read_text())
    return lock


def test_our_wheel_replaces_pyodides_package_of_that_name(made: Path) -> None:
    lock = _lock(made)
    assert lock["info"] == INFO
    assert lock["packages"]["numpy"]["version"] == "1.0"
    entry = lock["packages"]["jinja2"]
    wheel = made / "wheels" / "jinja2-2.0-cp314-none-any.whl"
    assert (entry["version"], entry["file_name"]) == ("2.0", wheel.name)
    assert entry["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert sorted(entry["imports"]) == ["jinja2", "jinja2_extra"]


def test_only_what_can_be_had_in_a_browser_is_a_dependency(made: Path) -> None:
    assert _lock(made)["packages"]["ours"]["depends"] == ["numpy"]


def test_packages_of_pyodide_keep_what_they_depend_on(made: Path) -> None:
    """Pyodide spells some dependencies otherwise than the packages that they mean."""
    assert _lock(made)["packages"]["numpy"]["depends"] == ["ruamel.yaml"]
    official = json.loads(runtime.OFFICIAL_LOCK.read_text("utf-8"))["packages"]
    site = json.loads((SITE / "runtime" / "pyodide-lock.json").read_text("utf-8"))["packages"]
    kept = [
        name for name in site if site[name]["file_name"] == official.get(name, {}).get("file_name")
    ]
    assert len(kept) > 200
    assert [name for name in kept if site[name]["depends"] != official[name]["depends"]] == []


def test_packages_of_tests_are_left_out(made: Path) -> None:
    assert set(_lock(made)["packages"]) == {*OFFICIAL, "ours"} - {"numpy-tests"}


def test_compiled_wheel_holds_bytecode_and_data_in_place_of_source(made: Path) -> None:
    names = [path.name for path in sorted((made / "wheels").iterdir())]
    assert names == ["jinja2-2.0-cp314-none-any.whl", "ours-2.0-cp314-none-any.whl"]
    with ZipFile(made / "wheels" / names[1]) as wheel:
        assert {*wheel.namelist()} == {
            "ours/__init__.pyc",
            "ours/prompt.j2",
            "ours_extra.pyc",
            "ours-2.0.dist-info/METADATA",
        }
        assert wheel.read("ours/__init__.pyc")[:4] == MAGIC
        assert wheel.read("ours/prompt.j2") == b"{{ task }}"
        assert {entry.compress_type for entry in wheel.infolist()} == {ZIP_STORED}


def test_every_wheel_of_the_site_is_compiled_and_in_its_lock(tmp_path: Path) -> None:
    lock = json.loads((SITE / "runtime" / "pyodide-lock.json").read_text())
    hashes = {entry["file_name"]: entry["sha256"] for entry in lock["packages"].values()}
    packed = sorted((SITE / "wheels").iterdir())
    assert packed
    for path in packed:
        wheel = tmp_path / path.stem
        wheel.write_bytes(gzip.decompress(path.read_bytes()))
        assert hashes[wheel.name] == hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel.name
        with ZipFile(wheel) as archive:
            assert not [name for name in archive.namelist() if name.endswith(".py")]


def test_the_linker_of_another_pyodide_is_not_changed_blindly() -> None:
    script = (runtime.PYODIDE / "pyodide.asm.mjs").read_text("utf-8")
    changed = runtime.with_changed_linker(script)
    assert changed.count("pendingGOT") == 4
    assert changed.count("known===undefined") == 2
    with pytest.raises(ValueError, match=r"pyodide\.asm\.mjs has changed"):
        runtime.with_changed_linker(changed)


def test_files_that_no_page_reads_are_not_in_its_wheels() -> None:
    names = {name for path in (SITE / "wheels").iterdir() for name in _names(path)}
    assert {"pyagent/agents/code.pyc", "tzdata/zoneinfo/Asia/Tokyo", "tzdata/zones"} <= names
    left = [name for name in names if name.startswith(("pyagent/cli/", "pyagent/server/"))]
    left += [name for name in names if name.endswith(("/RECORD", ".zi", "/zone.tab", ".c"))]
    assert left == []
    assert any(name.endswith("/METADATA") for name in names)
    assert any("licenses/" in name for name in names)


def _names(packed: Path) -> list[str]:
    with ZipFile(io.BytesIO(gzip.decompress(packed.read_bytes()))) as wheel:
        return wheel.namelist()
