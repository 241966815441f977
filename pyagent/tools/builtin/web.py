"""``visit_webpage``: a web page as text. Runs on the trusted side, which has the network."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from pyagent.errors import ToolError
from pyagent.texts import cut_middle
from pyagent.tools.base import Tool
from pyagent.tools.builtin.markup import html_to_markdown
from pyagent.tools.builtin.public_hosts import PrivateHost, is_private
from pyagent.tools.builtin.transport import transport_for

READER_URL = "https://r.jina.ai/"
"""A public service that fetches a page and may be called from other pages (CORS)."""

MAX_BYTES = 5_000_000
_USER_AGENT = "Mozilla/5.0 (compatible; pyagent/0.1)"
_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/xhtml+xml")


class VisitWebpageTool(Tool):
    """Reads a page.

    ``reader_url`` is put before the page's address; in a browser, where other sites cannot be
    read directly, it is ``READER_URL``. ``transport`` is httpx's. Addresses of this machine and
    of private networks are refused unless ``allow_private`` is True: a page that the model has read
    must not make it look behind a firewall. Names are refused by what they resolve to, unless a
    ``transport`` or a proxy resolves them.
    """

    name = "visit_webpage"
    side_effects = False
    description = "Read a web page. Returns its text as Markdown."
    fetches = True

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        reader_url: str = "",
        max_chars: int = 40_000,
        timeout_s: float = 30.0,
        allow_private: bool = False,
    ) -> None:
        self._given = transport
        self._reader_url = reader_url
        self._max_chars = max_chars
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._is_free = allow_private or bool(reader_url)

    async def forward(self, url: str) -> str:
        """Read a page.

        Args:
            url: Address of the page, with https://.
        """
        url = url if "://" in url else f"https://{url}"
        self._check(url)
        async with httpx.AsyncClient(
            transport=transport_for(self._given, may_go_anywhere=self._is_free),
            timeout=self._timeout_s,
            follow_redirects=True,
            event_hooks={"request": [self._check_request]},
            headers={} if self._reader_url else {"User-Agent": _USER_AGENT},
        ) as client:
            try:
                return await self._read(client, url)
            except PrivateHost as error:
                raise ToolError(f"{error}.") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = str(error) or type(error).__name__
                raise ToolError(
                    f"{url} could not be read: {reason}.", advice="Check the address."
                ) from error

    async def _read(self, client: httpx.AsyncClient, url: str) -> str:
        async with client.stream("GET", f"{self._reader_url}{url}") as response:
            if response.is_error:
                raise ToolError(
                    f"{url} answered {response.status_code} {response.reason_phrase}.".replace(
                        " .", "."
                    )
                )
            content_type = response.headers.get("content-type", "text/plain").lower()
            if not content_type.startswith(_TEXT_TYPES):
                raise ToolError(f"{url} is no text but {content_type}.")
            data = b""
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    break
            text = data[:MAX_BYTES].decode(response.charset_encoding or "utf-8", "replace")
        if "html" in content_type and not self._reader_url:
            text = html_to_markdown(text, str(response.url))
        return cut_middle(text.strip(), self._max_chars) or "The page has no text."

    async def _check_request(self, request: httpx.Request) -> None:
        """Check every hop, so that no redirect leads to a forbidden address."""
        self._check(str(request.url), host=request.url.host)

    def _check(self, url: str, *, host: str = "") -> None:
        try:
            parts = urlsplit(url)
            host = host or httpx.URL(url).host
        except (ValueError, httpx.InvalidURL):
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ToolError(f"{url!r} is no address of a web page.", advice="Use https://…")
        for name in {parts.hostname, host}:  # two readings of one text
            if not self._allow_private and is_private(name):
                raise ToolError(f"{name} is in a private network and is not visited.")
