"""The one module that touches JavaScript: ports, ``fetch`` and blocking waits as Python objects.

Called by the workers' entries. It must not be imported before a memory snapshot is taken: a
snapshot cannot hold JavaScript objects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import js  # type: ignore[import-not-found]
import pyodide_js  # type: ignore[import-not-found]
from pyodide.ffi import (  # type: ignore[import-not-found]
    JsException,
    create_proxy,
    run_sync,
    to_js,
)

from pyagent.browser.fetch import FetchFailed, FetchRequest
from pyagent.browser.link import PortLink
from pyagent.browser.packages import PackageSources
from pyagent.browser.port import Deliver
from pyagent.protocol import PackageResponse

FetchPackage = Callable[[str], Awaitable[tuple[PackageResponse, bytes]]]


class JsPort:
    """A ``Port`` over the ``PortEnd`` of web/src/port.ts."""

    def __init__(self, end: Any) -> None:
        self._end = end

    def listen(self, deliver: Deliver, closed: Callable[[], None]) -> None:
        def on_message(text: str, buffers: Any, ports: Any) -> None:
            deliver(
                text,
                [buffer.to_bytes() for buffer in buffers],
                [JsPort(end) for end in ports],
            )

        self._end.listen(create_proxy(on_message), create_proxy(lambda *_: closed()))

    def post(self, text: str, buffers: Sequence[bytes]) -> None:
        self._end.post(text, js.Array.of(*[to_js(data).buffer for data in buffers]))

    def close(self) -> None:
        self._end.close()


async def fetch(request: FetchRequest) -> JsResponse:
    """Send one request. See ``browser.fetch.Fetch``."""
    controller = js.AbortController.new()
    options = {
        "method": request.method,
        "headers": dict(request.headers),
        "signal": controller.signal,
        "credentials": "omit",
        "referrerPolicy": "no-referrer",
        "cache": "default" if request.cacheable else "no-store",
        "redirect": request.redirect,
    }
    if request.body:
        options["body"] = to_js(request.body)
    try:
        response = await js.fetch(request.url, _object(options))
    except asyncio.CancelledError:
        controller.abort()
        raise
    except JsException as error:
        raise FetchFailed(str(error)) from error
    return JsResponse(response, controller)


class JsResponse:
    """A ``FetchResponse`` over a JavaScript ``Response``."""

    def __init__(self, response: Any, controller: Any) -> None:
        self._controller = controller
        self._reader = response.body.getReader() if response.body else None
        self.status: int = response.status
        self.url: str = response.url
        self.headers: Mapping[str, str] = dict(response.headers.entries())

    async def read(self) -> bytes:
        if self._reader is None:
            return b""
        try:
            piece = await self._reader.read()
        except JsException as error:
            raise FetchFailed(str(error)) from error
        return b"" if piece.done else piece.value.to_bytes()

    def abort(self) -> None:
        self._controller.abort()


def block_on(awaitable: Awaitable[Any]) -> Any:
    """Wait for ``awaitable`` without returning to JavaScript's caller, by JSPI."""
    return run_sync(awaitable)


def blocker(blocking: str, wait: Any) -> Callable[[PortLink], None]:
    """How a link waits in the middle of code. ``wait`` is the ``RelayPort``'s, for ``atomics``."""

    def suspend(link: PortLink) -> None:
        # A promise of JavaScript's own: a future of asyncio takes three turns of the event loop.
        arrival = js.Promise.withResolvers()
        link.on_arrival(arrival.resolve)
        run_sync(arrival.promise)

    def block_worker(link: PortLink) -> None:
        text, *buffers = wait()
        link.deliver(text, [buffer.to_bytes() for buffer in buffers])

    def refuse(link: PortLink) -> None:
        raise RuntimeError("This browser cannot wait for a tool in the middle of code.")

    return {"suspend": suspend, "atomics": block_worker}.get(blocking, refuse)


def fetch_packages_by(fetch_package: FetchPackage, refusals: list[str]) -> None:
    """Replace this worker's ``fetch``, with which micropip and Pyodide get packages.

    Why a request was refused is put into ``refusals``.
    """

    async def brokered_fetch(resource: Any, options: Any = None) -> Any:
        url = resource if isinstance(resource, str) else str(getattr(resource, "url", resource))
        response, body = await fetch_package(url)
        if response.error:
            refusals.append(response.error)
            raise OSError(response.error)
        headers = {"content-type": response.content_type}
        init = _object({"status": response.status, "headers": _object(headers)})
        return js.Response.new(to_js(body), init)

    js.fetch = create_proxy(brokered_fetch)


async def install(name: str) -> None:
    """Install a distribution with micropip. Raises what it raises."""
    # Imported late: it imports JavaScript objects, and few conversations install anything.
    await import_module("micropip").install(name)


def lock_names() -> Mapping[str, str]:
    """Modules of the packages in Pyodide's lock → distributions."""
    names: Mapping[str, str] = pyodide_js._api._import_name_to_package_name.to_py()
    return names


def can_share_memory() -> bool:
    """Whether this realm is cross-origin isolated; its sandboxes are then too."""
    return bool(js.crossOriginIsolated)


def package_sources() -> PackageSources:
    """micropip's own index, and the files that Pyodide's own lock names."""
    # Imported late: it takes time, and most conversations install nothing.
    index_urls = import_module("micropip.package_index").DEFAULT_INDEX_URLS
    locked = pyodide_js._api.lockfile_packages.to_py()
    return PackageSources(
        index_url=index_urls[0].rstrip("/"),
        lock_url=pyodide_js.lockfileBaseUrl,
        lock_hashes={package["file_name"]: package["sha256"] for package in locked.values()},
    )


def _object(value: Mapping[str, Any]) -> Any:
    return to_js(value, dict_converter=js.Object.fromEntries)
