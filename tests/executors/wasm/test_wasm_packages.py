"""Packages in a guest under Deno: the site's, and those that this process fetches for it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
from gzip import compress
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from pyagent.executors.packages.fetching import FetchFailed, FetchRequest
from pyagent.executors.packages.http import HttpFetch
from pyagent.executors.wasm.executor import WasmExecutor
from pyagent.executors.wasm.packages import PYODIDE_URL
from pyagent.protocol import Executed
from tools import ROOT

DIST = ROOT / "dist"


def wheel(name: str, code: str) -> bytes:
    """A wheel with one module."""
    made = io.BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr(f"{name}.py", code)
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return made.getvalue()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The built page, with a package beside it."""
    folder = tmp_path / "site"
    (folder / "packages").mkdir(parents=True)
    for entry in DIST.iterdir():
        if entry.name != "packages":
            (folder / entry.name).symlink_to(entry)
    packed = compress(wheel("beside", "answer = 1"))
    (folder / "packages" / "beside-1.0-py3-none-any.whl.gz").write_bytes(packed)
    package = {
        "file": "beside-1.0-py3-none-any.whl.gz",
        "sha256": hashlib.sha256(packed).hexdigest(),
        "version": "1.0",
        "imports": ["beside"],
        "depends": [],
    }
    lock = {"packages": {"beside": package}}
    (folder / "packages" / "lock.json").write_text(json.dumps(lock))
    return folder


class Index(httpx.AsyncBaseTransport):
    """An index with one package. ``asked`` has the paths that it was asked for."""

    def __init__(self, name: str) -> None:
        self.asked: list[str] = []
        self._name = name
        self._wheel = wheel(name, "answer = 2")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path.endswith(".whl"):
            return httpx.Response(200, content=self._wheel)
        if request.url.path != f"/simple/{self._name}/":
            return httpx.Response(404)
        sha256 = hashlib.sha256(self._wheel).hexdigest()
        name = f"{self._name}-1.0-py3-none-any.whl"
        url = f"https://files.test/{name}"
        file = {"filename": name, "url": url, "hashes": {"sha256": sha256}}
        page = {"meta": {"api-version": "1.1"}, "name": self._name, "files": [file]}
        kind = "application/vnd.pypi.simple.v1+json"
        return httpx.Response(200, content=json.dumps(page), headers={"content-type": kind})


async def told(executor: WasmExecutor, code: str) -> str:
    """The last value of ``code``, or its error."""
    last = None
    async for event in executor.execute(code, deadline_s=30):
        last = event
    assert isinstance(last, Executed)
    return last.error.message if last.error else str((last.value or {}).get("text/plain"))


def test_packages_come_from_the_site_and_from_the_index(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index("humanize")  # a well-known name, which Pyodide's lock does not have
    monkeypatch.setattr(WasmExecutor, "_fetch_by", HttpFetch(index))

    async def scenario() -> None:
        executor = WasmExecutor(site=site)
        try:
            assert await told(executor, "import beside\nbeside.answer") == "1"
            assert index.asked == []
            assert await told(executor, "import humanize\nhumanize.answer") == "2"
            assert index.asked[0] == "/simple/humanize/"
            before = len(index.asked)
            refused = await told(executor, "import nobody_knows_this_one")
            assert "only a few well-known packages are asked for" in refused
            assert len(index.asked) == before
        finally:
            await executor.aclose()

    asyncio.run(scenario())


def test_package_of_pyodide_is_asked_for_where_the_guest_looks(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index("six")
    monkeypatch.setattr(WasmExecutor, "_fetch_by", HttpFetch(index))

    async def scenario() -> None:
        executor = WasmExecutor(site=site)
        try:  # what comes is not what the lock says
            assert "is not the file that the index names" in await told(executor, "import six")
        finally:
            await executor.aclose()

    asyncio.run(scenario())
    assert index.asked == ["/pyodide/v314.0.7/full/six-1.17.0-py2.py3-none-any.whl"]
    assert PYODIDE_URL in (ROOT / "web/src/runtime/boot.ts").read_text("utf-8")


def test_damaged_package_of_the_site_is_not_installed(site: Path) -> None:
    (site / "packages" / "beside-1.0-py3-none-any.whl.gz").write_bytes(b"damaged")

    async def scenario() -> None:
        executor = WasmExecutor(site=site)
        try:
            assert "is damaged or of another version" in await told(executor, "import beside")
        finally:
            await executor.aclose()

    asyncio.run(scenario())


def test_answer_that_does_not_come_is_a_failure_with_a_reason() -> None:
    async def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody is there", request=request)

    async def scenario() -> None:
        fetch = HttpFetch(httpx.MockTransport(refuse))
        with pytest.raises(FetchFailed, match="nobody is there"):
            await fetch(FetchRequest(method="GET", url="https://index.test/", headers={}))

    asyncio.run(scenario())


def test_body_ends_when_it_is_larger_than_a_package_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pyagent.executors.packages.http.MAX_FILE_BYTES", 1000)

    async def scenario() -> None:
        answer = httpx.MockTransport(lambda _: httpx.Response(200, content=os.urandom(5000)))
        request = FetchRequest(method="GET", url="https://index.test/", headers={})
        response = await HttpFetch(answer)(request)
        assert (len(await response.read()), await response.read()) == (1001, b"")

    asyncio.run(scenario())
