"""Server: whatever is asked, and however, it answers its own page only, from its folder only.

Raw requests go to the real server. ``tests/server`` tests the app without a network.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .cases import Case, each

MARK = "marked-key-of-the-server"
HEADERS = (
    *("content-security-policy", "cross-origin-opener-policy", "x-content-type-options"),
    *("cross-origin-embedder-policy", "cross-origin-resource-policy", "referrer-policy"),
)


@dataclass(frozen=True, kw_only=True)
class Asked(Case):
    """``attack`` is a request without the line of its host, which is added unless it has one.
    ``expected`` has the statuses that are right; an empty one is a connection that is closed."""


def get(path: str, *lines: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines])


REFUSED = ("400", "403", "404", "414", "431", "")

CASES = [
    *(
        Asked(name=f"path: {name}", attack=get(path), expected="404 400")
        for name, path in {
            "up": "/../pyproject.toml",
            "up, escaped": "/%2e%2e/pyproject.toml",
            "up, escaped twice": "/%252e%252e/pyproject.toml",
            "up, slash escaped": "/assets%2f..%2f..%2fpyproject.toml",
            "up, backslash": "/..\\pyproject.toml",
            "up, backslash escaped": "/%5c..%5cpyproject.toml",
            "up, overlong": "/%c0%ae%c0%ae/pyproject.toml",
            "up, in full width": "/%ef%bc%8e%ef%bc%8e/pyproject.toml",
            "up, below a file": "/index.html/../../pyproject.toml",
            "up, below models": "/models/../../pyproject.toml",
            "from the root": "//etc/passwd",
            "from the root, escaped": "/%2fetc/passwd",
            "a drive": "/c:/windows/win.ini",
            "a stream of a file": "/index.html::$DATA",
            "a null": "/index.html%00.js",
            "a line end": "/index.html%0d%0aSet-Cookie:x=1",
            "hidden": "/.git/config",
            "hidden, escaped": "/%2egit/config",
            "a device": "/dev/stdin",
            "the process": "/proc/self/environ",
            "a folder": "/assets/",
            "parameters": "/assets;/../pyproject.toml",
            "no UTF-8": "/%ff%fe",
        }.items()
    ),
    Asked(
        name="path: a long part",
        attack=get("/" + "a" * 300),
        expected="404 414",
    ),
    Asked(
        name="path: very long",
        attack=get("/" + "a/" * 40_000),
        expected=" ".join(REFUSED),
    ),
    Asked(
        name="path: deep",
        attack=get("/" + "a/" * 5_000),
        expected="404 414 400",
    ),
    Asked(name="host: another", attack=get("/", "Host: evil.example"), expected="403"),
    Asked(
        name="host: a name for this machine",
        attack=get("/", "Host: 127.0.0.1.nip.io:{port}"),
        expected="403",
    ),
    Asked(
        name="host: with a user", attack=get("/", "Host: 127.0.0.1@evil.example"), expected="403"
    ),
    Asked(name="host: with a dot", attack=get("/", "Host: localhost.:{port}"), expected="403"),
    Asked(name="host: all addresses", attack=get("/", "Host: 0.0.0.0:{port}"), expected="403"),
    Asked(name="host: in another spelling", attack=get("/", "Host: 127.1:{port}"), expected="403"),
    Asked(name="host: none", attack=get("/", "Host:"), expected="403 400"),
    Asked(
        name="host: two",
        attack=get("/", "Host: 127.0.0.1:{port}", "Host: evil.example"),
        expected="403 400",
    ),
    Asked(
        name="host: no port at all",
        attack=get("/", "Host: 127.0.0.1:evil.example"),
        expected="403 400",
    ),
    Asked(name="origin: another", attack=get("/", "Origin: https://evil.example"), expected="403"),
    Asked(name="origin: of a sandbox", attack=get("/", "Origin: null"), expected="403"),
    Asked(
        name="origin: another port", attack=get("/", "Origin: http://127.0.0.1:1"), expected="403"
    ),
    Asked(name="whole address", attack=get("http://evil.example/"), expected="200 400 403 404"),
    *(
        Asked(name=f"method: {method}", attack=f"{method} / HTTP/1.1", expected="405 400 501")
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")
    ),
    Asked(
        name="method: another in a header",
        attack=get("/", "X-HTTP-Method-Override: DELETE"),
        expected="200",
    ),
    Asked(name="method: none", attack="/ HTTP/1.1", expected="400 "),
    Asked(name="version: old", attack="GET / HTTP/0.9", expected="400 200 505 "),
    Asked(name="range: none", attack=get("/", "Range: bytes=abc"), expected="400 416 200"),
    Asked(name="range: beyond", attack=get("/", "Range: bytes=999999999-"), expected="416"),
    Asked(name="range: backwards", attack=get("/", "Range: bytes=9-1"), expected="416 400"),
    Asked(
        name="range: many that overlap",
        attack=get("/main.js", "Range: bytes=" + ",".join(["0-"] * 1_000)),
        expected="200 206 400 416",
    ),
    Asked(
        name="header: many",
        attack=get("/", *[f"X-{n}: x" for n in range(5_000)]),
        expected="200 400 431",
    ),
    Asked(
        name="header: long", attack=get("/", "X: " + "x" * 1_000_000), expected=" ".join(REFUSED)
    ),
    Asked(
        name="header: folded", attack=get("/", "X: a", " Host: evil.example"), expected="400 200"
    ),
    Asked(
        name="header: two lengths",
        attack=get("/", "Content-Length: 5", "Content-Length: 6"),
        expected="400 ",
    ),
    Asked(
        name="header: length and chunks",
        attack=get("/", "Content-Length: 5", "Transfer-Encoding: chunked"),
        expected="400 200 ",
    ),
    Asked(
        name="WebSocket",
        attack=get(
            "/",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ),
        expected="400 403 404 426 500 200",
    ),
    Asked(name="the page itself", attack=get("/"), expected="200"),
]


@pytest.fixture(scope="module", autouse=True)
def key_of_the_server() -> Iterator[None]:
    """A key in the environment of the server."""
    os.environ["OPENAI_API_KEY"] = MARK
    yield
    del os.environ["OPENAI_API_KEY"]


def ask(site: str, request: str) -> bytes:
    """All that the server sends until it ends, or until it is silent."""
    port = urlsplit(site).port
    head, *lines = request.replace("{port}", str(port)).split("\r\n")
    if not any(line.startswith("Host:") for line in lines):
        lines.append(f"Host: 127.0.0.1:{port}")
    text = "\r\n".join([head, *lines, "Connection: close", "", ""])
    received = b""
    with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as connection:
        try:
            connection.sendall(text.encode("utf-8"))
            while piece := connection.recv(65_536):
                received += piece
        except (ConnectionError, TimeoutError):
            pass
    return received


@each(CASES)
def test_request_gets_the_page_or_nothing(site: str, case: Asked) -> None:
    received = ask(site, case.attack)
    head, _, body = received.partition(b"\r\n\r\n")
    first, _, rest = head.decode("latin-1").lower().partition("\r\n")
    status = first.split(" ")[1] if first else ""
    assert status in case.expected.split(" "), head
    assert MARK.encode() not in received
    assert b"[project]" not in body
    assert b"root:" not in body
    assert b"Traceback" not in body
    assert "set-cookie" not in rest
    if status and b"Invalid HTTP request" not in body:
        assert all(f"{name}:" in rest for name in HEADERS), head
    if not status.startswith("20"):
        assert b"<py-agent" not in body


def test_slow_requests_leave_room_for_others(site: str) -> None:
    port = urlsplit(site).port or 0
    slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(200)]
    try:
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert ask(site, get("/")).startswith(b"HTTP/1.1 200")
    finally:
        for connection in slow:
            connection.close()


def test_it_listens_on_this_machine_only(site: str) -> None:
    port = urlsplit(site).port or 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, but finds our own address
            own = probe.getsockname()[0]
        except OSError:
            pytest.skip("This machine has no other address.")
    with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
        socket.create_connection((own, port), timeout=2).close()


def test_file_is_never_a_page_of_another_kind(site: str) -> None:
    for path in ("/samples/seattle-weather.csv", "/models.json", "/manifest.json"):
        head = ask(site, get(path)).partition(b"\r\n\r\n")[0].lower()
        assert b"nosniff" in head
        assert b"text/html" not in head


def test_no_link_leads_out_of_the_folder(site: str) -> None:
    dist = Path(__file__).resolve().parents[2] / "dist"
    link = dist / "attack-link.txt"
    link.symlink_to(dist.parent / "pyproject.toml")
    try:
        assert ask(site, get("/attack-link.txt")).startswith(b"HTTP/1.1 404")
    finally:
        link.unlink()
