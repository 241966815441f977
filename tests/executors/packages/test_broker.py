"""The broker fetches packages for a hostile guest, and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from pyagent.executors.packages import broker as package_broker
from pyagent.executors.packages.broker import PackageBroker, PackageSources, PackageUse, needed_by
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


# --- the names that go to the index ----------------------------------------------------------


def refusing(*names: str) -> tuple[PackageUse, list[str]]:
    """A use of the broker in which these names are refused, and the names it was asked about."""
    asked: list[str] = []

    async def refusal(name: str) -> str:
        asked.append(name)
        return "No." if name in names else ""

    return PackageUse(refusal=refusal), asked


def fetch(broker: PackageBroker, use: PackageUse, *urls: str) -> list[str]:
    """The errors of these requests."""

    async def scenario() -> list[str]:
        return [(await broker.fetch(url, use))[0].error for url in urls]

    return asyncio.run(scenario())


@pytest.mark.parametrize("spelling", ["secret-1", "Secret_1", "secret.1/", "SECRET--1/"])
def test_a_name_is_asked_about_in_one_spelling_before_the_index_hears_it(spelling: str) -> None:
    asked, web = broker({f"{INDEX}/{spelling}": project()})
    use, names = refusing("secret-1")
    (error,) = fetch(asked, use, f"{INDEX}/{spelling}")
    assert "was not asked for: No." in error
    assert names == ["secret-1"]
    assert web.requests == []


def test_a_file_of_pyodides_lock_is_asked_about_by_its_package() -> None:
    asked, web = broker({f"{LOCK}numpy.whl": FakeResponse([WHEEL])})
    use, names = refusing("numpy-whl")
    assert fetch(asked, use, f"{LOCK}numpy.whl") != [""]
    assert (web.requests, names) == ([], ["numpy-whl"])


def test_files_that_an_allowed_page_names_are_not_asked_about() -> None:
    entry = {"url": f"{FILES}/six.whl", "hashes": {"sha256": sha256(WHEEL)}}
    asked, _ = broker({f"{INDEX}/six/": project(entry), f"{FILES}/six.whl": FakeResponse([WHEEL])})
    use, names = refusing()
    assert fetch(asked, use, f"{INDEX}/six/", f"{FILES}/six.whl") == ["", ""]
    assert names == ["six"]


@pytest.mark.parametrize("form", ["metadata", "wheel"])
def test_what_an_allowed_package_needs_is_not_asked_about(form: str) -> None:
    text = b"Metadata-Version: 2.1\nName: six\nRequires-Dist: Its_Helper (>=1); extra == 'x'\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("six-1.dist-info/METADATA", text)
    content = text if form == "metadata" else buffer.getvalue()
    url = f"{FILES}/six.whl{'.metadata' if form == 'metadata' else ''}"
    entry = {"url": f"{FILES}/six.whl", "core-metadata": form == "metadata"}
    asked, _ = broker(
        {
            f"{INDEX}/six/": project(entry),
            url: FakeResponse([content]),
            f"{INDEX}/its-helper/": project(),
        }
    )
    use, names = refusing("its-helper", "other")
    errors = fetch(asked, use, f"{INDEX}/six/", url, f"{INDEX}/its-helper/", f"{INDEX}/other/")
    assert errors[:3] == ["", "", ""]
    assert names == ["six", "other"]


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 no wheel", b"\xff" * 100])
def test_a_broken_wheel_needs_nothing(body: bytes) -> None:
    assert needed_by(f"{FILES}/six.whl", body) == set()
    assert needed_by(f"{FILES}/six.whl.metadata", body) == set()


def test_requests_count_for_each_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_broker, "MAX_REQUESTS", 2)
    asked, _ = broker({f"{INDEX}/six/": project()})
    spent, fresh = PackageUse(), PackageUse()
    assert "Too many" in fetch(asked, spent, *[f"{INDEX}/six/"] * 3)[2]
    assert "Too many" not in fetch(asked, fresh, f"{INDEX}/six/")[0]
