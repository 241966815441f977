"""The built site as a browser gets it: with its bytes counted, and once without its snapshot."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyagent.server import create_app


class CountedSite:
    """Serves ``dist`` on a free port. ``sent_bytes`` counts bodies as they go over the wire."""

    def __init__(self, dist: Path) -> None:
        self.sent_bytes = 0
        self.files: dict[str, int] = {}
        self._app: ASGIApp = create_app(dist)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._count, interface="asgi3", lifespan="off", log_level="error", access_log=False
            )
        )
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def __enter__(self) -> CountedSite:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            size = len(message.get("body", b""))
            self.sent_bytes += size
            self.files[scope["path"]] = self.files.get(scope["path"], 0) + size
            await send(message)

        await self._app(scope, receive, counted)


@contextmanager
def without_snapshot(dist: Path, folder: Path) -> Iterator[Path]:
    """A copy of ``dist`` with an invalid snapshot, so that Python starts the plain way.

    The page then does what it does in a browser that cannot use the snapshot.
    """
    copy = folder / "plain"
    shutil.copytree(dist, copy, ignore=shutil.ignore_patterns("models", "*.gguf"))
    snapshot = copy / "runtime" / "snapshot.short.gz"
    content = b"no snapshot"
    head = struct.pack("<2I", len(content), 0)  # as build/repeats.mjs writes what repeats nothing
    snapshot.write_bytes(gzip.compress(head + content))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["runtime/snapshot.short.gz"] = {
        "bytes": snapshot.stat().st_size,
        "sha256": hashlib.sha256(snapshot.read_bytes()).hexdigest(),
    }
    (copy / "manifest.json").write_text(json.dumps(manifest))
    for packed in copy.glob("manifest.json.*"):
        packed.unlink()
    try:
        yield copy
    finally:
        shutil.rmtree(copy)
