"""Tools that fetch reach public addresses only, whatever a name is called or resolves to."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pyagent import ToolError, VisitWebpageTool, WikipediaTool
from pyagent.tools.builtin import pinned, public_hosts
from pyagent.tools.builtin.public_hosts import is_private, is_public


class Canary:
    """A server of this machine; ``hits`` are the paths that somebody has asked it for."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        hits = self.hits
        self.answer: tuple[int, Mapping[str, str]] = (200, {})
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                status, headers = canary.answer
                self.send_response(status)
                for name, value in {"content-type": "text/plain", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"secret")

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*os.environ,):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


Resolver = Mapping[str, Sequence[str]]


def resolving(monkeypatch: pytest.MonkeyPatch, names: Resolver) -> list[str]:
    """Resolve these names, each to the addresses in turn. Returns what was asked for, in order."""
    asked: list[str] = []

    async def getaddrinfo(_: object, host: str, port: int, **__: object) -> list[Any]:
        asked.append(host)
        found = names[host]
        return [(2, 1, 6, "", (found[min(asked.count(host), len(found)) - 1], port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "127.0.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f000001", "0x7f.1"),
        *("0", "0.0.0.0", "127.0.0.1.", "127.255.255.254", "LOCALHOST", "localhost."),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a9fe:a9fe]"),
        *("169.254.169.254", "0xa9fea9fe", "2852039166", "metadata.google.internal"),
        *("[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "10.1", "192.168.257", "a.localhost"),
        *("printer.local", "router.lan", "nas.home.arpa"),
        *("\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u24dbocalhost"),
    ],
)
def test_no_spelling_of_this_machine_is_visited(canary: Canary, host: str) -> None:
    with pytest.raises(ToolError, match=r"private network|no address of a web page|not be read"):
        asyncio.run(VisitWebpageTool().call([f"http://{host}:{canary.port}/a"]))
    assert canary.hits == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.7", "169.254.169.254", "fd00::1", "0.0.0.0"],
)
@pytest.mark.parametrize("tool", ["visit", "wikipedia"])
def test_a_public_name_that_resolves_to_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, tool: str, address: str
) -> None:
    name = "innocent.example.org" if tool == "visit" else "en.wikipedia.org"
    asked = resolving(monkeypatch, {name: [address]})
    made = VisitWebpageTool() if tool == "visit" else WikipediaTool()
    argument = f"https://{name}/" if tool == "visit" else "Lisbon"
    with pytest.raises(ToolError, match="private network"):
        asyncio.run(made.call([argument]))
    assert asked == [name]


def test_a_name_that_changes_its_mind_is_resolved_once_for_a_connection(
    monkeypatch: pytest.MonkeyPatch, canary: Canary
) -> None:
    asked = resolving(monkeypatch, {"rebind.example.org": ["203.0.113.1", "127.0.0.1"]})
    connected: list[str] = []

    async def connect(_: object, host: str, port: int, *__: object) -> Any:
        connected.append(host)
        raise pinned.httpcore.ConnectError("unreachable")

    monkeypatch.setattr(pinned.httpcore.AnyIOBackend, "connect_tcp", connect)
    monkeypatch.setattr(public_hosts, "is_public", lambda address: not address.is_loopback)
    with pytest.raises(ToolError, match="could not be read"):
        asyncio.run(VisitWebpageTool().call([f"http://rebind.example.org:{canary.port}/"]))
    assert (asked, connected) == (["rebind.example.org"], ["203.0.113.1"])


@pytest.mark.parametrize("there", ["http://127.1:{port}/b", "http://inner.example.org:{port}/b"])
def test_a_redirect_to_this_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, canary: Canary, there: str
) -> None:
    names = {"outer.example.org": ["127.0.0.2"], "inner.example.org": ["127.0.0.1"]}
    resolving(monkeypatch, names)
    usual = public_hosts.is_public
    loopback = ipaddress.ip_address("127.0.0.2")  # stands for a public server
    monkeypatch.setattr(public_hosts, "is_public", lambda a: a == loopback or usual(a))
    connect = pinned.httpcore.AnyIOBackend.connect_tcp

    async def to_canary(self: Any, host: str, *rest: Any) -> Any:
        return await connect(self, host.replace("127.0.0.2", "127.0.0.1"), *rest)

    monkeypatch.setattr(pinned.httpcore.AnyIOBackend, "connect_tcp", to_canary)
    canary.answer = (302, {"location": there.format(port=canary.port)})
    with pytest.raises(ToolError, match="private network"):
        asyncio.run(VisitWebpageTool().call([f"http://outer.example.org:{canary.port}/a"]))
    assert canary.hits == ["/a"]


def test_a_program_may_allow_private_addresses(canary: Canary) -> None:
    tool = VisitWebpageTool(allow_private=True)
    assert asyncio.run(tool.call([f"http://127.1:{canary.port}/a"])) == "secret"


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "1.1", "134744072"])
def test_public_addresses_are_public(text: str) -> None:
    assert not is_private(text)


@pytest.mark.parametrize("host", ["example.org", "a.b.c", "localhost.example.org", "xn--abc.gr"])
def test_public_names_are_public_by_their_text(host: str) -> None:
    assert not is_private(host)


@pytest.mark.parametrize("text", ["2002:0808:0808::", "64:ff9b::808:808"])
def test_an_address_is_as_public_as_the_one_inside(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["fec0::1", "feff::1", "3fff::1", "3fff:fff::1", "192.0.0.8", "192.0.0.170", "64:ff9b:1::1"],
)
def test_special_addresses_are_private_on_every_python(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "proxies",
    [
        {"HTTPS_PROXY": "http://127.0.0.1:9"},
        {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ".corp.example"},
        {"HTTP_PROXY": "127.0.0.1:9", "NO_PROXY": "wiki.corp.example"},
        {"ALL_PROXY": "http://127.0.0.1:9", "no_proxy": "*"},
    ],
)
def test_what_no_proxy_serves_is_resolved_and_checked_here(
    monkeypatch: pytest.MonkeyPatch, canary: Canary, proxies: Mapping[str, str]
) -> None:
    resolving(monkeypatch, {"wiki.corp.example": ["127.0.0.1"], "127.0.0.1": ["127.0.0.1"]})
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ToolError, match="private network"):
        asyncio.run(VisitWebpageTool().call([f"http://wiki.corp.example:{canary.port}/"]))
    assert canary.hits == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
def test_a_proxy_serves_what_it_is_set_for(
    monkeypatch: pytest.MonkeyPatch, canary: Canary, name: str
) -> None:
    monkeypatch.setenv(name, f"127.0.0.1:{canary.port}")
    monkeypatch.setenv("NO_PROXY", "other.example.org")
    tool = VisitWebpageTool()
    assert asyncio.run(tool.call(["http://page.example.org/a"])) == "secret"
    assert canary.hits == ["http://page.example.org/a"]


def test_the_addresses_of_a_name_share_one_time_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []

    async def resolve(host: str, port: int) -> list[str]:
        return ["203.0.113.1", "203.0.113.2", "203.0.113.3"]

    async def connect(_: object, host: str, port: int, timeout: float, *__: object) -> Any:
        shares.append(timeout)
        raise pinned.httpcore.ConnectTimeout("silent")

    monkeypatch.setattr(pinned, "resolve", resolve)
    monkeypatch.setattr(pinned.httpcore.AnyIOBackend, "connect_tcp", connect)
    with pytest.raises(ToolError, match="could not be read"):
        asyncio.run(VisitWebpageTool(timeout_s=60.0).call(["http://slow.example.org/"]))
    assert shares == pytest.approx([20.0, 30.0, 60.0], rel=0.2)


def test_the_time_to_connect_holds_for_resolving_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(pinned, "resolve", resolve)
    with pytest.raises(ToolError, match="did not answer in time"):
        asyncio.run(VisitWebpageTool(timeout_s=0.05).call(["http://slow.example.org/"]))
