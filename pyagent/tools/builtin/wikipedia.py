"""``wikipedia_search``: articles of Wikipedia. Its MediaWiki API may be called from pages too."""

from __future__ import annotations

from typing import Any

import httpx

from pyagent.errors import ToolError
from pyagent.texts import cut_middle
from pyagent.tools.base import Tool
from pyagent.tools.builtin.transport import transport_for

USER_AGENT = "pyagent/0.1 (an agent library for Python)"


class WikipediaTool(Tool):
    """Finds the best article for a query and returns its text.

    ``transport`` is httpx's. Wikimedia asks for a ``user_agent``; a browser sends its own, so it
    is empty there.
    """

    name = "wikipedia_search"
    side_effects = False
    description = (
        "Search Wikipedia. Returns the text of the best article, its address, and the titles of "
        "other articles that match."
    )
    fetches = True

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        language: str = "en",
        max_chars: int = 8_000,
        timeout_s: float = 20.0,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._url = f"https://{language}.wikipedia.org/w/api.php"
        self._given = transport
        self._max_chars = max_chars
        self._timeout_s = timeout_s
        self._headers = {"User-Agent": user_agent} if user_agent else {}

    async def forward(self, query: str) -> str:
        """Search.

        Args:
            query: A topic or a title, for example "Lisbon".
        """
        async with httpx.AsyncClient(
            transport=transport_for(self._given), timeout=self._timeout_s, headers=self._headers
        ) as client:
            found = await self._ask(client, {"list": "search", "srsearch": query, "srlimit": 5})
            titles = [hit["title"] for hit in found["query"]["search"]]
            if not titles:
                return f"Wikipedia has no article about {query!r}."
            page = await self._ask(
                client,
                {
                    "prop": "extracts|info",
                    "titles": titles[0],
                    "explaintext": 1,
                    "inprop": "url",
                    "redirects": 1,
                },
            )
        article = page["query"]["pages"][0]
        text = cut_middle(article.get("extract", "").strip(), self._max_chars)
        others = f"\n\nOther articles: {', '.join(titles[1:])}" if titles[1:] else ""
        return f"# {article['title']}\n{article.get('fullurl', '')}\n\n{text}{others}"

    async def _ask(self, client: httpx.AsyncClient, query: dict[str, str | int]) -> Any:
        fixed: dict[str, str | int] = {
            "action": "query",
            "format": "json",
            "formatversion": 2,
            "origin": "*",
        }
        try:
            response = await client.get(self._url, params=fixed | query)
            response.raise_for_status()
            answer = response.json()
            if "query" not in answer:
                reason = answer.get("error", {}).get("info", "an answer without results")
                raise ToolError(f"Wikipedia says: {reason}.")
            return answer
        except (httpx.HTTPError, ValueError) as error:
            raise ToolError(
                f"Wikipedia could not be asked: {error or type(error).__name__}."
            ) from error
