"""The web tools return pages and Wikipedia articles as text, over a mock transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pyagent import Tool, ToolError, VisitWebpageTool, WikipediaTool
from pyagent.tools import READER_URL

Handler = Callable[[httpx.Request], httpx.Response]


def call(tool: Tool, *args: Any) -> Any:
    return asyncio.run(tool.call(args))


def visit(handler: Handler, url: str, **options: Any) -> str:
    text: str = call(VisitWebpageTool(transport=httpx.MockTransport(handler), **options), url)
    return text


def test_page_is_read_as_markdown_with_absolute_links() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://example.org/a"
        return httpx.Response(200, html="<title>T</title><h1>Hi</h1><p>See <a href='/b'>b</a>.")

    assert visit(handler, "example.org/a") == "# T\n\n# Hi\n\nSee [b](https://example.org/b)."


def test_page_is_read_through_the_reader_service_if_there_is_one() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://r.jina.ai/https://example.org/a?b=c"
        assert "mozilla" not in request.headers["user-agent"].lower()
        return httpx.Response(200, text="Title: A")

    assert visit(handler, "https://example.org/a?b=c", reader_url=READER_URL) == "Title: A"


def test_long_page_is_cut_and_the_text_says_so() -> None:
    text = visit(lambda _: httpx.Response(200, text="x" * 9_000), "https://a.org", max_chars=1_000)
    assert len(text) < 1_100
    assert "characters cut" in text


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (httpx.Response(404), "https://a.org answered 404 Not Found."),
        (httpx.Response(200, headers={"content-type": "image/png"}), "is no text but image/png"),
        (httpx.Response(302, headers={"location": "http://127.0.0.1/"}), "private network"),
        (
            httpx.Response(302, headers={"location": "file:///etc/passwd"}),
            "is no address of a web page",
        ),
    ],
)
def test_unreadable_page_is_explained(response: httpx.Response, message: str) -> None:
    with pytest.raises(ToolError) as caught:
        visit(lambda _: response, "https://a.org")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8080", "http://127.0.0.1/x", "http://[::1]/", "http://192.168.1.1"),
        *("http://169.254.169.254/latest", "http://printer.local", "file:///etc/passwd"),
    ],
)
def test_private_addresses_and_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(ToolError, match=r"private network|no address of a web page"):
        visit(lambda _: httpx.Response(200, text="secret"), url)


def test_private_addresses_can_be_allowed() -> None:
    assert visit(lambda _: httpx.Response(200, text="ok"), "http://localhost", allow_private=True)


def test_failed_connection_is_explained() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(ToolError, match=r"could not be read: no route\. Check the address"):
        visit(handler, "https://a.org")


def wikipedia(answers: list[Any]) -> tuple[WikipediaTool, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=answers.pop(0))

    return WikipediaTool(transport=httpx.MockTransport(handler), language="de"), requests


def test_wikipedia_returns_the_best_article_and_other_titles() -> None:
    hits = [{"title": "Lissabon"}, {"title": "Lissabon (Begriffsklärung)"}]
    page = {"title": "Lissabon", "extract": "Hauptstadt.", "fullurl": "https://de.wikipedia.org/L"}
    tool, requests = wikipedia([{"query": {"search": hits}}, {"query": {"pages": [page]}}])
    assert call(tool, "Lissabon") == (
        "# Lissabon\nhttps://de.wikipedia.org/L\n\nHauptstadt."
        "\n\nOther articles: Lissabon (Begriffsklärung)"
    )
    assert [request.url.host for request in requests] == ["de.wikipedia.org"] * 2
    assert requests[0].url.params["origin"] == "*"
    assert requests[0].url.params["srsearch"] == "Lissabon"
    assert "pyagent" in requests[0].headers["user-agent"]


def test_wikipedia_says_if_nothing_matches_or_the_server_fails() -> None:
    tool, _ = wikipedia([{"query": {"search": []}}])
    assert call(tool, "xyzzy") == "Wikipedia has no article about 'xyzzy'."
    tool, _ = wikipedia([{"error": {"code": "maxlag", "info": "Waiting for a database server"}}])
    with pytest.raises(ToolError, match="Wikipedia says: Waiting for a database server"):
        call(tool, "x")


def test_wikipedia_answer_that_is_not_json_is_explained() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(503, text="busy"))
    with pytest.raises(ToolError, match="Wikipedia could not be asked"):
        call(WikipediaTool(transport=transport), "x")
