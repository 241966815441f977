"""Several models as one in a page: who is asked, who takes over, and what the person sees of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from support.models.scripted_server import Reply, Request, ScriptedServer, refused, streamed
from support.page.agent_page import AgentPage, step
from support.page.builtin_page import BuiltinPage

_CONFIGURE = """async (config) => {
  const element = document.querySelector("py-agent");
  await element.ready;
  await element.configure(config);
}"""


def model_at(base_url: str, name: str) -> dict[str, str]:
    return {
        "provider": "openai-compatible",
        "baseUrl": base_url,
        "model": name,
        "apiKey": f"sk-{name}",
    }


def answering(name: str) -> Reply:
    return streamed(step(f"final_answer({name!r})"))


@pytest.fixture
def second() -> Iterator[ScriptedServer]:
    """An endpoint beside the page's own, which answers every task with its name."""
    with ScriptedServer(lambda _: answering("b")) as server:
        yield server


def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@pytest.mark.parametrize(
    "failing",
    [refused(500, "Out of order."), refused(429, "Slow down."), None],
    ids=["500", "429", "nobody there"],
)
def test_second_endpoint_takes_over_from_one_that_fails(
    agent_page: AgentPage, second: ScriptedServer, failing: Reply | None
) -> None:
    agent_page.open()
    first_url = agent_page.model.base_url if failing else nowhere()
    agent_page.choose = lambda _: failing or refused(500, "It was not to be asked.")
    models = [model_at(first_url, "a"), model_at(second.base_url, "b")]
    agent_page.page.evaluate(_CONFIGURE, {"model": models})

    assert agent_page.answer_to("Who are you?") == "b"

    (notice,) = agent_page.seen("notice")
    assert notice["message"].endswith("Asking b instead of a.")
    agent_page.page.locator(".steps > summary").click()
    expect(agent_page.page.get_by_text("Asking b instead of a.")).to_be_visible()
    expect(agent_page.page.get_by_title("Model and settings")).to_have_text("a + 1")
    assert [sent.headers["authorization"] for sent in second.requests] == ["Bearer sk-b"]
    for sent in agent_page.model.requests:
        assert (sent.json["model"], sent.headers["authorization"]) == ("a", "Bearer sk-a")
    assert len(agent_page.model.requests) == (1 if failing else 0)


def test_each_endpoint_has_its_turn_until_the_page_takes_one_again(
    agent_page: AgentPage, second: ScriptedServer
) -> None:
    agent_page.open()
    agent_page.choose = lambda _: answering("a")
    models = [model_at(agent_page.model.base_url, "a"), model_at(second.base_url, "b")]
    agent_page.page.evaluate(_CONFIGURE, {"model": models, "choose": "round_robin"})

    assert [agent_page.answer_to("Who are you?") for _ in range(4)] == ["a", "b", "a", "b"]
    assert [len(server.requests) for server in (agent_page.model, second)] == [2, 2]

    agent_page.configure()
    assert [agent_page.answer_to("Who are you?") for _ in range(2)] == ["a", "a"]


def test_model_in_the_tab_takes_over_from_an_endpoint(builtin_page: BuiltinPage) -> None:
    builtin_page.open()
    asked: list[Request] = []

    def fail(request: Request) -> Any:
        asked.append(request)
        return refused(500, "Out of order.")

    builtin_page.choose = fail
    models = [model_at(builtin_page.model.base_url, "a"), builtin_page.choice]
    builtin_page.page.evaluate(_CONFIGURE, {"model": models})

    result = builtin_page.solve("Who are you?", step("final_answer('built in')"))

    assert (result["output"], len(asked)) == ("built in", 1)
    assert builtin_page.seen("notice")[0]["message"].endswith("Asking builtin instead of a.")
