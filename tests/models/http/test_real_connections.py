"""The client over real sockets; the server streams awkwardly and fails in every possible way."""

from __future__ import annotations

import asyncio
import socket

import pytest

from pyagent.errors import (
    AuthenticationError,
    EndpointError,
    ModelError,
    RateLimitError,
    ServerError,
    StreamError,
)
from pyagent.models.base import ReplyDone, Retrying, TextDelta
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.protocol import TokenUsage
from support.models.model_asking import QUESTION, ask, said
from support.models.scripted_server import (
    Reply,
    Request,
    ScriptedServer,
    cut_off,
    endless,
    failing_midway,
    malformed,
    refused,
    streamed,
    unstreamed,
    web_page,
)

TEXT = "Zwei Prozent von 67000 € sind 1340 €, fertig 😀\n```python\nfinal_answer(1340)\n```"
KEY = "sk-secret"


def model_of(server: ScriptedServer, **options: object) -> OpenAIModel:
    return OpenAIModel("m-1", base_url=server.base_url, api_key=KEY, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reply",
    [
        streamed(TEXT),
        streamed(TEXT, end="\n"),
        streamed(TEXT, end="\r"),
        streamed(TEXT, usage=False),
        streamed(TEXT, done=False),
        unstreamed(TEXT),
    ],
)
def test_reply_arrives_whole(reply: Reply) -> None:
    with ScriptedServer([reply]) as server:
        events = asyncio.run(ask(model_of(server)))
    assert said(events) == TEXT
    done = events[-1]
    assert isinstance(done, ReplyDone)
    assert done.token_usage.estimated or done.token_usage == TokenUsage(
        input_tokens=7, output_tokens=5
    )
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json["messages"][0]["content"] == QUESTION[0].content


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (refused(401, f"Incorrect key {KEY}"), AuthenticationError, "refuses the key"),
        (refused(429, "Slow", headers={"Retry-After": "99"}), RateLimitError, "in 99 seconds"),
        (refused(500, "Boom"), ServerError, r"\(500\): Boom"),
        (web_page(), EndpointError, "web page .*: Welcome to the router"),
        (web_page(404), EndpointError, r"\(404\): Welcome to the router"),
        (malformed(), StreamError, "not part of a reply"),
        (cut_off(TEXT), StreamError, f"broke off after {len(TEXT)} characters"),
        (cut_off(TEXT, bluntly=False), StreamError, f"broke off after {len(TEXT)} characters"),
        (failing_midway(TEXT, "GPU lost"), StreamError, "GPU lost after"),
    ],
)
def test_failure_is_a_sentence_without_the_key(
    reply: Reply, error: type[ModelError], words: str
) -> None:
    with (
        ScriptedServer([reply]) as server,
        pytest.raises(error, match=f"(?s){words}") as caught,
    ):
        asyncio.run(ask(model_of(server, max_retries=0)))
    assert f"127.0.0.1:{server.port}" in caught.value.message
    assert KEY not in str(caught.value)
    assert caught.value.advice


def test_connection_dropped_before_any_output_is_retried() -> None:
    with ScriptedServer([cut_off(""), streamed(TEXT)]) as server:
        events = asyncio.run(ask(model_of(server)))
    assert isinstance(events[0], Retrying)
    assert said(events) == TEXT
    assert len(server.requests) == 2


def test_next_request_uses_the_same_connection() -> None:
    peers = set()

    def answer(request: Request) -> Reply:
        peers.add(request.peer)
        return streamed("ok")

    async def run(model: OpenAIModel) -> None:
        for _ in range(3):
            assert said([event async for event in model.stream(QUESTION)]) == "ok"
        await model.aclose()

    with ScriptedServer(answer) as server:
        asyncio.run(run(model_of(server)))
    assert len(peers) == 1


def test_model_works_in_several_event_loops_and_with_many_requests_at_once() -> None:
    async def run(model: OpenAIModel) -> set[str]:
        replies = [_said(model) for _ in range(20)]
        try:
            return set(await asyncio.gather(*replies))
        finally:
            await model.aclose()

    with ScriptedServer(lambda _: streamed("ok then")) as server:
        model = model_of(server)
        assert asyncio.run(run(model)) == {"ok then"}
        assert asyncio.run(run(model)) == {"ok then"}


async def _said(model: OpenAIModel) -> str:
    return said([event async for event in model.stream(QUESTION)])


def test_server_sees_when_the_client_goes_away() -> None:
    async def run(model: OpenAIModel) -> None:
        stream = model.stream(QUESTION)
        assert isinstance(await anext(stream), TextDelta)
        await stream.aclose()
        await model.aclose()

    with ScriptedServer([endless("tick ")]) as server:
        asyncio.run(run(model_of(server)))
        assert server.gone.wait(5)


def test_cancelled_request_is_dropped() -> None:
    async def run(model: OpenAIModel, server: ScriptedServer) -> None:
        asking = asyncio.ensure_future(_said(model))
        async with asyncio.timeout(5):
            while not server.requests:
                await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await model.aclose()

    with ScriptedServer([endless("tick ")]) as server:
        asyncio.run(run(model_of(server), server))
        assert server.gone.wait(5)


def test_silent_server_is_a_timeout() -> None:
    silent = Reply(pieces=[b": waiting\n\n", 30.0])
    with (
        ScriptedServer([silent]) as server,
        pytest.raises(ServerError, match="too long") as caught,
    ):
        asyncio.run(ask(model_of(server, timeout_s=0.2, max_retries=0)))
    assert caught.value.kind == "timeout"


def test_error_says_that_nothing_answers_at_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    model = OpenAIModel("m", base_url=f"http://127.0.0.1:{port}/v1")
    with pytest.raises(EndpointError, match=f"Nothing answers at 127.0.0.1:{port}"):
        asyncio.run(ask(model))


def test_error_says_that_the_host_is_unknown() -> None:
    model = OpenAIModel("m", base_url="http://no-such-host.invalid/v1")
    with pytest.raises(EndpointError, match=r"no-such-host\.invalid is not known") as caught:
        asyncio.run(ask(model))
    assert caught.value.kind == "unreachable"
