"""The broker fetches packages for a hostile guest, and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from pyagent.browser import package_broker
from pyagent.browser.package_broker import PackageBroker, PackageSources
from pyagent.protocol import PackageResponse
from support.browser.fakes import FakeFetch, FakeResponse

INDEX = "https://index.example/simple"
LOCK = "https://pyodide.example/v1/"
FILES = "https://files.example"
WHEEL = b"a wheel"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def project(*files: Mapping[str, Any]) -> FakeResponse:
    return FakeResponse([json.dumps({"files": files}).encode()])


def broker(responses: Mapping[str, FakeResponse]) -> tuple[PackageBroker, FakeFetch]:
    fetch = FakeFetch(responses)
    sources = PackageSources(
        index_url=INDEX, lock_url=LOCK, lock_hashes={"numpy.whl": sha256(WHEEL)}
    )
    return PackageBroker(fetch, lambda: sources), fetch


def ask(broker: PackageBroker, *urls: str) -> tuple[PackageResponse, bytes]:
    async def scenario() -> tuple[PackageResponse, bytes]:
        for url in urls[:-1]:
            await broker.fetch(url)
        return await broker.fetch(urls[-1])

    return asyncio.run(scenario())


def test_a_file_that_the_index_names_is_fetched() -> None:
    entry = {"url": f"{FILES}/six.whl", "hashes": {"sha256": sha256(WHEEL)}}
    asked, fetch = broker(
        {f"{INDEX}/six/": project(entry), f"{FILES}/six.whl": FakeResponse([WHEEL])}
    )
    response, body = ask(asked, f"{INDEX}/six/", f"{FILES}/six.whl")
    assert (response.status, response.error, body) == (200, "", WHEEL)
    assert all(request.method == "GET" and not request.body for request in fetch.requests)


def test_a_file_of_pyodides_lock_is_fetched() -> None:
    asked, _ = broker({f"{LOCK}numpy.whl": FakeResponse([WHEEL])})
    assert ask(asked, f"{LOCK}numpy.whl")[1] == WHEEL


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        f"{FILES}/six.whl",
        f"{INDEX}/six/?leak=secret",
        f"{INDEX}/six/#leak",
        f"{INDEX}/six/../../leak",
        f"{INDEX}/{'a' * 200}/",
        f"{INDEX}@evil.example/six/",
        f"{LOCK}other.whl",
        f"{LOCK}numpy.whl?leak=secret",
        "http://127.0.0.1:8080/",
        "file:///etc/passwd",
    ],
)
def test_nothing_else_is_fetched(url: str) -> None:
    asked, fetch = broker({url: FakeResponse([WHEEL])})
    response, body = ask(asked, url)
    assert response.error
    assert body == b""
    assert fetch.requests == []


def test_a_file_with_another_hash_is_refused() -> None:
    asked, _ = broker({f"{LOCK}numpy.whl": FakeResponse([b"another file"])})
    response, body = ask(asked, f"{LOCK}numpy.whl")
    assert "is not the file that the index names" in response.error
    assert body == b""


def test_a_redirect_to_elsewhere_is_refused() -> None:
    response = FakeResponse([WHEEL], url="https://evil.example/numpy.whl")
    asked, _ = broker({f"{LOCK}numpy.whl": response})
    assert "redirected" in ask(asked, f"{LOCK}numpy.whl")[0].error
    assert response.aborted


def test_a_file_that_is_too_large_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_broker, "MAX_FILE_BYTES", 10)
    response = FakeResponse([b"x" * 8, b"x" * 8, b"x" * 8])
    asked, _ = broker({f"{LOCK}numpy.whl": response})
    assert "too large" in ask(asked, f"{LOCK}numpy.whl")[0].error
    assert len(response.pieces) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[" * 5000, b"\xff\xfe"])
def test_an_index_that_does_not_answer_with_json_is_refused(body: bytes) -> None:
    asked, _ = broker({f"{INDEX}/six/": FakeResponse([body])})
    assert "did not answer with JSON" in ask(asked, f"{INDEX}/six/")[0].error


def test_a_guest_that_asks_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_broker, "MAX_REQUESTS", 2)
    asked, fetch = broker({f"{INDEX}/six/": project()})
    assert "Too many" in ask(asked, *[f"{INDEX}/six/"] * 3)[0].error
    assert len(fetch.requests) == 2


def test_a_missing_project_is_reported() -> None:
    asked, _ = broker({f"{INDEX}/nope/": FakeResponse([], status=404)})
    assert ask(asked, f"{INDEX}/nope/")[0].error == "The package index has no 'nope'."


def test_a_broken_connection_is_reported() -> None:
    asked, _ = broker({})
    assert "Failed to fetch" in ask(asked, f"{LOCK}numpy.whl")[0].error
