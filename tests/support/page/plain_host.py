"""A static host that sends no headers: http.server of Python, with what it sent logged."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class PlainHost:
    """A context manager that serves a folder. ``sent`` has the path of every body that was sent.

    A host that is switched ``off`` refuses every connection, as it would without a network.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.sent: list[str] = []
        self._handler = self._make_handler(folder)
        self._server = self._listen(port)

    @property
    def address(self) -> str:
        return f"http://localhost:{self._port}/"

    def __enter__(self) -> PlainHost:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.off()

    def off(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join(10)

    def on(self) -> None:
        """Serve again at the same address."""
        self._server = self._listen(self._port)
        self.__enter__()

    def _make_handler(self, folder: Path) -> Callable[..., PlainHandler]:
        return partial(PlainHandler, directory=str(folder), log=self.sent)

    def _listen(self, port: int) -> _Server:
        server = _Server(("127.0.0.1", port), self._handler)
        self._port = server.server_port
        return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._open: list[socket.socket] = []
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End the connections that the browser keeps for later requests."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The browser, or ``hang_up``, ended the connection."""


class PlainHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, log: list[str], **options: Any) -> None:
        self._log = log
        super().__init__(*args, **options)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        self._log.append(self.path)
        super().copyfile(source, outputfile)

    def log_message(self, format: str, *args: Any) -> None:
        pass
