"""The running server: its port, its address, and its errors when it cannot start."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pyagent.errors import AgentError
from pyagent.server import serve


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("hello")
    (tmp_path / "manifest.json").write_text('{"content_security_policy": "img-src a"}')
    return tmp_path


def test_server_prints_its_address_and_answers_there(dist: Path) -> None:
    program = (
        f"from pathlib import Path\nfrom pyagent.server import serve\nserve(Path({str(dist)!r}), 0)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            line = run.stdout.readline()
            address = line.split()[3]
            assert address.startswith("http://127.0.0.1:")
            assert httpx.get(address, timeout=10).text == "hello"
        finally:
            run.terminate()
            run.wait(timeout=10)


def test_taken_port_is_named(dist: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AgentError, match=f"Port {port} .* is taken.*--port"):
            serve(dist, port)


def test_error_for_a_missing_page_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="scripts/build"):
        serve(tmp_path, 0)
