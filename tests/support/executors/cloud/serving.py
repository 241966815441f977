"""Runs a stand-in's server in a thread, with an event loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any, Self, TypeVar

import uvicorn

T = TypeVar("T")


class InThread:
    """A server in a thread while the context is open."""

    url = ""
    _loop: asyncio.AbstractEventLoop

    def app(self) -> Any:
        """The ASGI application."""
        raise NotImplementedError

    def stop_all(self) -> None:
        """End what still runs. Called on the server's loop."""

    def __enter__(self) -> Self:
        # asyncio turns Nagle's algorithm off only where the protocol is named.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            self.app(), log_level="critical", timeout_graceful_shutdown=1, ws="none", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=[listening], daemon=True)
        self._begun = threading.Event()
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.on_loop(self.stop_all)
        self._server.should_exit = True
        self._thread.join()

    def on_loop(self, call: Callable[[], T]) -> T:
        """Call on the server's loop, and wait for it."""

        async def called() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(30)

    def _serve(self, listening: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._begun.set()
            await self._server.serve(sockets=[listening])

        asyncio.run(serve())
        listening.close()
