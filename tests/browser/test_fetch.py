"""httpx over the browser's fetch."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from pyagent import CodeAgent
from pyagent.browser.fetch import FetchTransport
from pyagent.executors.packages.fetching import FetchFailed
from pyagent.models.from_settings import model_from_settings
from pyagent.protocol import ModelSettings
from support.browser.fakes import FakeFetch, FakeResponse

URL = "https://model.example/v1"


async def get(fetch: FakeFetch, **options: object) -> httpx.Response:
    async with httpx.AsyncClient(transport=FetchTransport(fetch), timeout=0.05) as client:
        return await client.post(URL, **options)  # type: ignore[arg-type]


def test_only_headers_that_were_set_for_the_request_are_sent() -> None:
    fetch = FakeFetch({URL: FakeResponse([b"{}"])})
    asyncio.run(get(fetch, json={"a": 1}, headers={"authorization": "Bearer k"}))
    (request,) = fetch.requests
    assert request.headers == {"authorization": "Bearer k", "content-type": "application/json"}
    assert request.body == b'{"a":1}'


def test_a_body_streams_piece_by_piece_and_is_released() -> None:
    response = FakeResponse([b"one", b"two"])

    async def read() -> list[bytes]:
        transport = FetchTransport(FakeFetch({URL: response}))
        async with (
            httpx.AsyncClient(transport=transport) as client,
            client.stream("GET", URL) as answer,
        ):
            return [piece async for piece in answer.aiter_raw()]

    assert asyncio.run(read()) == [b"one", b"two"]
    assert response.aborted


def test_a_decoded_body_is_not_decoded_again() -> None:
    headers = {"content-encoding": "gzip", "content-length": "3", "content-type": "text/plain"}
    answer = asyncio.run(get(FakeFetch({URL: FakeResponse([b"plain"], headers=headers)})))
    assert answer.text == "plain"


def test_a_rejected_fetch_is_a_connect_error_with_its_cause() -> None:
    with pytest.raises(httpx.ConnectError, match="Failed to fetch") as raised:
        asyncio.run(get(FakeFetch({})))
    assert isinstance(raised.value.__cause__, FetchFailed)


def test_a_connection_that_drops_is_a_read_error() -> None:
    response = FakeResponse([b"half", FetchFailed("TypeError: network error")])
    with pytest.raises(httpx.ReadError, match="network error"):
        asyncio.run(get(FakeFetch({URL: response})))


@pytest.mark.parametrize(
    "response", [None, FakeResponse([None])], ids=["before the headers", "in the body"]
)
def test_silence_is_a_read_timeout(response: FakeResponse | None) -> None:
    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(get(FakeFetch({URL: response})))


def test_a_redirect_is_not_followed_with_a_key() -> None:
    fetch = FakeFetch({URL: FakeResponse([], status=0)})
    assert asyncio.run(get(fetch)).status_code == 302
    assert fetch.requests[0].redirect == "manual"


@pytest.mark.parametrize(
    ("base_url", "advice"),
    [
        ("https://integrate.api.nvidia.com/v1", "Nvidia allows no calls from web pages"),
        ("https://api.moonshot.ai/v1", "Check the network, and blockers"),
        ("https://llm.example/v1", "allow the origin https://pyagent.example (CORS)"),
    ],
)
def test_a_run_without_an_answer_from_the_provider_says_what_to_do(
    base_url: str, advice: str
) -> None:
    model = model_from_settings(
        ModelSettings(kind="openai", model="m-1", base_url=base_url, api_key="sk-secret"),
        send=lambda _: None,
        transport=FetchTransport(FakeFetch({})),
        page_origin="https://pyagent.example",
    )
    with CodeAgent([], model) as agent:
        problem = agent.run("Add 1 and 1.").problem
    assert problem is not None
    assert problem.message.startswith("The browser got no answer from ")
    assert advice in problem.advice
