"""Requests without a network: which wait for it, which fail, and what the reader hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from pyagent.errors import EndpointError, ModelError, StreamError
from pyagent.models.base import ModelEvent, NetworkBack, NetworkLost, Retrying
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http.network import Network
from pyagent.models.router import RouterModel
from support.models.model_asking import (
    QUESTION,
    ask,
    delta,
    model_on,
    run_without_waiting,
    said,
    sse,
    stream_of,
)

GONE = httpx.ConnectError("Temporary failure in name resolution")


def ok() -> httpx.Response:
    return stream_of(sse(delta("1340", "stop"), "[DONE]"))


def offline() -> Network:
    network = Network()
    network.report(online=False)
    return network


async def ask_open(model: OpenAIModel) -> list[ModelEvent]:
    return [event async for event in model.stream(QUESTION)]


def test_request_without_a_network_waits_and_burns_no_retries() -> None:
    model = model_on(*[GONE] * 40, ok(), network=offline())
    events, waited_s = run_without_waiting(lambda: ask(model))
    lost, back, *rest = events
    assert lost == NetworkLost(
        reason="The host name of api.openai.com is not known to the network.",
        message="Paused: no network. It goes on when the network is back.",
    )
    assert isinstance(back, NetworkBack)
    assert back.seconds == pytest.approx(waited_s, abs=1)
    assert waited_s > 500
    assert said(rest) == "1340"
    assert not any(isinstance(event, Retrying) for event in events)


@pytest.mark.parametrize("how", ["report", "try_now"])
def test_request_goes_on_as_soon_as_there_is_reason_to(how: str) -> None:
    network = offline()

    async def run() -> list[ModelEvent]:
        asking = asyncio.create_task(ask(model_on(GONE, ok(), network=network)))
        for _ in range(20):
            await asyncio.sleep(0)
        if how == "report":
            network.report(online=True)
        else:
            network.try_now()
        return await asking

    events, waited_s = run_without_waiting(run)
    assert said(events) == "1340"
    assert waited_s < 1


def test_network_is_waited_for_although_nobody_says_that_it_is_gone() -> None:
    model = model_on(ok(), *[GONE] * 10, ok())

    async def run() -> list[ModelEvent]:
        await ask_open(model)
        return await ask_open(model)

    events, _ = run_without_waiting(run)
    kinds = [type(event) for event in events]
    assert kinds[:7] == [*[Retrying] * 5, NetworkLost, NetworkBack]
    lost = events[5]
    assert isinstance(lost, NetworkLost)
    assert lost.message.endswith(". It goes on when there is an answer.")
    assert said(events) == "1340"


def test_patience_ends_if_nobody_says_that_the_network_is_gone() -> None:
    model = model_on(ok(), *[GONE] * 99, patience_s=60)

    async def run() -> None:
        await ask_open(model)
        with pytest.raises(EndpointError, match="not known to the network"):
            await ask_open(model)

    assert 60 < run_without_waiting(run)[1] < 120


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        (GONE, {}),
        (httpx.Response(401, json={}), {"network": offline()}),
        (GONE, {"network": offline(), "base_url": "http://127.0.0.1:8080/v1"}),
        (GONE, {"network": offline(), "max_retries": 0}),
    ],
    ids=["never answered", "answered", "this machine", "no retries"],
)
def test_other_failures_do_not_wait_for_the_network(answer: Any, options: Any) -> None:
    with pytest.raises(ModelError):
        run_without_waiting(lambda: ask(model_on(answer, **options)))


def test_error_after_a_wait_is_told_as_it_is() -> None:
    model = model_on(GONE, httpx.Response(400, json={"error": "no"}), network=offline())
    events: list[ModelEvent] = []

    async def run() -> None:
        async for event in model.stream(QUESTION):
            events.append(event)

    with pytest.raises(ModelError, match="no"):
        run_without_waiting(run)
    assert [type(event) for event in events] == [NetworkLost, NetworkBack]


def test_cancelling_ends_the_wait_for_the_network_at_once() -> None:
    async def run() -> None:
        stream = model_on(GONE, network=offline()).stream(QUESTION)
        assert isinstance(await anext(stream), NetworkLost)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    assert run_without_waiting(run)[1] < 1


def test_reply_that_falls_silent_without_a_network_is_given_up_soon() -> None:
    network, begun = Network(), asyncio.Event()

    class Hanging(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield sse(delta("13"))
            begun.set()
            await asyncio.Event().wait()

    async def run() -> None:
        answer = httpx.Response(200, stream=Hanging())
        asking = asyncio.create_task(ask_open(model_on(answer, network=network)))
        await begun.wait()
        network.report(online=False)
        with pytest.raises(StreamError) as caught:
            await asking
        assert caught.value.can_retry

    assert 4 < run_without_waiting(run)[1] < 10


def test_router_asks_the_next_model_in_place_of_waiting() -> None:
    local = model_on(ok(), base_url="http://127.0.0.1:8080/v1")
    router = RouterModel([model_on(GONE, network=offline()), local])
    events, waited_s = run_without_waiting(lambda: ask(router))
    assert [type(event) for event in events[:1]] == [Retrying]
    assert said(events) == "1340"
    assert waited_s < 1
