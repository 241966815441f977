"""A server that must get no traffic: it logs every request, connection and datagram."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 10.0
_STUN_COOKIE = b"\x21\x12\xa4\x42"
_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Canary:
    """A context manager. ``heard`` has the requested paths, and for each datagram ``udp``,
    ``udp stun`` or ``udp quic``.

    It answers requests of a WebSocket as a server of WebSockets would. ``connections`` counts the
    connections, with or without a request.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.connections = 0
        self._news = threading.Condition()
        self._server = _Server(self)
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

    def hears(self, start: str) -> bool:
        """Wait until something is heard that starts so. Returns False if that takes too long."""
        with self._news:
            return self._news.wait_for(
                lambda: any(path.startswith(start) for path in self.heard), WAIT_S
            )

    def hear(self, what: str) -> None:
        """Log a request's path, or a datagram."""
        with self._news:
            self.heard.append(what)
            self._news.notify_all()

    def note_connection(self) -> None:
        """Count a connection, before anything has come over it."""
        with self._news:
            self.connections += 1
            self._news.notify_all()

    def _hear_datagrams(self) -> None:
        while data := self._datagrams.recv(2048):
            self.hear(_kind_of(data))


def _kind_of(datagram: bytes) -> str:
    if datagram[4:8] == _STUN_COOKIE:
        return "udp stun"
    return "udp quic" if datagram[0] & 0xC0 == 0xC0 else "udp"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, canary: Canary) -> None:
        self.canary = canary
        super().__init__(("127.0.0.1", 0), _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.canary.note_connection()
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The browser ended the connection."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.canary.hear(self.path.strip("/") or "/")
        key = self.headers.get("Sec-WebSocket-Key")
        self.send_response(200 if key is None else 101)
        if key is not None:
            digest = hashlib.sha1((key + _WEBSOCKET_GUID).encode()).digest()
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
        else:
            html = self.path == "/" or self.path.endswith(".html")
            self.send_header("Content-Type", "text/html" if html else "text/javascript")
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    do_POST = do_OPTIONS = do_PUT = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass
