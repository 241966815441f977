"""The memory with pandas is offered to the runtime that it was made with, and to no other."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_packages import prepared
from data_packages.catalogue import Catalogue, catalogue
from data_packages.offering import Kitchen, is_settled, offer
from data_packages.prepared import PreparedMemory, needed
from tools import ROOT

SITE = ROOT / "dist"
LOCK = SITE / "packages" / "lock.json"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """The files of a built site that a memory is made from."""
    folder = tmp_path / "dist"
    for path in ("wheels/a.whl", "runtime/python_stdlib.zip", "runtime/snapshot.short"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{path}.gz").write_bytes(gzip.compress(path.encode()))
    rebuild(folder, "b1")
    return folder


def rebuild(dist: Path, build_id: str) -> None:
    (dist / "manifest.json").write_text(json.dumps({"build_id": build_id}))


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    """A kitchen in which all packages are compiled."""
    kitchen = Kitchen(tmp_path / "raw", tmp_path / "made")
    for package in catalogue().packages:
        folder = kitchen._made / package.sha256
        folder.mkdir(parents=True)
        (folder / f"{package.name}.whl.gz").write_bytes(gzip.compress(package.name.encode()))
    return kitchen


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The options of each memory that was made, by a stand-in for Node."""
    asked: list[dict[str, Any]] = []

    def node(flag: str, script: Path, options: str) -> None:
        asked.append(json.loads(options))
        Path(asked[-1]["prepared"]["target"]).write_bytes(b"memory %d" % len(asked))

    monkeypatch.setattr(prepared.tools, "node", node)
    return asked


def offered(dist: Path, kitchen: Kitchen, memory: PreparedMemory) -> dict[str, Any] | None:
    listed = catalogue()
    assert memory.make(listed, kitchen.all_packed(listed.packages)) == ""
    offer(dist, listed, kitchen, listed.packages, prepared=memory)
    entry: dict[str, Any] | None = lock_of(dist)["prepared"]
    return entry


def lock_of(dist: Path) -> dict[str, Any]:
    lock: dict[str, Any] = json.loads((dist / "packages" / "lock.json").read_text("utf-8"))
    return lock


def test_the_lock_names_the_memory_its_build_and_its_packages(
    dist: Path, kitchen: Kitchen, made: list[dict[str, Any]], tmp_path: Path
) -> None:
    entry = offered(dist, kitchen, PreparedMemory(tmp_path / "kept", dist))
    assert entry is not None
    data = (dist / "packages" / entry["file"]).read_bytes()
    assert gzip.decompress(data) == b"memory 1"
    assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert entry["build_id"] == "b1"
    assert {"numpy", "pandas"} <= set(entry["modules"])
    assert entry["packages"] == ["numpy", "pandas", "python-dateutil", "pytz", "six"]
    wheels = [Path(path).name for path in made[0]["prepared"]["wheels"]]
    assert wheels.index("numpy.whl") < wheels.index("pandas.whl")


def test_a_memory_is_made_once_for_a_build_and_anew_for_the_next(
    dist: Path, kitchen: Kitchen, made: list[dict[str, Any]], tmp_path: Path
) -> None:
    memory = PreparedMemory(tmp_path / "kept", dist)
    chosen = catalogue().packages
    first = offered(dist, kitchen, memory)
    assert offered(dist, kitchen, memory) == first
    assert is_settled(dist, chosen, memory)
    rebuild(dist, "b2")
    assert not is_settled(dist, chosen, memory)
    second = offered(dist, kitchen, memory)
    assert len(made) == 2
    assert second is not None
    assert second["build_id"] == "b2"
    assert [path.name for path in (dist / "packages").glob("prepared-*")] == [second["file"]]


def test_a_site_without_pandas_has_no_memory_and_lacks_none(
    dist: Path, kitchen: Kitchen, made: list[dict[str, Any]], tmp_path: Path
) -> None:
    memory = PreparedMemory(tmp_path / "kept", dist)
    [six] = [package for package in catalogue().packages if package.name == "six"]
    listed: Catalogue = replace(catalogue(), packages=[six])
    assert memory.make(listed, kitchen.all_packed([six])) == ""
    offer(dist, listed, kitchen, [six], prepared=memory)
    assert (made, lock_of(dist)["prepared"]) == ([], None)
    assert is_settled(dist, [six], memory)


def test_a_memory_that_cannot_be_made_is_said_and_the_packages_stay(
    dist: Path, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*arguments: object) -> None:
        raise subprocess.CalledProcessError(1, "node")

    monkeypatch.setattr(prepared.tools, "node", fail)
    memory = PreparedMemory(tmp_path / "kept", dist)
    listed = catalogue()
    why = memory.make(listed, kitchen.all_packed(listed.packages))
    offer(dist, listed, kitchen, listed.packages, prepared=memory)
    assert "could not be made" in why
    assert lock_of(dist)["prepared"] is None
    assert "pandas" in lock_of(dist)["packages"]


def test_what_a_package_needs_comes_before_it() -> None:
    names = needed(["pandas"], catalogue().packages)
    assert names.index("six") < names.index("python-dateutil") < names.index("pandas")


has_memory = pytest.mark.skipif(
    not LOCK.is_file() or json.loads(LOCK.read_text("utf-8")).get("prepared") is None,
    reason="This build has no pandas.",
)


@has_memory
def test_the_sites_memory_holds_no_object_of_javascript_and_is_what_its_hashes_say() -> None:
    data = site_memory()
    plan_bytes = int.from_bytes(data[:4], "little")
    plan, snapshot = data[72 : 72 + plan_bytes], data[72 + plan_bytes :]
    assert hashlib.sha256(plan).digest() == data[8:40]
    text_bytes = int.from_bytes(snapshot[8:12], "little")
    held = json.loads(snapshot[48 : 48 + text_bytes])
    assert not any(held["hiwireKeys"])
    assert held["immortalKeys"] == []


def site_memory() -> bytes:
    """The file of the prepared memory that the built site offers, unpacked."""
    entry = lock_of(SITE)["prepared"]
    return gzip.decompress((SITE / "packages" / entry["file"]).read_bytes())


@has_memory
def test_the_sites_memory_has_a_plan_for_every_library_of_its_wheels() -> None:
    data = site_memory()
    plan = json.loads(data[72 : 72 + int.from_bytes(data[:4], "little")])
    start, end = plan["table"]
    places = [library["table"] for library in plan["libraries"]]
    assert start <= min(places)
    assert max(places) < end
    assert places == sorted(places)
    assert len({library["handle"] for library in plan["libraries"]}) == len(places) > 50
    assert all(library["path"].startswith(plan["site"]) for library in plan["libraries"])
    numbers = {number for _, number, _ in plan["functions"]}
    assert numbers <= set(range(len(places)))
