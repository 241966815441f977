"""Serves the site on the loopback interface until somebody stops it."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from pyagent.errors import AgentError
from pyagent.server.app import create_app

ADDRESS = "127.0.0.1"
PORT = 8420
SPARE_PORTS = 10
"""How many more ports are tried. Using the same port each time keeps what the browser stored."""


def serve(
    dist: Path,
    port: int | None = None,
    models: Path | None = None,
    *,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the site in ``dist``. Blocks until interrupted.

    ``port`` None means 8420 or the next free port, 0 any free port. ``models`` is a folder of GGUF
    files to offer besides those of the site. ``on_ready`` is called with the page's address once
    it answers; without it the address is printed. Raises ``AgentError`` if there is nothing to
    serve or the port is taken.
    """
    if not (dist / "index.html").is_file():
        raise AgentError(
            f"There is no page in {dist.resolve()}.",
            advice="The page comes with the package pyagent-site. Build it, or that package, with "
            "scripts/build in a clone of pyagent's repository, then run pyagent serve there or "
            "name its dist folder with --dist.",
        )
    listener = _listen(port)
    address = f"http://{ADDRESS}:{listener.getsockname()[1]}/"
    config = uvicorn.Config(create_app(dist, models=models), log_level="warning", access_log=False)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, lambda: (on_ready or _tell)(address)).run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


def _listen(port: int | None) -> socket.socket:
    wanted = range(PORT, PORT + SPARE_PORTS) if port is None else [port]
    for candidate in wanted:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            # Without this, a restart within a minute finds its own port taken. On Windows this
            # would let another program take the port from us.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, candidate))
            return listener
        except OSError:
            listener.close()
    raise AgentError(
        f"Port {wanted[0]} of this machine is taken.", advice="Choose another port with --port."
    )


def _tell(address: str) -> None:
    sys.stdout.write(f"pyagent is at {address} (Ctrl+C stops it)\n")
    sys.stdout.flush()
