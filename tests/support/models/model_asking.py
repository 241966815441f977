"""What the model tests share: asking a model, fake transports, and a clock that never waits."""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

import httpx

from pyagent.messages import ChatMessage
from pyagent.models.base import Model, ModelEvent, TextDelta
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http.model import HttpModel

T = TypeVar("T")
M = TypeVar("M", bound=HttpModel)

KEY = "sk-secret"

QUESTION = [ChatMessage(role="user", content="What is 2 % of 67000?")]


async def ask(model: Model, **options: Any) -> list[ModelEvent]:
    """All events of one reply; the model is closed."""
    try:
        return [event async for event in model.stream(QUESTION, **options)]
    finally:
        await model.aclose()


def said(events: Iterable[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def delta(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish_reason}]}


def sse(*payloads: Any, end: str = "\n") -> bytes:
    """A stream of events; strings are sent as they are."""
    lines = (p if isinstance(p, str) else json.dumps(p, ensure_ascii=False) for p in payloads)
    return "".join(f"data: {line}{end}{end}" for line in lines).encode()


class Pieces(httpx.AsyncByteStream):
    """A body in the given pieces; an exception among them is raised."""

    def __init__(self, pieces: Iterable[bytes | Exception]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def stream_of(*pieces: bytes | Exception) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Pieces(pieces))


def scripted(
    cls: type[M],
    *answers: httpx.Response | Exception,
    requests: list[httpx.Request] | None = None,
    **options: Any,
) -> M:
    """A model whose endpoint gives these answers, one for each request; exceptions are raised."""
    script = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        answer = next(script)
        if isinstance(answer, Exception):
            raise answer
        return answer

    options = {"model_id": "m-1", "api_key": KEY, **options}
    return cls(transport=httpx.MockTransport(handle), **options)


def model_on(*answers: httpx.Response | Exception, **options: Any) -> OpenAIModel:
    return scripted(OpenAIModel, *answers, **options)


class _JumpingSelector(selectors.DefaultSelector):
    """Moves the clock forward instead of waiting for a timer."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.skipped_s += timeout
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return super().time() + self._jumping.skipped_s


def run_without_waiting(make: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, float]:
    """The coroutine's result, and the seconds that it would have waited. Not for real I/O."""
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        loop = runner.get_loop()
        start = loop.time()
        result = runner.run(make())
        return result, loop.time() - start
