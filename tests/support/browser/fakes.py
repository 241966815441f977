"""Fake ports and a fake fetch, for tests without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pyagent.browser.port import Deliver, Port
from pyagent.executors.packages.fetching import FetchFailed, FetchRequest


class FakePort:
    """One end of a pair. A message is delivered at once, or when the other end begins to listen."""

    def __init__(self) -> None:
        self.other: FakePort = self
        self.is_closed = False
        self._deliver: Deliver | None = None
        self._closed: Callable[[], None] | None = None
        self._early: list[tuple[str, list[bytes], Sequence[Port]]] = []

    def listen(self, deliver: Deliver, closed: Callable[[], None]) -> None:
        self._deliver, self._closed = deliver, closed
        for message in self._early:
            deliver(*message)

    def post(self, text: str, buffers: Sequence[bytes], ports: Sequence[Port] = ()) -> None:
        message = (text, [bytes(data) for data in buffers], ports)
        if self.other._deliver is None:
            self.other._early.append(message)
        else:
            self.other._deliver(*message)

    def close(self) -> None:
        self.is_closed = True
        if not self.other.is_closed and self.other._closed is not None:
            self.other._closed()


def port_pair() -> tuple[FakePort, FakePort]:
    left, right = FakePort(), FakePort()
    left.other, right.other = right, left
    return left, right


@dataclass
class FakeResponse:
    """Gives ``pieces`` one by one. An exception among them is raised; None waits forever."""

    pieces: list[bytes | Exception | None]
    status: int = 200
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    aborted: bool = False

    async def read(self) -> bytes:
        piece = self.pieces.pop(0) if self.pieces else b""
        if piece is None:
            await asyncio.Event().wait()
        if isinstance(piece, Exception):
            raise piece
        assert isinstance(piece, bytes)
        return piece

    def abort(self) -> None:
        self.aborted = True


class FakeFetch:
    """Answers by URL. An unknown URL fails as in a browser; None waits forever."""

    def __init__(self, responses: Mapping[str, FakeResponse | None]) -> None:
        self.responses = responses
        self.requests: list[FetchRequest] = []

    async def __call__(self, request: FetchRequest) -> FakeResponse:
        self.requests.append(request)
        if request.url not in self.responses:
            raise FetchFailed("TypeError: Failed to fetch")
        response = self.responses[request.url]
        if response is None:
            await asyncio.Event().wait()
        assert response is not None
        response.url = response.url or request.url
        return response
