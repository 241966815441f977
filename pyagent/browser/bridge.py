"""The one module that touches JavaScript: ports, ``fetch`` and blocking waits as Python objects.

Called by the workers' entries. It must not be imported before a memory snapshot is taken: a
snapshot cannot hold JavaScript objects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import js  # type: ignore[import-not-found]
from pyodide.ffi import (  # type: ignore[import-not-found]
    JsException,
    create_proxy,
    run_sync,
    to_js,
)

from pyagent.browser.fetch import FetchFailed, FetchRequest
from pyagent.browser.port import Port


class JsPort:
    """A ``Port`` over a JavaScript ``MessagePort``, or what stands in for one."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def listen(
        self,
        deliver: Callable[[str, list[bytes], Sequence[Port]], None],
        closed: Callable[[], None],
    ) -> None:
        def on_message(event: Any) -> None:
            text, *buffers = event.data
            ports = [JsPort(port) for port in event.ports or ()]
            deliver(text, [buffer.to_bytes() for buffer in buffers], ports)

        self._port.onmessage = create_proxy(on_message)
        self._port.onclose = create_proxy(lambda _event: closed())

    def post(self, text: str, buffers: Sequence[bytes]) -> None:
        transfers = [to_js(data).buffer for data in buffers]
        self._port.postMessage(js.Array.of(text, *transfers), js.Array.of(*transfers))

    def close(self) -> None:
        self._port.close()


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


def _object(value: Mapping[str, Any]) -> Any:
    return to_js(value, dict_converter=js.Object.fromEntries)
