"""One request at a time, as a browser's ``fetch`` makes it: what sends it is another matter."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class FetchRequest:
    """A request for ``fetch``."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    redirect: Literal["follow", "manual"] = "manual"
    """With ``manual``, a redirect gives status 0 and does not say where it leads."""
    cacheable: bool = False
    """Whether the browser's HTTP cache may give and store the response."""


class FetchResponse(Protocol):
    """A response whose body has not been read yet."""

    status: int
    url: str
    """The final URL, after redirects."""
    headers: Mapping[str, str]

    async def read(self) -> bytes:
        """The next piece of the body, empty at its end. Raises ``FetchFailed``."""

    def abort(self) -> None:
        """Abort the request. Calling it twice is harmless."""


class Fetch(Protocol):
    """The browser's ``fetch``. Raises ``FetchFailed``. Cancelling it aborts the request."""

    def __call__(self, request: FetchRequest) -> Awaitable[FetchResponse]: ...


class FetchFailed(Exception):
    """``fetch`` failed. The text is the browser's, which does not give the reason."""
