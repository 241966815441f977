"""The site's own packages: read from its lock, guarded by the broker, unpacked in the sandbox."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pyagent.browser.installer import Installer
from pyagent.browser.site_wheels import SiteWheels, unpack
from pyagent.executors.packages import broker as package_broker
from pyagent.executors.packages.broker import NAMED_MODULES, PackageBroker, PackageSources
from pyagent.executors.packages.fetching import FetchFailed
from pyagent.executors.packages.site_lock import LOCK_URL, SITE, read_lock
from pyagent.prompts import code_agent_prompt
from pyagent.protocol import PackageResponse
from support.browser.fakes import FakeFetch


def entry(name: str, *depends: str) -> dict[str, Any]:
    return {
        "file": f"{name}-1.whl.gz",
        "sha256": name * 4,
        "imports": [f"site_{name}"],
        "depends": list(depends),
    }


PACKAGES = {"table": entry("table", "number", "zone"), "number": entry("number"), "zone": {}}
PACKAGES["zone"] = entry("zone", "number")
LOCK: dict[str, Any] = {
    "packages": PACKAGES,
    "coming": [],
    "missing": {"arrow": "No source has it."},
    "modules": {"site_arrow": "arrow", "site_more": "more"},
}


def wheel(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"site_{name}/__init__.py", f"NAME = {name!r}\n")
        archive.writestr(f"site_{name}/data/table.txt", "1")
    return buffer.getvalue()


class Site:
    """A ``SitePackages`` that notes what it is asked for."""

    def __init__(self, lock: Mapping[str, Any] | None = None) -> None:
        self.current: Mapping[str, Any] | None = LOCK if lock is None else lock
        self.asked: list[str] = []
        self.prefetched: list[str] = []

    async def lock(self, *, fresh: bool) -> str:
        self.asked.append("lock")
        return json.dumps(self.current) if self.current else ""

    async def file(self, name: str, sha256: str) -> bytes:
        self.asked.append(name)
        short = name.partition("-")[0]
        if sha256 != short * 4:
            raise FetchFailed("The file is damaged.")
        return wheel(short)

    def prefetch(self, name: str, sha256: str) -> None:
        self.prefetched.append(name)


def broker(site: Site | None) -> tuple[PackageBroker, FakeFetch]:
    fetch = FakeFetch({})
    sources = PackageSources(index_url="https://i/simple", lock_url="https://p/", lock_hashes={})
    return PackageBroker(fetch, lambda: sources, site), fetch


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for packages, on the path of this Python."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return tmp_path


class Sandbox:
    """The guest's installer, behind a broker. The index has nothing."""

    def __init__(self, site: Site, folder: Path, *, there: Sequence[str] = ()) -> None:
        self.refusals: list[str] = []
        guarded, self.network = broker(site)

        async def fetch(url: str) -> tuple[PackageResponse, bytes]:
            return await guarded.fetch(url)

        async def install(name: str) -> None:
            raise ValueError(f"Can't find {name}.")

        wheels = SiteWheels(fetch, folder, there=there)
        self.install = Installer(install, asyncio.run, {}, self.refusals, wheels)

    def error(self, module: str) -> str:
        with pytest.raises(ModuleNotFoundError) as caught:
            self.install(module)
        return str(caught.value)


def test_a_module_comes_with_all_that_it_needs_and_without_a_network(folder: Path) -> None:
    site = Site()
    sandbox = Sandbox(site, folder)
    sandbox.install("site_table")
    assert sorted(path.name for path in folder.iterdir()) == [
        "site_number",
        "site_table",
        "site_zone",
    ]
    assert (folder / "site_table" / "data" / "table.txt").read_text() == "1"
    assert sandbox.network.requests == []


def test_what_is_there_is_not_fetched_again(folder: Path) -> None:
    site = Site()
    sandbox = Sandbox(site, folder)
    sandbox.install("site_number")
    sandbox.install("site_table")
    assert site.asked == ["lock", "number-1.whl.gz", "zone-1.whl.gz", "table-1.whl.gz"] or (
        sorted(site.asked) == sorted(["lock", *(e["file"] for e in PACKAGES.values())])
    )


def test_a_package_that_the_memory_came_with_is_neither_fetched_nor_unpacked(folder: Path) -> None:
    site = Site()
    sandbox = Sandbox(site, folder, there=["number"])
    sandbox.install("site_table")
    assert site.asked == ["lock", "zone-1.whl.gz", "table-1.whl.gz"]
    assert not (folder / "site_number").exists()


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("site_arrow", "This site was built without arrow"),
        ("site_more", "scripts/build --packages all"),
        ("statsmodels", "scipy.stats or sklearn.linear_model instead"),
        ("torch", "MLPClassifier"),
        ("psycopg2", "sqlite3"),
    ],
)
def test_what_cannot_be_had_is_said_with_what_to_do(folder: Path, module: str, said: str) -> None:
    assert said in Sandbox(Site(), folder).error(module)


def test_a_package_on_its_way_is_said_to_be_and_comes_later(folder: Path) -> None:
    site = Site({"packages": {}, "coming": ["number"], "modules": {"site_number": "number"}})
    sandbox = Sandbox(site, folder)
    assert "still fetching number: run the same code again" in sandbox.error("site_number")
    site.current = LOCK
    sandbox.install("site_number")
    assert (folder / "site_number").is_dir()


def test_a_file_that_could_not_be_fetched_comes_once_the_network_is_back(folder: Path) -> None:
    class Cut(Site):
        is_off = True

        async def file(self, name: str, sha256: str) -> bytes:
            if self.is_off:
                raise FetchFailed("There is no network.")
            return await super().file(name, sha256)

    site = Cut()
    sandbox = Sandbox(site, folder)
    assert "There is no network." in sandbox.error("site_table")
    assert "There is no network." in sandbox.error("site_table")

    site.is_off = False
    sandbox.install("site_table")

    assert (folder / "site_table").is_dir()


def test_a_damaged_file_is_said_to_be(folder: Path) -> None:
    damaged = {**PACKAGES["number"], "sha256": "0" * 64}
    site = Site({"packages": {"number": damaged}})
    assert "The file is damaged." in Sandbox(site, folder).error("site_number")


@pytest.mark.parametrize(
    "name",
    [
        "other-1.whl",
        "../manifest.json",
        "number-1.whl?x=1",
        "number-1.whl.gz",
        "lock.json/../x",
        "",
    ],
)
def test_only_files_of_the_lock_can_be_asked_for(name: str) -> None:
    site = Site()
    guarded, fetch = broker(site)

    async def ask() -> tuple[PackageResponse, bytes]:
        await guarded.fetch(LOCK_URL)
        return await guarded.fetch(SITE + name)

    response, body = asyncio.run(ask())
    assert (response.error, body) == ("This site does not have that package.", b"")
    assert site.asked == ["lock"]
    assert fetch.requests == []


def test_prefetching_names_all_files_that_a_module_needs() -> None:
    site = Site()
    guarded, _ = broker(site)
    there = asyncio.run(guarded.prefetch(["site_table.deep", "os", "site_arrow"]))
    assert there == ["site_table.deep"]
    assert sorted(site.prefetched) == sorted(entry["file"] for entry in PACKAGES.values())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "<html>", '{"packages": []}', '{"packages": {"a": {"file": "a/b", "sha256": ""}}}'],
)
def test_a_lock_that_cannot_be_read_has_no_packages(text: str) -> None:
    assert read_lock(text).packages == {}


def test_packages_that_need_each_other_end() -> None:
    lock = read_lock(json.dumps({"packages": {"a": entry("a", "b"), "b": entry("b", "a", "c")}}))
    assert lock.needed("a") == ["b", "a"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wheel_is_unpacked_as_zipfile_would(tmp_path: Path, method: int) -> None:
    files = {"a.pyc": b"\x00" * 1000, "b/c/d.txt": b"text", "b/empty": b"", "b/é.bin": b"\xff"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.mkdir("b")
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.extra = b"\x99\x99\x02\x00ab"
            archive.writestr(info, data)
    unpack(buffer.getvalue(), tmp_path)
    found = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == files


def test_a_wheel_cannot_leave_its_folder(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../outside.txt", "1")
    (tmp_path / "in").mkdir()
    unpack(buffer.getvalue(), tmp_path / "in")
    assert not (tmp_path / "outside.txt").exists()


def test_files_of_the_site_can_be_asked_for_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_broker, "MAX_SITE_REQUESTS", 3)
    guarded, _ = broker(Site())

    async def ask() -> list[str]:
        return [(await guarded.fetch(LOCK_URL))[0].error for _ in range(4)]

    *first, last = asyncio.run(ask())
    assert not any(first)
    assert "Too many" in last


def test_the_prompt_names_what_the_site_has_and_nothing_else() -> None:
    site = Site(
        {"packages": {"a": {**PACKAGES["number"], "imports": ["pandas", "numpy", "x_of_nobody"]}}}
    )
    guarded, _ = broker(site)
    assert asyncio.run(guarded.offered()) == ["numpy", "pandas"]
    assert asyncio.run(broker(Site({}))[0].offered()) == []


def test_the_line_of_the_prompt_about_packages_is_short() -> None:
    plain = code_agent_prompt(short=False, tools=[])
    named = code_agent_prompt(short=False, tools=[], packages=NAMED_MODULES)
    added = len(named) - len(plain)
    assert 0 < added <= 160  # tokens of code have about three characters
    assert code_agent_prompt(short=True, tools=[], packages=NAMED_MODULES) == code_agent_prompt(
        short=True, tools=[]
    )
