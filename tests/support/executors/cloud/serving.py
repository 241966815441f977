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
    """Servers in a thread while the context is open."""

    url = ""
    _loop: asyncio.AbstractEventLoop

    async def serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        """Serve until ``stop``. By default, the ASGI application ``app``."""
        config = uvicorn.Config(
            self.app(), log_level="critical", timeout_graceful_shutdown=1, ws="none", lifespan="off"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await stop.wait()
        server.should_exit = True
        await serving

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
        self._thread = threading.Thread(target=self._serve, args=[listening], daemon=True)
        self._begun = threading.Event()
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.on_loop(self.stop_all)
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def on_loop(self, call: Callable[[], T]) -> T:
        """Call on the server's loop, and wait for it."""

        async def called() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(30)

    def _serve(self, listening: socket.socket) -> None:
        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            self._begun.set()
            await self.serve(listening, self._stop)

        asyncio.run(main())
        listening.close()
