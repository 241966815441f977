"""The served site: what is sent, to whom, and with which headers."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pyagent.server import app, create_app

HOME = "http://127.0.0.1:8420"
POLICY = "default-src 'none'"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    for name, text in {
        "index.html": "<title>pyagent</title>",
        "manifest.json": json.dumps({"content_security_policy": POLICY}),
        "assets/chunk-ABCD1234.js": "1",
        "assets/agent.worker.js": "2",
        ".stamps.json": "{}",
    }.items():
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    return dist


@pytest.fixture
def client(dist: Path) -> TestClient:
    return TestClient(create_app(dist), base_url=HOME)


def test_page_comes_with_every_fence(client: TestClient) -> None:
    response = client.get("/")
    assert response.text == "<title>pyagent</title>"
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert response.headers["cross-origin-embedder-policy"] == "require-corp"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'self'"


def test_trusted_types_are_for_all_but_one_worker(client: TestClient, dist: Path) -> None:
    policy = f"{POLICY}; require-trusted-types-for 'script'; trusted-types a b; img-src a"
    (dist / "manifest.json").write_text(json.dumps({"content_security_policy": policy}))
    (dist / "assets/transformers.worker.js").write_text("3")
    cases = {
        "/": policy,
        "/assets/agent.worker.js": policy,
        "/assets/transformers.worker.js": f"{POLICY}; img-src a",
    }
    for path, expected in cases.items():
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)
        for response in (first, again):
            said = response.headers["content-security-policy"]
            assert said == f"{expected}; frame-ancestors 'self'"


def test_policy_of_a_new_build_is_sent_at_once(client: TestClient, dist: Path) -> None:
    client.get("/")
    (dist / "manifest.json").write_text(json.dumps({"content_security_policy": "img-src a"}))
    assert client.get("/").headers["content-security-policy"].startswith("img-src a;")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8420"},
        {"Host": ""},
        {"Host": "127.0.0.1:"},
        {"Host": "127.0.0.1:evil"},
        {"Host": "127.0.0.1:0"},
        {"Host": "127.0.0.1:99999"},
        {"Host": "127.0.0.1:8420:8420"},
        {"Host": "user@127.0.0.1:8420"},
        {"Host": "127.0.0.1:8420/evil"},
        {"Host": "127.0.0.1:\u0661".encode()},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_requests_from_other_sites_are_refused(client: TestClient, headers: dict[str, Any]) -> None:
    assert client.get("/", headers=headers).status_code == 403


@pytest.mark.parametrize("name", ["Host", "Origin"])
def test_a_header_that_comes_twice_is_refused(client: TestClient, name: str) -> None:
    value = "127.0.0.1:8420" if name == "Host" else HOME
    assert client.get("/", headers=[(name, value), (name, value)]).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        *(f"/{'a' * 300}", f"/{'a/' * 3_000}", f"/assets/{'b' * 5_000}.js", f"/{'%F0%9F' * 100}"),
        *("/loop", "/secret.js", "/index.html/x", "/%ed%a0%80"),
    ],
)
def test_a_file_that_cannot_be_had_is_not_found_behind_the_fence(
    client: TestClient, dist: Path, path: str
) -> None:
    (dist / "loop").symlink_to("loop")
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-security-policy"].startswith(POLICY)
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("error", [RuntimeError("secret"), MemoryError(), KeyError("secret")])
def test_an_error_of_the_server_has_every_fence_and_tells_nothing(
    dist: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(app, "_file_response", fail)
    response = TestClient(create_app(dist), base_url=HOME).get("/")
    assert (response.status_code, response.text) == (500, "This file could not be sent.\n")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith(POLICY)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", "{", None])
def test_without_a_policy_of_the_build_nothing_is_allowed(
    client: TestClient, dist: Path, manifest: str | None
) -> None:
    (dist / "manifest.json").unlink()
    if manifest is not None:
        (dist / "manifest.json").write_text(manifest)
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_page_may_ask_for_no_feature_that_it_does_not_use(client: TestClient) -> None:
    said = client.get("/").headers["permissions-policy"]
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(said.split(", "))
    assert "cross-origin-isolated" not in said
    keeper = (Path(__file__).parents[2] / "web/src/offline/keeper.ts").read_text()
    assert said in re.sub(r'" \+\s+"', "", keeper)  # what the service worker sends


def test_own_origin_is_allowed(client: TestClient) -> None:
    assert client.get("/", headers={"Origin": HOME}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%5c..%5csecret.txt",
        "//etc/passwd",
        "/.stamps.json",
        "/link.txt",
        "/index.html%00.js",
    ],
)
def test_files_outside_the_site_are_not_found(client: TestClient, dist: Path, path: str) -> None:
    (dist / "link.txt").symlink_to(dist.parent / "secret.txt")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/assets", "/assets/", "/models/"])
def test_folders_are_not_listed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/").status_code == 405


def test_head_gives_the_size_without_the_body(client: TestClient) -> None:
    response = client.head("/assets/agent.worker.js")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == "1"


def test_compressed_file_is_sent_to_browsers_that_accept_it(client: TestClient, dist: Path) -> None:
    (dist / "big.js").write_text("let a;" * 100)
    (dist / "big.js.gz").write_bytes(gzip.compress(b"let a;" * 100))
    packed = client.get("/big.js")
    plain = client.get("/big.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text == "let a;" * 100
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["vary"] == "Accept-Encoding"


def test_better_compression_is_preferred(client: TestClient, dist: Path) -> None:
    (dist / "big.js").write_text("let a;")
    (dist / "big.js.gz").write_bytes(gzip.compress(b"let a;"))
    (dist / "big.js.br").write_bytes(b"brotli")
    with client.stream("GET", "/big.js", headers={"Accept-Encoding": "gzip, br"}) as response:
        assert response.headers["content-encoding"] == "br"
        assert b"".join(response.iter_raw()) == b"brotli"


@pytest.mark.parametrize(
    ("path", "cached"),
    [
        ("/", "no-cache"),
        ("/assets/agent.worker.js", "no-cache"),
        ("/assets/chunk-ABCD1234.js", "public, max-age=31536000, immutable"),
        ("/manifest.json?v=0123456789abcdef", "public, max-age=31536000, immutable"),
    ],
)
def test_only_addresses_with_a_version_are_cached(
    client: TestClient, path: str, cached: str
) -> None:
    assert client.get(path).headers["cache-control"] == cached


def test_unchanged_file_is_not_sent_again(client: TestClient, dist: Path) -> None:
    first = client.get("/")
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get("/", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers
    (dist / "index.html").write_text("changed")
    assert client.get("/", headers=known).text == "changed"


def test_models_come_in_parts_from_their_own_folder(dist: Path, tmp_path: Path) -> None:
    models = tmp_path / "weights"
    models.mkdir()
    (models / "tiny.gguf").write_bytes(b"GGUF0123456789")
    client = TestClient(create_app(dist, models=models), base_url=HOME)
    part = client.get("/models/tiny.gguf", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"0123")
    assert part.headers["content-range"] == "bytes 4-7/14"
    beyond = client.get("/models/tiny.gguf", headers={"Range": "bytes=99-"})
    assert beyond.status_code == 416
    assert client.get("/models/../secret.txt").status_code == 404
