"""The internet of the documentation: models with scripted replies, and a small Wikipedia.

Real model and tool classes run on it unchanged, because it replaces the network of httpx.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from pyagent.models.catalog.providers import all_providers
from support.models.wire_replies import is_model_request, reply_in_format

ARTICLE = "Lisbon is the capital of Portugal. Its municipality has 545,796 inhabitants."


class ScriptedInternet:
    """Answers requests to models with ``replies``, first to last, and others from a small web.

    ``requests`` holds the requests to models.
    """

    def __init__(self, replies: list[str] | None = None) -> None:
        self.replies = list(replies or [])
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request. Raises ``AssertionError`` if no reply is left for a model."""
        if is_model_request(request):
            self.requests.append(request)
            assert self.replies, f"no reply is left for {request.url}"
            return reply_in_format(request, self.replies.pop(0))
        if request.url.host.endswith("wikipedia.org"):
            return httpx.Response(200, json={"query": _article(request.url.params)})
        return httpx.Response(200, html=f"<title>A page</title><p>{ARTICLE}</p>")

    @contextmanager
    def connected(self) -> Iterator[None]:
        """In the block, every httpx client reaches this internet, and each provider has a key."""

        async def answer(_: object, request: httpx.Request) -> httpx.Response:
            await request.aread()
            response = self.answer(request)
            response.request = request
            return response

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer)
            for provider in all_providers():
                if provider.key_env:
                    patch.setenv(provider.key_env, "a-key")
            yield


def _article(query: httpx.QueryParams) -> dict[str, object]:
    if "srsearch" in query:
        return {"search": [{"title": "Lisbon"}, {"title": "Porto"}]}
    url = "https://en.wikipedia.org/wiki/Lisbon"
    return {"pages": [{"title": "Lisbon", "extract": ARTICLE, "fullurl": url}]}
