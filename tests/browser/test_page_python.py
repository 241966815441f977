"""The standard library as a sandbox worker has it: waits end, and no address is ever reached."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from pyagent.browser.page_python import SLICE_S, adapt, sliced_sleep

_PATCHED: list[tuple[Any, str]] = [
    (asyncio, "run"),
    (asyncio.Runner, "run"),
    (time, "sleep"),
    (os, "system"),
    *((socket, name) for name in ("getaddrinfo", "gethostbyname", "create_connection")),
]


@pytest.fixture
def adapted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python as in a worker. What was changed is restored."""
    for owner, name in _PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    kept = {name: socket.socket.__dict__.get(name) for name in ("connect", "connect_ex")}
    monkeypatch.setitem(sys.modules, "urllib3.contrib.emscripten", sys.modules[__name__])
    adapt(run, can_wait=True)
    yield
    for name, value in kept.items():
        if value is None:
            delattr(socket.socket, name)
        else:
            setattr(socket.socket, name, value)


def connect(host: str) -> None:
    with socket.socket() as made:
        made.connect((host, 9))


def run(coroutine: Any) -> Any:
    """Run a coroutine that waits for nothing but sleep."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()


@pytest.mark.usefixtures("adapted")
@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("example.com", 80)),
        lambda: connect("127.0.0.1"),
        lambda: socket.gethostbyname("example.com"),
        lambda: urllib.request.urlopen("http://example.com/"),
    ],
)
def test_no_address_can_be_reached(reach: Any) -> None:
    with pytest.raises(OSError, match="No address can be reached"):
        reach()


@pytest.mark.usefixtures("adapted")
def test_no_program_starts_without_a_word() -> None:
    with pytest.raises(OSError, match="does not support processes"):
        os.system("ls")


@pytest.mark.usefixtures("adapted")
def test_asyncio_run_returns_the_result_of_a_coroutine() -> None:
    async def five() -> int:
        return 5

    assert asyncio.run(five()) == 5
    with asyncio.Runner() as runner:
        assert runner.run(five()) == 5
    with pytest.raises(ValueError, match="a coroutine was expected"):
        asyncio.run(5)  # type: ignore[arg-type]


def test_a_long_sleep_is_made_of_short_ones_so_that_it_can_be_stopped() -> None:
    slept: list[float] = []

    def stop(coroutine: Any) -> None:
        slept.append(coroutine.cr_frame.f_locals["delay"])
        coroutine.close()
        if len(slept) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sliced_sleep(stop)(1_000)
    assert slept == [SLICE_S] * 3


def test_a_sleep_of_no_time_lets_others_run_once() -> None:
    slept: list[Any] = []

    def count(coroutine: Any) -> None:
        slept.append(coroutine)
        coroutine.close()

    sliced_sleep(count)(0)
    assert len(slept) == 1
    with pytest.raises(ValueError, match="non-negative"):
        sliced_sleep(count)(-1)
