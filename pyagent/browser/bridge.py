"""The only module that touches JavaScript: gives Python ports, ``fetch`` and blocking waits.

The workers' entries use it, so it is in the memory snapshot with them. Importing it must make no
JavaScript object, because a snapshot cannot hold one. The modules ``js`` and ``pyodide_js`` may be
there: Pyodide gives them the objects of each realm when it starts.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from contextvars import Context
from importlib import import_module
from typing import Any

import js  # type: ignore[import-not-found]
import pyodide_js  # type: ignore[import-not-found]
from pyodide.ffi import (  # type: ignore[import-not-found]
    JsException,
    create_once_callable,
    create_proxy,
    run_sync,
    to_js,
)
from pyodide.webloop import WebLoop  # type: ignore[import-not-found]

from pyagent.browser.port import Deliver
from pyagent.browser.port_link import PortLink
from pyagent.browser.ready_queue import ReadyQueue
from pyagent.errors import ProtocolError
from pyagent.executors.packages.broker import PackageSources
from pyagent.executors.packages.fetching import FetchFailed, FetchRequest
from pyagent.executors.packages.site_lock import SitePackage
from pyagent.protocol import PackageResponse

FetchPackage = Callable[[str], Awaitable[tuple[PackageResponse, bytes]]]


class BatchingLoop(WebLoop):  # type: ignore[misc]
    """Pyodide's event loop, but callbacks that are ready run together.

    Set ``can_block`` where code may wait in the middle of a call (JSPI). Callbacks then run on a
    stack of their own, which costs a turn of JavaScript's event loop. Otherwise they run as soon as
    JavaScript's call into Python ends.
    """

    def __init__(self, *, can_block: bool) -> None:
        super().__init__()
        self._can_block = can_block
        run = create_proxy(self._run_ready)
        microtask, timeout = js.queueMicrotask, js.setTimeout  # looking them up takes time

        def on_own_stack() -> None:
            # JavaScript calls it: a call from Python returns a promise, which adds a callback too.
            microtask(create_once_callable(self._run_ready, _may_syncify=True))

        self._queue = ReadyQueue(
            on_own_stack if can_block else lambda: microtask(run),
            on_own_stack if can_block else lambda: timeout(run, 0),
            may_suspend=can_block,
        )

    def install(self) -> None:
        """Make this the event loop of the worker."""
        asyncio.set_event_loop(self)

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._queue.add(handle)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Make a plain future. Those of Pyodide call back for each, to count what is under way."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
        """Make a plain task, for the same reason."""
        return asyncio.Task(coro, loop=self, **options)

    def run_until_complete(self, future: Awaitable[Any]) -> Any:
        """Wait for ``future`` in the middle of code, where that is possible."""
        return block_on(future) if self._can_block else super().run_until_complete(future)

    def _run_ready(self) -> None:
        self._install_running_loop()
        self._install_asyncgen_hooks()
        self._queue.run()


class JsPort:
    """A ``Port`` over the ``PortEnd`` of web/src/port.ts."""

    def __init__(self, end: Any) -> None:
        self._end = end
        self._post = end.post

    def listen(self, deliver: Deliver, closed: Callable[[], None]) -> None:
        def on_message(text: str, buffers: Any = (), ports: Any = ()) -> None:
            try:
                received = [buffer.to_bytes() for buffer in buffers]
            except (MemoryError, JsException):
                # Whoever waits for the message would wait for ever.
                self._end.close()
                return closed()
            deliver(text, received, [JsPort(end) for end in ports])

        self._end.listen(create_proxy(on_message), create_proxy(lambda *_: closed()))

    def post(self, text: str, buffers: Sequence[bytes]) -> None:
        if buffers:
            try:
                copies = js.Array.of(*[to_js(data).buffer for data in buffers])
            except (MemoryError, JsException) as error:
                raise ProtocolError("There is no memory for what should be sent.") from error
            self._post(text, copies)
        else:  # an object of JavaScript costs more than a short text
            self._post(text)

    def close(self) -> None:
        self._end.close()


async def fetch(request: FetchRequest) -> JsResponse:
    """Send one request, as ``Fetch`` describes."""
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


class JsSitePackages:
    """A ``SitePackages`` over that of web/src/agent/site_packages.ts."""

    def __init__(self, site: Any) -> None:
        self._site = site

    async def lock(self, *, fresh: bool) -> str:
        text: str = await self._site.lock(fresh)
        return text

    async def file(self, name: str, sha256: str) -> bytes:
        try:
            data: bytes = (await self._site.file(name, sha256)).to_bytes()
        except JsException as error:
            raise FetchFailed(error.message) from error
        return data

    def prefetch(self, name: str, sha256: str) -> None:
        self._site.prefetch(name, sha256)


def block_on(awaitable: Awaitable[Any]) -> Any:
    """Wait for ``awaitable`` without returning to JavaScript's caller, by JSPI."""

    async def outcome() -> tuple[Any, BaseException | None]:
        # Pyodide prints the traceback of an exception that crosses JavaScript.
        try:
            return await awaitable, None
        except BaseException as error:
            return None, error

    value, error = run_sync(outcome())
    if error is not None:
        raise error
    return value


class _Arrival(asyncio.Future[None]):
    """A future for ``run_sync`` that calls back at once, without a turn of the event loop.

    A JavaScript promise would take two turns, because ``run_sync`` makes a task that awaits it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._callback: Callable[[_Arrival], object] | None = None

    def add_done_callback(self, callback: Any, *, context: Context | None = None) -> None:
        self._callback = callback

    def happened(self) -> None:
        self.set_result(None)
        if self._callback is not None:  # an interrupt can come before anything waits
            self._callback(self)


def blocker(blocking: str, wait: Any) -> Callable[[PortLink], None]:
    """The function by which a link waits in the middle of code.

    ``wait`` is the method of ``RelayPort``; only ``atomics`` uses it.
    """

    def suspend(link: PortLink) -> None:
        arrival = _Arrival()
        link.on_arrival(arrival.happened)
        run_sync(arrival)

    def block_worker(link: PortLink) -> None:
        text, *buffers = wait()
        link.deliver(text, [buffer.to_bytes() for buffer in buffers])

    def refuse(link: PortLink) -> None:
        raise RuntimeError("This browser cannot wait for a tool in the middle of code.")

    return {"suspend": suspend, "atomics": block_worker}.get(blocking, refuse)


def fetch_packages_by(fetch_package: FetchPackage, refusals: list[str]) -> None:
    """Replace this worker's ``fetch``, which micropip and Pyodide use to get packages.

    The reason for each refused request is appended to ``refusals``.
    """

    async def brokered_fetch(resource: Any, options: Any = None) -> Any:
        url = resource if isinstance(resource, str) else str(getattr(resource, "url", resource))
        response, body = await fetch_package(url)
        if response.error:
            refusals.append(response.error)
            # Pyodide prints the traceback of a Python exception that JavaScript receives.
            return js.Promise.reject(js.TypeError.new(response.error))
        headers = {"content-type": response.content_type}
        init = _object({"status": response.status, "headers": _object(headers)})
        return js.Response.new(to_js(body), init)

    js.fetch = create_proxy(brokered_fetch)


async def install(name: str, site: Mapping[str, SitePackage]) -> None:
    """Install a distribution with micropip. Errors of micropip pass through.

    What it needs comes from ``site`` where that has it.
    """
    if "micropip" not in sys.modules:  # which copies the lock
        _add_to_lock(site)
    # Pyodide prints what it loads and each failure, which are no output of the code that waits.
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        # Imported late: micropip imports JavaScript objects, and few conversations need it.
        await import_module("micropip").install(name)


def _add_to_lock(site: Mapping[str, SitePackage]) -> None:
    """Let Pyodide's lock name the site's packages in place of its own."""
    for name, package in site.items():
        entry = {
            "name": name,
            "version": package.version,
            "file_name": package.url,
            "install_dir": "site",
            "sha256": package.sha256,  # which the broker checks
            "package_type": "package",
            "imports": list(package.imports),
            "depends": list(package.depends),
            "unvendored_tests": False,
        }
        js.Reflect.set(pyodide_js._api.lockfile_packages, name, _object(entry))


def lock_names() -> Mapping[str, str]:
    """Module name → distribution name, for the packages in Pyodide's lock."""
    names: Mapping[str, str] = pyodide_js._api._import_name_to_package_name.to_py()
    return names


def can_share_memory() -> bool:
    """Whether this worker is cross-origin isolated. If so, its sandboxes are too."""
    return bool(js.crossOriginIsolated)


def package_sources() -> PackageSources:
    """The index that micropip uses, and the files that Pyodide's lock names."""
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
