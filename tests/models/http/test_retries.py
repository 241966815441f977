"""Which requests are retried, which are not, and after how long."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import httpx
import pytest

from pyagent.errors import EndpointError, ModelError, RateLimitError, ServerError
from pyagent.models.base import Retrying
from pyagent.models.http.retry import retry_after_s
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

OK = sse(delta("1340", "stop"), "[DONE]")


def busy(status: int = 503, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"error": {"message": "busy"}})


@pytest.mark.parametrize(
    "failure",
    [
        *map(busy, (408, 409, 425, 429, 500, 502, 503, 529)),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("dropped"),
        httpx.ReadError("reset"),
        stream_of(),
        stream_of(httpx.RemoteProtocolError("dropped")),
        stream_of(sse({"error": {"message": "overloaded", "type": "overloaded_error"}})),
    ],
    ids=repr,
)
def test_request_that_fails_before_any_output_is_retried_with_an_event(
    failure: httpx.Response | Exception,
) -> None:
    events, waited_s = run_without_waiting(lambda: ask(model_on(failure, stream_of(OK))))
    [retry] = [event for event in events if isinstance(event, Retrying)]
    assert events.index(retry) == 0
    assert "api.openai.com" in retry.reason
    assert said(events) == "1340"
    assert 0.5 <= retry.delay_s <= 1.5
    assert waited_s == pytest.approx(retry.delay_s, abs=0.3)


@pytest.mark.parametrize("failure", [busy(400), busy(401), busy(403), busy(404), busy(402)])
def test_refused_request_is_not_retried(failure: httpx.Response) -> None:
    with pytest.raises(ModelError):
        run_without_waiting(lambda: ask(model_on(failure)))


@pytest.mark.parametrize(
    ("base_url", "status"),
    [
        ("http://127.0.0.1:9911/v1", 401),
        ("http://192.168.1.20:1234/v1", 403),
        ("http://localhost:11434/v1", 403),
    ],
)
def test_local_server_that_refuses_a_request_without_a_key_is_asked_once(
    base_url: str, status: int
) -> None:
    page = {"base_url": base_url, "api_key": "", "page_origin": "http://localhost:8000"}
    model = model_on(stream_of(OK), busy(status), **page)
    run_without_waiting(lambda: ask(model))
    with pytest.raises(ModelError, match=f"({status})"):
        run_without_waiting(lambda: ask(model))


def test_request_is_not_retried_once_the_quota_is_used_up() -> None:
    refusal = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    with pytest.raises(RateLimitError, match="quota") as caught:
        run_without_waiting(lambda: ask(model_on(httpx.Response(429, json=refusal))))
    assert caught.value.kind == "quota"


def test_wait_is_as_long_as_the_provider_asks() -> None:
    answers = [busy(429, **{"retry-after": "17"}), stream_of(OK)]
    events, waited_s = run_without_waiting(lambda: ask(model_on(*answers)))
    assert events[0] == Retrying(
        reason="api.openai.com takes no more requests for m-1 at the moment (429): busy.",
        delay_s=17.0,
    )
    assert waited_s == pytest.approx(17, abs=0.5)


def test_wait_may_be_given_in_milliseconds() -> None:
    answers = [busy(429, **{"retry-after-ms": "3500", "retry-after": "9"}), stream_of(OK)]
    events, _ = run_without_waiting(lambda: ask(model_on(*answers)))
    assert isinstance(events[0], Retrying)
    assert events[0].delay_s == 3.5


def test_wait_may_last_a_minute_and_no_longer() -> None:
    answers = [busy(429, **{"retry-after": "60"}), stream_of(OK)]
    assert said(run_without_waiting(lambda: ask(model_on(*answers)))[0]) == "1340"
    with pytest.raises(RateLimitError, match="Try again in 61 seconds"):
        run_without_waiting(lambda: ask(model_on(busy(429, **{"retry-after": "61"}))))


def test_wait_that_is_too_long_fails_at_once_and_says_how_long() -> None:
    with pytest.raises(RateLimitError, match="Try again in 3 minutes") as caught:
        run_without_waiting(lambda: ask(model_on(busy(429, **{"retry-after": "180"}))))
    assert caught.value.retry_after_s == 180


def test_waits_grow_and_end_with_the_last_error() -> None:
    waits: list[float] = []

    async def run() -> None:
        async for event in model_on(*[busy() for _ in range(6)]).stream(QUESTION):
            assert isinstance(event, Retrying)
            waits.append(event.delay_s)

    with pytest.raises(ServerError, match=r"failed to answer for m-1 \(503\): busy"):
        run_without_waiting(run)
    assert len(waits) == 5
    assert waits[4] > waits[0]
    assert sum(waits) < 30


def test_address_that_never_answered_fails_at_once() -> None:
    with pytest.raises(EndpointError, match="Nothing answers"):
        run_without_waiting(lambda: ask(model_on(httpx.ConnectError("refused"))))


def test_address_that_answered_before_is_retried() -> None:
    model = model_on(stream_of(OK), httpx.ConnectError("refused"), stream_of(OK))

    async def run() -> list[str]:
        return [said(await ask(model)), said(await ask(model))]

    assert run_without_waiting(run)[0] == ["1340", "1340"]


def test_cancelling_ends_the_wait_at_once() -> None:
    async def run() -> None:
        stream = model_on(busy()).stream(QUESTION)
        assert isinstance(await anext(stream), Retrying)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    assert run_without_waiting(run)[1] < 0.4


def test_wait_until_a_date_is_counted_from_now() -> None:
    date = formatdate(time.time() + 3600, usegmt=True)
    assert retry_after_s({"retry-after": date}, "") == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ("2.5", "", 2.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", "", 0),
        ("soon", "", None),
        ("", "Rate limit reached. Please try again in 7.66s.", 7.66),
        ("", "Please try again in 1m30s.", 90),
        ("", "Please try again in 1h2m", 3720),
        ("", "try again in 20ms", 0.02),
        ("", "Please retry after 12 s", 12),
        ("", '{"details": [{"retryDelay": "34s"}]}', 34),
        ("", "Please try again in a moment.", None),
        ("", "", None),
    ],
)
def test_wait_is_read_from_the_header_or_the_message(
    header: str, body: str, expected: float | None
) -> None:
    assert retry_after_s({"retry-after": header}, body) == pytest.approx(expected)
