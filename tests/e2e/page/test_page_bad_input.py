"""Whatever goes wrong, the page says in a sentence what happened and what to do; it all goes on."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from support.models.scripted_server import (
    Cors,
    Reply,
    Request,
    ScriptedServer,
    cut_off,
    malformed,
    refused,
    streamed,
    web_page,
)
from support.page.agent_page import AgentPage
from support.page.person import Person

KEY = "sk-known-to-nobody"
SAID = "Let me think about that for a while."

_CONFIGURE = """async ([model]) => {
  const element = document.querySelector("py-agent");
  try {
    await element.configure({ model });
  } catch {
    // the task then says the same, on screen
  }
}"""


class HidesRefusals(ScriptedServer):
    """Lets pages ask, but not read the answer: so do some providers with a wrong key."""

    def _cors_headers(self, request: Request) -> dict[str, str]:
        return super()._cors_headers(request) if request.method == "OPTIONS" else {}


def serving(reply: Reply, **options: Any) -> Callable[[], ScriptedServer]:
    """A server that replies so to everything."""
    return lambda: ScriptedServer(lambda request: reply, **options)


@contextmanager
def nobody() -> Iterator[str]:
    """The address of a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A way to go wrong: what the endpoint is, and what the page then says."""

    name: str
    server: Callable[[], ScriptedServer | AbstractContextManager[str]]
    message: str
    advice: str
    provider: str = "openai-compatible"
    key: str = KEY


ROWS = [
    Row(
        name="no key",
        provider="openai",
        key="",
        server=lambda: nullcontext("https://api.openai.com/v1"),
        message="There is no key for OpenAI",
        advice="Open the settings and enter one",
    ),
    Row(
        name="wrong key",
        server=serving(refused(401, f"Incorrect API key provided: {KEY}")),
        message=r"refuses the key \(401\): Incorrect API key provided: \[key\]",
        advice="Check that the key is whole, not expired and made for 127.0.0.1",
    ),
    Row(
        name="no key where one is wanted",
        key="",
        server=serving(refused(401, "Incorrect API key provided")),
        message=r"127\.0\.0\.1:\d+ wants a key \(401\): Incorrect API key provided",
        advice="Put it into the settings",
    ),
    Row(
        name="wrong key, refusal hidden from pages",
        server=lambda: HidesRefusals(lambda request: refused(401, "Incorrect API key")),
        message="The browser got no answer from 127.0.0.1",
        advice="the server is running",
    ),
    Row(
        name="wrong URL",
        server=serving(web_page(404)),
        message=r"no chat completions here \(404\): Welcome to the router",
        advice="Check the base URL; for most servers it ends with /v1",
    ),
    Row(
        name="URL of a web page",
        server=serving(web_page()),
        message="answered with a web page instead of a model's reply",
        advice="Check the base URL",
    ),
    Row(
        name="no URL",
        server=lambda: nullcontext("no address"),
        message="The endpoint is not complete",
        advice="The base URL must be a web address",
    ),
    Row(
        name="connection refused",
        server=nobody,
        message="The browser got no answer from 127.0.0.1",
        advice="the server is running",
    ),
    Row(
        name="CORS refusal",
        server=serving(streamed("never read"), cors=Cors(origin="")),
        message="The browser got no answer from 127.0.0.1",
        advice=r"allows http://127\.0\.0\.1:\d+ \(CORS\)",
    ),
    Row(
        name="too many requests",
        server=serving(
            refused(429, "Slow down", headers={"Retry-After": "99"}), cors=Cors(expose="*")
        ),
        message=r"takes no more requests for m-1 at the moment \(429\): Slow down",
        advice="Try again in 99 seconds, or choose another model",
    ),
    Row(
        name="server error",
        server=serving(
            refused(500, "Out of memory", headers={"Retry-After": "99"}), cors=Cors(expose="*")
        ),
        message=r"failed to answer for m-1 \(500\): Out of memory",
        advice="own window or log",
    ),
    Row(
        name="stream cut in the middle",
        server=serving(cut_off(SAID)),
        message="The reply of m-1 from .* broke off after [0-9]+ characters",
        advice="Try again",
    ),
    Row(
        name="malformed stream",
        server=serving(malformed()),
        message="sent something that is not part of a reply",
        advice="Try again, or choose another model",
    ),
]


@pytest.fixture(scope="module")
def talking(browser: Browser, site: str) -> Iterator[AgentPage]:
    """One conversation for the whole table, in which a first task set a variable."""
    with AgentPage(browser.new_page(), site) as agent_page:
        agent_page.open()
        assert agent_page.answer("kept = 41\nfinal_answer(kept)") == 41
        yield agent_page


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_failure_is_told_and_the_conversation_stays(talking: AgentPage, row: Row) -> None:
    page = talking.page
    with row.server() as server:
        base_url = server.base_url if isinstance(server, ScriptedServer) else server
        model = {"provider": row.provider, "model": "m-1", "baseUrl": base_url, "apiKey": row.key}
        page.evaluate(_CONFIGURE, [model])
        result = talking.run(task=f"Fail: {row.name}.")
    assert result["reason"] == "error"
    assert re.search(row.message, result["problem"]["message"]), result["problem"]
    assert re.search(row.advice, result["problem"]["advice"]), result["problem"]
    assert KEY not in str(result)

    told = page.get_by_role("article").last.get_by_role("alert")
    expect(told).to_contain_text(re.compile(row.message))
    expect(told).to_contain_text(re.compile(row.advice))
    expect(page.get_by_role("button", name="Try again")).to_be_visible()

    good = {"provider": "openai-compatible", "model": "m", "baseUrl": talking.model.base_url}
    page.evaluate(_CONFIGURE, [good])
    assert talking.answer("final_answer(kept + 1)") == 42
    assert "kept = 41" in str(talking.model.requests[-1].json["messages"])


def test_server_error_that_passes_is_overcome_and_told(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.replies.append(refused(503, "Overloaded"))
    assert agent_page.answer("final_answer('in the end')") == "in the end"
    assert len(agent_page.model.requests) == 2
    [notice] = agent_page.seen("notice")
    assert re.search(r"\(503\): Overloaded\. Trying again in \d+ s", notice["message"])
    agent_page.page.get_by_text("1 step").first.click()
    reason = re.sub(r" Trying again in \d+ s\.$", "", notice["message"])  # it counts down on screen
    expect(agent_page.page.get_by_text(reason)).to_be_visible()


def test_reply_without_code_is_asked_about_then_taken_as_the_answer(
    agent_page: AgentPage,
) -> None:
    agent_page.open()
    agent_page.replies.extend([streamed("It is 42."), streamed("I told you: it is **42**.")])
    result = agent_page.run(task="What is it?")
    assert result["success"]
    assert result["output"] == "I told you: it is **42**."
    assert "had no Python block" in agent_page.model.requests[1].json["messages"][-1]["content"]
    answer = agent_page.page.locator("pa-bundle.answer")
    expect(answer).to_have_text("I told you: it is 42.")


def test_file_that_is_too_large_is_refused_at_once(page: Page, site: str, tmp_path: Path) -> None:
    person = Person(page, site)
    person.open()
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(140_000_000)
    page.locator("pa-composer input[type=file]").set_input_files(large)
    told = page.locator("pa-composer").get_by_role("alert")
    expect(told).to_contain_text(
        re.compile(r"large\.csv has 140 MB, but a file may have at most 134 MB")
    )
    expect(page.get_by_role("button", name="Remove large.csv")).to_have_count(0)


def test_file_that_is_gone_when_it_is_sent_is_told(agent_page: AgentPage, tmp_path: Path) -> None:
    agent_page.open()
    person = Person(agent_page.page, agent_page.site)
    fleeting = tmp_path / "fleeting.csv"
    fleeting.write_text("a,b\n1,2\n")
    person.attach(fleeting)
    fleeting.unlink()
    person.give("Read it.")
    told = person.wait_for_the_end().get_by_role("alert")
    expect(told).to_contain_text("fleeting.csv cannot be read")
    expect(told).to_contain_text("Choose it again")
    assert agent_page.answer("final_answer('goes on')") == "goes on"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("delete globalThis.WebAssembly", "This browser has no WebAssembly"),
        (
            "delete WebAssembly.Suspending;"
            "Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false })",
            "This browser has neither JSPI nor, on this page, SharedArrayBuffer",
        ),
    ],
    ids=["no WebAssembly", "no JSPI and no shared memory"],
)
def test_browser_that_lacks_something_is_told(
    page: Page, site: str, missing: str, words: str
) -> None:
    page.add_init_script(missing)
    Person(page, site).open()
    told = page.get_by_role("alert")
    expect(told).to_contain_text(words)
    expect(told).to_contain_text("Use a current Chrome, Edge or Firefox.")


def test_browser_without_jspi_works_by_shared_memory(agent_page: AgentPage) -> None:
    agent_page.page.add_init_script("delete WebAssembly.Suspending")
    agent_page.open()
    agent_page.page.evaluate(
        """() => document.querySelector("py-agent").addTool(
          { name: "double", description: "Doubles.", parameters: {
            type: "object", properties: { number: { type: "integer" } }, required: ["number"] } },
          ({ number }) => 2 * number)"""
    )
    assert agent_page.answer("final_answer(double(number=21))") == 42
