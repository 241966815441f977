"""Anthropic, Gemini and OpenAI's Responses, asked across origins by the browser's own fetch.

The stand-in of each provider streams as its published protocol says. It is strict with pages: it
refuses a preflight that asks for a header beyond its list, and a request without what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from support.models.formats import USAGE, replay
from support.models.scripted_server import Cors, Reply, Request, awkward_pieces, refused
from support.models.wire_replies import reply_in_format
from support.page.agent_page import KEY, AgentPage, step

Answer = Callable[[Request], Reply]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What a provider wants of a page, as it publishes it."""

    choice: dict[str, str]
    path: str
    needs: dict[str, str]
    """Headers without which it refuses a request."""
    also_takes: tuple[str, ...] = ()


# Gemini refuses pages any other header. OpenAI and Anthropic take all, so far: these they document.
PROVIDERS = {
    "anthropic": Provider(
        choice={"provider": "anthropic", "model": "m-1"},
        path="/messages",
        needs={
            "x-api-key": KEY,
            "anthropic-version": "2023-06-01",
            "anthropic-dangerous-direct-browser-access": "true",
        },
    ),
    "gemini": Provider(
        choice={"provider": "gemini", "model": "m-1"},
        path="/models/m-1:streamGenerateContent?alt=sse",
        needs={"x-goog-api-key": KEY},
        also_takes=("x-goog-api-client",),
    ),
    "responses": Provider(
        choice={"provider": "openai", "model": "m-1", "format": "responses"},
        path="/responses",
        needs={"authorization": f"Bearer {KEY}"},
    ),
}

_ADD_TOOLS = """() => {
  const agent = document.querySelector("py-agent");
  const city = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const properties = { amount: { type: "number" }, to: { type: "array", items: {} } };
  agent.addTool({ name: "population", description: "Population of a city.", parameters: city },
    ({ city }) => `${city}: 11451999`);
  agent.addTool(
    { name: "convert", description: "Converts.", parameters: { type: "object", properties } },
    ({ amount, to }) => `${amount} in ${to.join(" and ")}`);
}"""
_FETCH = """async ([url, headers]) => {
  try {
    return (await fetch(url, { method: "POST", headers, body: "{}" })).status;
  } catch (error) {
    return error.name;
  }
}"""


@pytest.fixture(scope="module", params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    return PROVIDERS[request.param]


@pytest.fixture(scope="module")
def page_of(provider: Provider, browser: Browser, site: str) -> Iterator[AgentPage]:
    """A page whose model is at the stand-in of one provider."""
    takes = ", ".join(["content-type", *provider.needs, *provider.also_takes])
    with AgentPage(browser.new_page(), site, cors=Cors(headers=takes)) as agent_page:
        agent_page.choice = provider.choice
        agent_page.open().page.evaluate(_ADD_TOOLS)
        yield agent_page


def answering(provider: Provider, *answers: Answer) -> Answer:
    """These answers in turn, each only to a request with all that the provider needs."""
    script = iter(answers)

    def answer(request: Request) -> Reply:
        given = {name: request.headers.get(name) for name in provider.needs}
        complete = given == provider.needs and request.path == f"/v1{provider.path}"
        return next(script)(request) if complete else refused(401, f"Not so: {request}")

    return answer


def saying(text: str) -> Answer:
    """A reply in the format that is asked for."""

    def answer(request: Request) -> Reply:
        asked = httpx.Request("POST", f"http://stand.in{request.path}", content=request.body)
        return Reply(pieces=list(awkward_pieces(reply_in_format(asked, text).content)))

    return answer


def test_a_code_task_is_solved_across_origins(provider: Provider, page_of: AgentPage) -> None:
    first = step("found = population('Lisbon')\nprint(found)")
    last = step("final_answer(found)")
    page_of.choose = answering(provider, saying(first), saying(last))
    page_of.configure(kind="code")

    assert page_of.answer_to("How many live in Lisbon?") == "Lisbon: 11451999"


def test_native_calls_of_a_recorded_stream_are_run_and_answered(
    provider: Provider, page_of: AgentPage
) -> None:
    page_of.choose = answering(provider, replay, saying("It costs **1340 €**."))
    page_of.configure(kind="tool_calling")

    result = page_of.run(task="What does it cost?")

    assert result["output"] == "It costs **1340 €**.", result
    assert result["tokenUsage"]["cachedTokens"] == USAGE.cached_tokens
    sent_back = page_of.model.requests[-1].json
    for text in ("São Paulo: 11451999", "1340.5 in € and 😀"):
        assert holds(sent_back, text), sent_back


def test_a_header_beyond_the_list_would_be_refused(provider: Provider, page_of: AgentPage) -> None:
    page_of.choose = answering(provider, saying("Yes."))
    url = page_of.model.base_url + provider.path
    headers = {"content-type": "application/json", **provider.needs}

    assert page_of.page.evaluate(_FETCH, [url, headers]) == 200
    asked = len(page_of.model.requests)
    assert page_of.page.evaluate(_FETCH, [url, {**headers, "x-extra": "1"}]) == "TypeError"
    assert len(page_of.model.requests) == asked
    extra = page_of.model.preflights[-1].headers["access-control-request-headers"]
    assert "x-extra" in extra


def holds(data: Any, text: str) -> bool:
    """Whether a string in ``data``, however deep, contains ``text``."""
    if isinstance(data, str):
        return text in data
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return any(holds(part, text) for part in parts)
