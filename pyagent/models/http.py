"""What all models behind HTTP share: connections, retries, streams, and errors in plain words.

A wire format is a subclass that says how a request is written and how a reply's payloads are
read; see ``openai_chat``. It must not send headers that a provider's CORS rules refuse: what is
not listed in ``providers.json`` is refused here, before a browser would do it without a reason.
"""

from __future__ import annotations

import asyncio
import json
import logging
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Literal, Protocol
from weakref import WeakKeyDictionary

import httpx

from pyagent.errors import EndpointError, ModelError, ProtocolError, StreamError
from pyagent.messages import ChatMessage
from pyagent.models.base import (
    Model,
    ModelEvent,
    ModelRequest,
    ReasoningDelta,
    ReplyDone,
    Retrying,
    TextDelta,
    ToolSpec,
)
from pyagent.models.endpoint import Endpoint
from pyagent.models.explain import (
    explain_response,
    explain_transport_error,
    server_words,
)
from pyagent.models.payloads import next_payload, payloads_of, text_of
from pyagent.models.retry import MAX_RETRIES, retrying
from pyagent.models.stop import StopCutter
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import Json, TokenUsage
from pyagent.wire import parse_json

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 15.0
READ_TIMEOUT_S = 300.0
"""Between two pieces; the first may take minutes where a laptop reads a long prompt."""


class ReplyReader(Protocol):
    """Reads the payloads of one reply in one wire format."""

    finish_reason: Literal["stop", "length"] | None
    """None until the provider says that the reply is complete."""
    token_usage: TokenUsage | None

    def read(self, payload: dict[str, Any]) -> list[TextDelta | ReasoningDelta]:
        """What a payload adds to the reply. Raises ``ModelError``."""

    def end(self) -> None:
        """The stream's end mark was seen."""


class HttpModel(Model):
    """A model at an ``Endpoint``; ``transport`` replaces the network, as in a browser or a test."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
        max_retries: int = MAX_RETRIES,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.endpoint = endpoint
        self.model_id = endpoint.model_id
        self._transport = transport
        self._headers = dict(headers or {})
        self._max_retries = max_retries
        self._timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            WeakKeyDictionary()
        )
        self._has_answered = False
        _check_headers(endpoint, self._headers)

    @abstractmethod
    def _request(self, asked: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        """Path below the base URL, headers and body of a request."""

    @abstractmethod
    def _reader(self) -> ReplyReader:
        """A reader for one reply."""

    def _adapt(self, status: int, body: str, sent: Mapping[str, Any]) -> bool:
        """Learn from a refusal; True when the next request will differ from ``sent``."""
        return False

    async def stream(
        self,
        messages: Sequence[ChatMessage],
        *,
        stop: Sequence[str] = (),
        max_tokens: int | None = None,
        tools: Sequence[ToolSpec] = (),
        schema: Mapping[str, Json] | None = None,
    ) -> AsyncGenerator[ModelEvent, None]:
        asked = ModelRequest(
            messages=tuple(messages),
            stop=tuple(stop),
            max_tokens=max_tokens,
            tools=tuple(tools),
            schema=schema,
        )
        failure: ModelError | None = None
        async for attempt in retrying(self._is_worth_retrying, max_retries=self._max_retries):
            if failure is not None:
                delay_s = attempt.retry_state.upcoming_sleep
                logger.info("%s Trying again in %.1f s.", failure.message, delay_s)
                yield Retrying(reason=failure.message, delay_s=delay_s)
                await asyncio.sleep(delay_s)
            with attempt:
                reply = self._reply(asked)
                try:
                    first = await anext(reply)
                except ModelError as error:
                    failure = error
                    raise
        async with aclosing(reply):
            yield first
            async for event in reply:
                yield event

    async def aclose(self) -> None:
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> httpx.AsyncClient:
        """The client of this event loop: connections cannot move between loops."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(
                transport=self._transport, timeout=self._timeout
            )
        return self._clients[loop]

    def _is_worth_retrying(self, error: BaseException) -> bool:
        """An address that never answered is more likely wrong than down for a moment."""
        if isinstance(error, EndpointError):
            return error.kind == "unreachable" and self._has_answered
        return isinstance(error, ModelError) and error.can_retry and error.kind != "quota"

    async def _reply(self, asked: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """One attempt. Whatever goes wrong is a ``ModelError``."""
        reader, cutter = self._reader(), StopCutter(asked.stop)
        said = thought = ""
        try:
            async with (
                self._response(asked) as response,
                aclosing(payloads_of(self.endpoint, response)) as payloads,
            ):
                while not cutter.found:
                    payload = await next_payload(payloads, reader.finish_reason is not None)
                    if payload is None:
                        break
                    if payload == "[DONE]":
                        reader.end()
                        continue
                    for event in reader.read(self._checked(payload, said + thought)):
                        if isinstance(event, ReasoningDelta):
                            thought += event.text
                            yield event
                        elif text := cutter.feed(event.text):
                            said += text
                            yield TextDelta(text=text)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if reader.finish_reason is None:
                raise self._broken(said + thought, error) from error
        except ProtocolError as error:
            raise StreamError(
                f"{self.endpoint.host} sent something that is not part of a reply"
                f" ({error.message}){_received(said + thought)}",
                advice="Try again, or choose another model or provider.",
            ) from error
        if not cutter.found and reader.finish_reason is None:
            raise self._broken(said + thought, httpx.RemoteProtocolError("no end mark"))
        if text := cutter.finish():
            said += text
            yield TextDelta(text=text)
        yield ReplyDone(
            finish_reason="stop" if cutter.found else reader.finish_reason or "stop",
            token_usage=reader.token_usage or estimate_usage(asked.messages, thought + said),
        )

    @asynccontextmanager
    async def _response(self, asked: ModelRequest) -> AsyncIterator[httpx.Response]:
        """A successful response, its body unread; a refused parameter is left out at once."""
        client = self._client()
        while True:
            path, headers, body = self._request(asked)
            request = client.build_request(
                "POST",
                self.endpoint.base_url + path,
                headers={"content-type": "application/json", **headers, **self._headers},
                content=json.dumps(body, separators=(",", ":")),
            )
            response = await client.send(request, stream=True)
            self._has_answered = True
            try:
                if response.is_success:
                    yield response
                    return
                text = await text_of(self.endpoint, response)
            finally:
                await response.aclose()
            if not self._adapt(response.status_code, text, body):
                raise explain_response(self.endpoint, response.status_code, response.headers, text)

    def _checked(self, payload: str, received: str) -> dict[str, Any]:
        """A payload that is an object and no error."""
        data = parse_json(payload)
        if not isinstance(data, dict):
            raise ProtocolError(f"a {type(data).__name__} instead of an object")
        problem = data.get("error")
        if not problem:
            return data
        if not received:
            raise explain_response(self.endpoint, _status_in(problem), {}, payload)
        raise StreamError(
            f"{self.endpoint.host} broke off the reply of {self.model_id} with an error:"
            f" {self.endpoint.scrub(server_words(payload))}{_received(received)}",
            advice="Try again, or choose another model.",
        )

    def _broken(self, received: str, error: Exception) -> ModelError:
        """The connection is gone before the reply was complete."""
        if not received:
            return explain_transport_error(self.endpoint, error)
        return StreamError(
            f"The reply of {self.model_id} from {self.endpoint.host} broke off"
            f"{_received(received)}",
            advice="Try again; if it happens often, check the network or choose another provider.",
        )


def _check_headers(endpoint: Endpoint, headers: Mapping[str, str]) -> None:
    allowed = endpoint.provider.headers
    if allowed is None:
        return
    for name in headers:
        if name.lower() not in map(str.lower, allowed):
            listed = ", ".join(allowed) or "no further ones"
            raise ValueError(
                f"{endpoint.provider.name} refuses the header {name} from pages; it takes {listed}."
            )


def _status_in(problem: Any) -> int:
    """The HTTP status that an error inside a stream stands for."""
    if not isinstance(problem, dict):
        return 500
    code = problem.get("code")
    if isinstance(code, int) and 400 <= code < 600:
        return code
    names = f"{code} {problem.get('type')}"
    return 429 if "rate_limit" in names else 400 if "invalid_request" in names else 500


def _received(text: str) -> str:
    return f" after {len(text)} characters." if text else "."
