"""Network: code with all of JavaScript and Python in its hands reaches no server.

Each way out is tried in the sandbox, where the canary must stay silent, and once with the fence
off, where the canary must hear of it. What workers do not have is tried from a window there.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from support.page.canary import Canary

from .attacker import Attacker, came_of_it, python
from .cases import Case, each

BLOCKED = r"(\w*Error|\w*Exception|NS_ERROR_\w+): .*"
ABSENT = r"(ReferenceError|TypeError): .*(not defined|not a constructor|not a function|undefined).*"
EITHER = f"{BLOCKED}|{ABSENT}"
SILENT = "Error: no answer"


@dataclass(frozen=True, kw_only=True)
class WayOut(Case):
    """``attack`` is the body of an async function of ``at``: addresses of the canary, a name."""

    expected: str = BLOCKED
    heard_as: str = ""
    """What the canary hears, if not the name."""
    needs: str = "worker"
    """Where the control runs: in a ``worker`` without a fence, in a ``window``, in a ``process``.
    The trusted side answers what needs the ``broker``, with or without a policy."""


JAVASCRIPT = [
    WayOut(
        name="fetch of the worker's prototype",
        attack="await WorkerGlobalScope.prototype.fetch.call(self, at.url, {mode: 'no-cors'})",
    ),
    WayOut(
        name="fetch that outlives the page",
        attack="const {fetch} = WorkerGlobalScope.prototype;"
        "await fetch.call(self, at.url, {mode: 'no-cors', keepalive: true})",
    ),
    WayOut(
        name="fetch with a body in pieces",
        attack="const {fetch} = WorkerGlobalScope.prototype;"
        "const body = new Blob(['the data']).stream();"
        "await fetch.call(self, at.url, {mode: 'no-cors', method: 'POST', body: 'the data'})",
    ),
    WayOut(
        name="fetch by another name of this machine",
        attack="const {fetch} = WorkerGlobalScope.prototype;"
        "await fetch.call(self, at.url.replace('127.0.0.1', 'localhost'), {mode: 'no-cors'})",
    ),
    WayOut(
        name="XMLHttpRequest",
        attack="""const request = new XMLHttpRequest();
            request.open("GET", at.url);
            const end = new Promise((resolve, reject) => {
              request.onload = resolve;
              request.onerror = () => reject(new Error("error event"));
            });
            request.send();
            await end;""",
    ),
    WayOut(
        name="XMLHttpRequest that blocks",
        attack="""const request = new XMLHttpRequest();
            request.open("POST", at.url, false);
            request.send("the data");""",
    ),
    WayOut(name="WebSocket", attack="await opened(new WebSocket(at.ws))"),
    WayOut(name="EventSource", attack="await opened(new EventSource(at.url))"),
    WayOut(
        name="importScripts of the prototype",
        attack="WorkerGlobalScope.prototype.importScripts.call(self, at.url)",
    ),
    WayOut(name="dynamic import", attack="await import(at.url)"),
    WayOut(
        name="import in a module from a blob",
        attack="await import(text(`import '${at.url}'; export default 1`))",
    ),
    WayOut(
        name="import in a module from a data URL",
        attack="await import('data:text/javascript,' + encodeURIComponent(`import '${at.url}'`))",
    ),
    WayOut(
        name="import of JSON",
        attack="await import(at.url, {with: {type: 'json'}})",
    ),
    WayOut(
        name="worker by its address",
        attack="const worker = new Worker(at.url);"
        "await new Promise((_, fail) => { worker.onerror = () => fail(new Error('error')); })",
        needs="window",
    ),
    WayOut(
        name="module worker from a blob",
        attack="await opened(new Worker(text(`import '${at.url}'; postMessage(1)`),"
        " {type: 'module'}))",
        expected=f"{BLOCKED}|{SILENT}",
    ),
    WayOut(
        name="worker from a data URL",
        attack="await opened(new Worker('data:text/javascript,' + encodeURIComponent("
        "`importScripts('${at.url}'); postMessage(1)`)))",
    ),
    WayOut(
        name="worker in a worker in a worker",
        attack="""const inner = `fetch("${at.url}", {mode: "no-cors"}).then(() => postMessage(1))
              .catch(() => 0)`;
            const outer = `const rules = {createScriptURL: (url) => url};
              const around = self.trustedTypes?.createPolicy("lit-html", rules);
              const url = URL.createObjectURL(new Blob([${JSON.stringify(inner)}]));
              const inner = new Worker(around?.createScriptURL(url) ?? url);
              inner.onmessage = () => postMessage(1);`;
            await opened(new Worker(text(outer)));""",
        expected=SILENT,
    ),
    WayOut(
        name="font",
        attack="await new FontFace('probe', `url(${at.url})`).load()",
    ),
    WayOut(
        name="WebAssembly that streams",
        attack="await WebAssembly.compileStreaming("
        "WorkerGlobalScope.prototype.fetch.call(self, at.url, {mode: 'no-cors'}))",
    ),
    WayOut(
        name="fetch of a Request in a Cache",
        attack="await (await caches.open('probe')).add(new Request(at.url))",
        expected=EITHER,
    ),
    WayOut(
        name="service worker",
        attack="await navigator.serviceWorker.register(at.url)",
        expected=EITHER,
        needs="window",
    ),
    WayOut(
        name="beacon",
        attack="navigator.sendBeacon(at.url, 'the data') || (() => {throw Error()})()",
        expected=ABSENT,
        needs="window",
    ),
    WayOut(
        name="picture",
        attack="new Image().src = at.url",
        expected=ABSENT,
        needs="window",
    ),
    WayOut(
        name="shared worker",
        attack="new SharedWorker(at.url)",
        expected=ABSENT,
        needs="window",
    ),
    WayOut(
        name="window that opens",
        attack="open(at.url) || (() => {throw Error()})()",
        expected=f"{ABSENT}|TypeError: .*",
        needs="window",
    ),
    WayOut(
        name="navigation of a frame",
        attack="const frame = document.createElement('iframe'); frame.src = at.url;"
        "document.documentElement.append(frame)",
        expected=ABSENT,
        needs="window",
    ),
    WayOut(
        name="STUN of WebRTC",
        attack="""const peer = new RTCPeerConnection({iceServers: [{urls: at.stun}]});
            peer.createDataChannel("probe");
            await peer.setLocalDescription(await peer.createOffer());
            self.kept = peer;""",
        expected=ABSENT,
        heard_as="udp stun",
        needs="window",
    ),
    WayOut(
        name="WebTransport over QUIC",
        attack="await new WebTransport(at.url.replace('http:', 'https:')).ready",
        expected=EITHER,
        heard_as="udp quic",
        needs="window",
    ),
]

BROKEN_OFF = r"(AbortError|JsException|OSError|ValueError|TypeError|\w+Exception): .*"

PYTHON = [
    WayOut(name="js.fetch", attack="await js.fetch(URL)", expected=BROKEN_OFF, needs="broker"),
    WayOut(
        name="pyfetch",
        attack="from pyodide.http import pyfetch; await pyfetch(URL)",
        expected=BROKEN_OFF,
        needs="broker",
    ),
    WayOut(
        name="micropip",
        attack="import micropip; await micropip.install(URL + '/probe-1.0-py3-none-any.whl')",
        expected="ValueError: Can't fetch wheel from .*",
        needs="broker",
    ),
    WayOut(
        name="micropip by an index",
        attack="import micropip; await micropip.install('probe', index_urls=URL)",
        expected="ValueError: Can't fetch metadata for 'probe'.*",
        needs="broker",
    ),
    WayOut(
        name="Pyodide's packages",
        attack="import pyodide_js; await pyodide_js.loadPackage(URL + '/probe-1.0.whl');"
        "'probe' in pyodide_js.loadedPackages.to_py() or 1/0",
        expected="ZeroDivisionError: .*",
        needs="broker",
    ),
    WayOut(
        name="open_url",
        attack="from pyodide.http import open_url; open_url(URL)",
        expected="JsException: NetworkError: .*",
    ),
    WayOut(
        name="pyxhr",
        attack="from pyodide.http import pyxhr; pyxhr.get(URL)",
        expected="XHRNetworkError: .*",
    ),
    WayOut(
        name="lazy file",
        attack="import pyodide_js; pyodide_js.FS.createLazyFile('/', 'lazy', URL, True, True);"
        "open('/lazy').read()",
        expected="SandboxLost: The sandbox died: NetworkError: .*",
    ),
    WayOut(
        name="socket below Python's",
        attack="import _socket; s = _socket.socket(); s.connect(('127.0.0.1', PORT));"
        "s.settimeout(6); s.send(b'GET / HTTP/1.0'); s.recv(9) or 1/0",
        expected=r"\w+: .*",
        heard_as="/",
    ),
    WayOut(
        name="urllib",
        attack="import urllib.request; urllib.request.urlopen(URL, timeout=5)",
        expected="URLError: .*No address can be reached.*",
        needs="process",
    ),
    WayOut(
        name="http.client",
        attack="import http.client; c = http.client.HTTPConnection('127.0.0.1', PORT);"
        "c.request('GET', '/' + NAME); c.getresponse()",
        expected="gaierror: .*No address can be reached",
        needs="process",
    ),
    WayOut(
        name="asyncio",
        attack="import asyncio; r, w = await asyncio.open_connection('127.0.0.1', PORT);"
        "w.write(f'GET /{NAME} HTTP/1.0\\r\\n\\r\\n'.encode()); await r.read(9) or 1/0",
        expected="gaierror: .*No address can be reached",
        needs="process",
    ),
    WayOut(
        name="datagram",
        attack="import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
        "s.sendto(b'the data', ('127.0.0.1', PORT)); s.settimeout(1); s.recv(9)",
        expected="(TimeoutError|OSError): .*",
        heard_as="udp",
        needs="process",
    ),
    WayOut(
        name="program",
        attack="import subprocess, sys; subprocess.run([sys.executable or 'python', '-c',"
        "f'import urllib.request as u; u.urlopen({URL!r})'], check=True)",
        expected=r"OSError: .*",
        needs="process",
    ),
]


def addresses(canary: Canary, name: str) -> dict[str, Any]:
    path = re.sub(r"\W+", "-", name)
    url = f"{canary.address}/{path}"
    stun = f"stun:{canary.address.removeprefix('http://')}"
    return {"name": path, "url": url, "ws": url.replace("http", "ws"), "stun": stun}


@pytest.fixture(scope="module")
def silent() -> Iterator[Canary]:
    """A canary that must hear nothing, not even after the last attack."""
    with Canary() as canary:
        yield canary
        assert (canary.heard, canary.connections) == ([], 0)


@each(JAVASCRIPT)
def test_javascript_reaches_no_server(attacker: Attacker, silent: Canary, case: WayOut) -> None:
    outcomes = attacker.by_javascript(case.attack, addresses(silent, case.name))
    assert silent.heard == []
    assert came_of_it(case.expected, outcomes), outcomes


@each(PYTHON)
def test_python_reaches_no_server(attacker: Attacker, silent: Canary, case: WayOut) -> None:
    outcome = attacker.by_python(case.attack, addresses(silent, case.name))
    assert silent.heard == []
    assert re.fullmatch(case.expected, outcome, re.DOTALL), outcome


@pytest.fixture(scope="module")
def hearing() -> Iterator[Canary]:
    """A canary that must hear every attack."""
    with Canary() as canary:
        yield canary


@pytest.fixture(scope="module")
def window(browser: Browser, hearing: Canary) -> Iterator[Page]:
    """A page of the canary."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{hearing.address}/page.html")
        yield page


@each(case for case in JAVASCRIPT if case.needs == "worker")
def test_without_the_fence_javascript_gets_out(
    loose_attacker: Attacker, hearing: Canary, case: WayOut
) -> None:
    at = addresses(hearing, case.name)
    outcomes = loose_attacker.by_javascript(case.attack, at)
    assert hearing.hears(case.heard_as or at["name"]), (outcomes, hearing.heard)


@each(case for case in PYTHON if case.needs == "worker")
def test_without_the_fence_python_gets_out(
    loose_attacker: Attacker, hearing: Canary, case: WayOut
) -> None:
    at = addresses(hearing, case.name)
    outcome = loose_attacker.by_python(case.attack, at)
    assert hearing.hears(case.heard_as or at["name"]), (outcome, hearing.heard)


@each(case for case in JAVASCRIPT if case.needs == "window")
def test_in_a_window_javascript_gets_out(window: Page, hearing: Canary, case: WayOut) -> None:
    if case.heard_as == "udp stun" and window.context.browser.browser_type.name == "firefox":
        pytest.skip("Firefox asks no STUN server on its own machine.")
    at = addresses(hearing, case.name)
    window.evaluate(f"(at) => void (async () => {{ {case.attack} }})().catch(() => 0)", at)
    assert hearing.hears(case.heard_as or at["name"]), hearing.heard


@each(case for case in PYTHON if case.needs == "process")
def test_in_a_process_python_gets_out(hearing: Canary, case: WayOut) -> None:
    at = addresses(hearing, case.name)
    code = python(case.attack, at).replace("import js\n", "").replace("final_answer", "print")
    code = "\n".join(f"    {line}" for line in code.splitlines())
    program = f"import asyncio\nasync def main():\n{code}\nasyncio.run(main())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert hearing.hears(case.heard_as or at["name"]), (ended, hearing.heard)
