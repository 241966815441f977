"""A server that must get no traffic: it logs every request, connection and datagram."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Canary:
    """A context manager. ``heard`` has the requested paths, and ``udp`` for each datagram."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self._server.server_port))
        self._threads = [
            threading.Thread(target=self._server.serve_forever, daemon=True),
            threading.Thread(target=self._hear_datagrams, daemon=True),
        ]

    def __enter__(self) -> Canary:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        # An empty datagram of our own ends the thread that waits for one.
        self._datagrams.sendto(b"", self._datagrams.getsockname())
        for thread in self._threads:
            thread.join(10)
        self._datagrams.close()

    def _hear_datagrams(self) -> None:
        while self._datagrams.recv(2048):
            self.heard.append("udp")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path.strip("/"))
                upgrade = self.headers.get("Upgrade", "")
                self.send_response(400 if upgrade else 200)
                html = self.path == "/"
                self.send_header("Content-Type", "text/html" if html else "text/javascript")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()

            do_POST = do_OPTIONS = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
