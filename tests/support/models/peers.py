"""Servers that we did not write, started for tests: llama.cpp's own, and litellm's proxy."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

ROOT = Path(__file__).resolve().parents[3]
PEERS = ROOT / ".cache" / "peers"
START_TIMEOUT_S = 300.0
"""Long enough for a busy machine; an idle one needs 2 s for llama.cpp and 12 s for litellm."""


@contextmanager
def llama_server(
    weights: Path, *, context_tokens: int, api_key: str = "", slots: int = 1, threads: int = 1
) -> Iterator[str]:
    """Base URL of llama.cpp's server on these weights. It keeps the last prompt of each slot."""
    command = [sys.executable, str(Path(__file__).with_name("llama_server.py"))]
    arguments = [str(weights), str(context_tokens), str(slots), str(threads)]
    arguments += [api_key] if api_key else []
    with _process("llama-server", [*command, *arguments]) as process:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(START_TIMEOUT_S), "llama.cpp's server did not start"
        yield process.stdout.readline().strip() + "/v1"


@contextmanager
def litellm_proxy(config: Path) -> Iterator[str]:
    """Base URL of litellm's proxy with this configuration."""
    program = PEERS / "bin" / "litellm"
    assert program.exists(), f"{program} is missing: scripts/test makes it"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    arguments = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    # Otherwise litellm fetches its map of prices from the network at each start.
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    with _process("litellm", [str(program), *arguments], environment) as process:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/health/liveliness", process)
        yield f"{address}/v1"


@contextmanager
def _process(
    name: str, command: list[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    with (
        (ROOT / ".cache" / f"{name}.log").open("w") as errors,
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if name == "llama-server" else errors,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    end = monotonic() + START_TIMEOUT_S
    while monotonic() < end:
        assert process.poll() is None, f"{url} will not answer: the server ended"
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        sleep(0.2)
    raise AssertionError(f"{url} did not answer within {START_TIMEOUT_S} s")
