"""Replies that break off: nothing of them is done, and the model is asked again."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import Any

import httpx
import pytest

from pyagent import CodeAgent, ScriptedModel, StreamError, ToolCallingAgent, tool
from pyagent.agents.run import asker
from pyagent.models.formats.by_name import FORMATS
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http import retry
from pyagent.models.http.model import HttpModel
from pyagent.protocol import Event, ModelDelta, Notice, RunFinished
from support.agents.scripted_agents import agent_with, block
from support.models.cut_streams import WAYS, cut, offsets, stream_in_format
from support.models.formats import CALLS, stream_bytes
from support.models.model_asking import KEY, delta, sse, stream_of
from support.models.scripted_server import Reply, ScriptedServer, streamed, streamed_event

CUTS = 200
CODE = "Drei Schritte 😀.\n```python\nnote('a')\nnote('b')\nfinal_answer(note('ç'))\n```\n"

all_formats = pytest.mark.parametrize("cls", FORMATS.values(), ids=FORMATS.keys())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are sent again without a wait."""
    monkeypatch.setattr(asker, "_REPEATS_AFTER_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(retry, "_BACKOFF", lambda _: 0.0)


class Server:
    """Breaks off its first answer to each task, and completes the others."""

    def __init__(self, cls: type[HttpModel]) -> None:
        self.model = cls("m-1", api_key=KEY, transport=httpx.MockTransport(self._answer))
        self.next: list[httpx.Response] = []
        self.whole: bytes | None = None
        self.asked = 0

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.next:
            return self.next.pop()
        if self.whole is None:
            return stream_of(stream_in_format(request, CODE))
        if b"11451999" in request.content:
            return stream_of(stream_in_format(request, "It is done."))
        return stream_of(self.whole)

    def body(self) -> bytes:
        """The stream of ``CODE`` in the format of the model."""
        path = {"openai": "chat/completions", "responses": "responses", "anthropic": "messages"}
        url = f"http://x/{path.get(self.model.wire, 'm:streamGenerateContent')}"
        return stream_in_format(httpx.Request("POST", url, json={"messages": []}), CODE)


@all_formats
def test_no_half_of_a_tool_call_is_ever_done(cls: type[HttpModel]) -> None:
    called: list[tuple[str, dict[str, Any]]] = []

    @tool
    def population(city: str) -> int:
        """Population of a city.

        Args:
            city: Its name.
        """
        called.append(("population", {"city": city}))
        return 11451999

    @tool
    def convert(amount: float, to: list[str]) -> str:
        """Convert.

        Args:
            amount: How much.
            to: To what.
        """
        called.append(("convert", {"amount": amount, "to": to}))
        return "11451999"

    server = Server(cls)
    server.whole = stream_bytes(cls.wire)
    with ToolCallingAgent([population, convert], server.model) as agent:
        ways = cycle([*WAYS, "page within"])
        agent.run("Go.")
        for offset, way in zip(offsets(server.whole, CUTS), ways, strict=False):
            called.clear()
            server.next.append(cut(server.whole, offset, way))
            result = agent.run("Go.", reset=True)
            assert sorted(called) == sorted(CALLS), (offset, way)
            assert result.success, (offset, way, result.problem)


@all_formats
def test_no_half_of_a_code_block_is_ever_run(cls: type[HttpModel]) -> None:
    noted: list[str] = []

    @tool
    def note(text: str) -> str:
        """Note.

        Args:
            text: What.
        """
        noted.append(text)
        return text

    server = Server(cls)
    body = server.body()
    with CodeAgent([note], server.model, memory_size=1) as agent:
        ways = cycle([*WAYS, "page within"])
        agent.run("Go.")
        for offset, way in zip(offsets(body, CUTS), ways, strict=False):
            noted.clear()
            server.next.append(cut(body, offset, way))
            result = agent.run("Go.")
            assert noted == ["a", "b", "ç"], (offset, way)
            assert result.output == "ç", (offset, way, result.problem)


def test_the_person_is_told_that_what_streamed_is_void() -> None:
    broken = StreamError("It broke off.", can_retry=True)
    with agent_with([block("half()")[:9], broken], block("final_answer(1)")) as agent:
        events: list[Event] = [*agent.stream("Go.")]
        [notice] = [event for event in events if isinstance(event, Notice)]
        assert notice.drops_reply
        assert notice.message == "It broke off. Trying again in 0 s."
        before = events[: events.index(notice)]
        assert any(isinstance(event, ModelDelta) for event in before)
        assert agent.last_result is not None
        assert agent.last_result.output == 1
        assert "half" not in str(agent.memory.steps)


def test_a_model_whose_replies_always_break_off_is_not_asked_for_ever() -> None:
    broken = StreamError("It broke off.", can_retry=True)
    with agent_with(*[["So", broken]] * 9) as agent:
        result = agent.run("Go.")
        assert isinstance(agent.model, ScriptedModel)
        assert len(agent.model.requests) == 4
    assert isinstance(result.error, StreamError)


def test_an_error_within_a_reply_that_no_repetition_mends_ends_the_run() -> None:
    problem = {"error": {"message": "bad key", "type": "authentication_error"}}
    answers = iter([stream_of(sse(delta("So"), problem)), stream_of(sse(delta("ok", "stop")))])
    transport = httpx.MockTransport(lambda _: next(answers))
    with CodeAgent(model=OpenAIModel("m-1", api_key=KEY, transport=transport)) as agent:
        result = agent.run("Go.")
    assert isinstance(result.error, StreamError)


def test_a_stream_that_falls_silent_is_given_up_and_asked_for_again() -> None:
    silent = Reply(pieces=[streamed_event("I thi"), 30.0])

    async def scenario(model: OpenAIModel) -> list[Event]:
        async with CodeAgent(model=model) as agent:
            events = [event async for event in agent.astream("Go.")]
        await model.aclose()
        return events

    with ScriptedServer([silent, streamed(block("final_answer(2)"))]) as server:
        model = OpenAIModel("m-1", base_url=server.base_url, api_key=KEY, idle_timeout_s=0.3)
        *events, end = asyncio.run(scenario(model))
    [notice] = [event for event in events if isinstance(event, Notice)]
    assert "broke off after 5 characters" in notice.message
    assert isinstance(end, RunFinished)
    assert end.output == 2
