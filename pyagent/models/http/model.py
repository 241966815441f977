"""The base of all models behind HTTP: connections, retries, streams, and errors in plain words.

A wire format is a subclass that says how to write a request and how to read a reply's payloads;
see ``openai_chat``. In a page it must not send headers that a provider's CORS rules refuse: headers
that ``providers.json`` does not list are refused here, because a browser would give no reason.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pyagent.checked_options import checked
from pyagent.errors import EndpointError, ModelError, ProtocolError, StreamError
from pyagent.messages import ChatMessage
from pyagent.models.aliases import is_misspelled, value_as_code
from pyagent.models.base import (
    LeftOut,
    Model,
    ModelEvent,
    ModelRequest,
    PromptStyle,
    ReplyDone,
    Retrying,
)
from pyagent.models.capabilities import supported_part, used_by
from pyagent.models.catalog.model_facts import facts_of
from pyagent.models.catalog.providers import provider_at
from pyagent.models.http.client_pool import IDLE_TIMEOUT_S, READ_TIMEOUT_S, ClientPool
from pyagent.models.http.endpoint import check_headers, checked_endpoint
from pyagent.models.http.explain import BrokenConnection, explain_response
from pyagent.models.http.explain_stream import (
    explain_broken,
    explain_problem,
    explain_unreadable,
    problem_in,
    tells_of_misread,
)
from pyagent.models.http.network import PATIENCE_S, Network, outlasting
from pyagent.models.http.options import able, merged
from pyagent.models.http.payloads import END, LongestSilence, in_time, one_payload
from pyagent.models.http.reader import ReplyEvent, ReplyReader, carry
from pyagent.models.http.received import Received
from pyagent.models.http.refusals import Refusal
from pyagent.models.http.retry import MAX_RETRIES, retrying
from pyagent.models.http.sendable import WireNames, sendable
from pyagent.models.price import Price
from pyagent.models.tokens import estimate_tokens, estimate_usage
from pyagent.protocol import Json, TokenUsage, WireFormat
from pyagent.texts import counted
from pyagent.wire import parse_json, whole_pairs

if TYPE_CHECKING:
    import httpx

logger = logging.getLogger(__name__)


class HttpModel(Model):
    """A model behind HTTP.

    ``base_url`` is the address before the format's paths. ``api_key`` None takes the key from the
    provider's own environment variable (``OPENAI_API_KEY`` for api.openai.com and for no other
    host); an empty string means no key. ``extra_body`` is merged into the body of each request,
    including nested objects. ``headers`` are added to the format's own. ``transport`` replaces the
    network, in a browser or a test. ``page_origin`` is the origin of the page that this runs in,
    so that errors can explain CORS. ``timeout_s`` is the longest silence before a reply's first
    words, ``idle_timeout_s`` the longest one within it. A server that answered before and cannot be
    reached now is asked for up to ``patience_s``. ``network`` says when there is none at all.

    Parameters that the model refuses are left out from then on, and a ``LeftOut`` says so. If it
    refuses tools, the schema or images, ``supports_…`` also turns false, and the request is sent
    again without them. If the context, the price or ``supports_…`` is None, ``catalog`` may know
    it. Abilities that it does not know are tried, except for tools with a short prompt.

    Raises ``EndpointError`` or ``AuthenticationError`` when the settings cannot work.
    """

    wire: ClassVar[WireFormat]
    """The format's name, which is also its key in ``ChatMessage.carried``."""
    default_base_url: ClassVar[str]
    dispensable: ClassVar[tuple[str, ...]] = ()
    """Parameters that a request works without."""
    unmissed: ClassVar[tuple[str, ...]] = ()
    """Parameters that nobody would miss: leaving one out causes no ``LeftOut``."""

    @checked
    def __init__(
        self,
        model_id: str,
        *,
        base_url: str = "",
        api_key: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        context_tokens: int | None = None,
        prompt_style: PromptStyle = "full",
        supports_tools: bool | None = None,
        supports_schema: bool | None = None,
        supports_images: bool | None = None,
        price: Price | None = None,
        extra_body: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        page_origin: str = "",
        max_retries: int = MAX_RETRIES,
        timeout_s: float = READ_TIMEOUT_S,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
        patience_s: float = PATIENCE_S,
        network: Network | None = None,
    ) -> None:
        base_url = base_url or self.default_base_url
        if api_key is None:
            api_key = os.environ.get(provider_at(base_url).key_env, "")
        self.endpoint = checked_endpoint(
            base_url, model_id, wire=self.wire, api_key=api_key, page_origin=page_origin
        )
        self.model_id = self.endpoint.model_id
        facts = facts_of(self.endpoint.provider.id, self.model_id)
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.context_tokens = facts.context_tokens if context_tokens is None else context_tokens
        self.prompt_style = prompt_style
        calls_tools = facts.supports_tools if prompt_style == "full" else False
        self.supports_tools = able(supports_tools, calls_tools)
        self.supports_schema = able(supports_schema, facts.supports_schema)
        self.supports_images = able(supports_images, facts.supports_images)
        self._surely_sees = bool(supports_images or facts.supports_images)
        self.price = price or facts.price
        self._longest_reply = facts.max_output_tokens
        self.refused = {name for name in self.dispensable if name in facts.refused}
        self._untold = ["temperature"] * ("temperature" in self.refused and temperature is not None)
        self._extra_body = dict(extra_body or {})
        self._headers = dict(headers or {})
        self._max_retries = max_retries
        self._clients = ClientPool(transport, timeout_s=timeout_s)
        self._idle_timeout_s = min(idle_timeout_s, timeout_s)
        self._patience_s = patience_s
        self._network = network or Network()
        self._has_answered = self._has_replied = False
        check_headers(self.endpoint, self._headers)

    @classmethod
    def explain_option(cls, name: str, value: object, known: Sequence[str]) -> str:
        """Say how to send to the server what is no option of ours and like none of them."""
        advice = super().explain_option(name, value, known)
        if advice or is_misspelled(name, known):
            return advice
        code = cls._in_body(name, value_as_code(name, value))
        return f"To send it to the server, write extra_body={code}."

    @classmethod
    def _in_body(cls, name: str, value: str) -> str:
        """The code of an ``extra_body`` with this parameter."""
        return f'{{"{name}": {value}}}'

    @property
    def is_known_to_see(self) -> bool:
        return self.supports_images and self._surely_sees

    @abstractmethod
    def _request(self, request: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        """Path below the base URL, headers and body of ``request``, which the model can take.

        Parameters in ``refused`` are left out.
        """

    @abstractmethod
    def _reader(self, names: WireNames) -> ReplyReader:
        """A reader for one reply. ``names`` are the tools that the model may call."""

    def _parameters(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The part of a body whose entries a server may refuse."""
        return body

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        events = outlasting(
            lambda again: self._retried(request, max_retries=0 if again else self._max_retries),
            self._is_network_lost,
            self._network,
            patience_s=self._patience_s,
        )
        async with aclosing(events):
            async for event in events:
                yield event

    async def _retried(
        self, request: ModelRequest, *, max_retries: int
    ) -> AsyncGenerator[ModelEvent, None]:
        """The reply; the request is sent again when it fails before any output."""
        failure: ModelError | None = None
        left_out = [LeftOut(message=self._told([name])) for name in self._untold]
        self._untold.clear()
        try:
            async for attempt in retrying(self._is_worth_retrying, max_retries=max_retries):
                if failure is not None:
                    delay_s = attempt.retry_state.upcoming_sleep
                    logger.info("%s Trying again in %.1f s.", failure.message, delay_s)
                    yield Retrying(reason=failure.message, delay_s=delay_s)
                    await asyncio.sleep(delay_s)
                with attempt:
                    events = self._attempt(request, left_out)
                    try:
                        first = await anext(events)
                    except ModelError as error:
                        failure = error
                        while left_out:
                            yield left_out.pop(0)
                        raise
        except StreamError as error:
            error.can_retry = False  # it was tried often enough
            raise
        async with aclosing(events):
            while left_out:
                yield left_out.pop(0)
            yield first
            try:
                async for event in events:
                    yield event
            except StreamError as error:
                error.can_retry = error.can_retry and self._max_retries > 0
                raise

    async def prepare(self, messages: Sequence[ChatMessage], *later: Sequence[ChatMessage]) -> None:
        """Let a small model's server read the messages now, by asking for one token.

        Such servers (llama.cpp, Ollama) keep what they have read, some of them only the last
        prompt, so ``later`` is not read. Larger models get no such request: they read quickly, and
        their providers charge for it.
        """
        if self.prompt_style == "full":
            return
        try:
            async with aclosing(self.stream(messages, max_tokens=1)) as reply:
                async for _ in reply:
                    pass
        except ModelError as error:
            logger.info("The prompt could not be read ahead: %s", error)

    async def aclose(self) -> None:
        await self._clients.aclose()

    def _is_network_lost(self, error: ModelError) -> bool:
        """Whether to wait for the network."""
        if self._max_retries == 0 or self.endpoint.is_local:
            return False
        return self._network.is_to_blame(error, has_answered=self._has_answered)

    def _is_worth_retrying(self, error: BaseException) -> bool:
        """False for an address that never answered: it is more likely wrong than down."""
        if self._network.is_offline and not self.endpoint.is_local:
            return False  # the request waits for the network instead
        if isinstance(error, EndpointError):
            silent = error.kind == "unreachable" and error.status is None
            return silent and self._has_answered
        return isinstance(error, ModelError) and error.can_retry and error.kind != "quota"

    async def _attempt(
        self, request: ModelRequest, left_out: list[LeftOut]
    ) -> AsyncGenerator[ModelEvent, None]:
        """Send ``request`` once. Whatever goes wrong is a ``ModelError``."""
        names = WireNames(request.tools)
        reader, received = self._reader(names), Received(request.stop, names)

        def silence() -> float | None:
            return self._idle_timeout_s if received.text else None

        try:
            async with self._payloads(request, left_out, names, silence) as payloads:
                async for payload in in_time(payloads, lambda: _is_complete(reader, received)):
                    received.is_over = received.is_over or payload == END
                    if received.is_over:
                        continue
                    for event in received.take(self._read(reader, payload, received)):
                        yield event
                    if received.is_cut:
                        break
        except BrokenConnection as error:
            if not _is_complete(reader, received):
                raise explain_broken(self.endpoint, error, received.text) from error
        except ProtocolError as error:
            speaks_well = self._has_replied or bool(received.text)
            raise explain_unreadable(
                self.endpoint, error, received.text, speaks_well=speaks_well
            ) from error
        if not (received.is_cut or received.is_over or reader.finish_reason):
            no_end = BrokenConnection("closed", "no end mark")
            raise explain_broken(self.endpoint, no_end, received.text)
        for event in received.take(() if received.is_cut else reader.end()):
            yield event
        for event in received.finish():
            yield event
        self._has_replied = True
        yield ReplyDone(
            finish_reason="stop" if received.is_cut else reader.finish_reason or "stop",
            token_usage=self._usage(request, reader, received),
            carried=carry(self.endpoint, self.wire, reader.carried, received.uses),
            fault=self.endpoint.scrub(whole_pairs(reader.fault)),
        )

    def _read(self, reader: ReplyReader, payload: str, received: Received) -> list[ReplyEvent]:
        """The events that a payload adds to the reply. Raises the error that it reports."""
        data = parse_json(payload, keeps_halves=True)
        if not isinstance(data, dict):
            raise ProtocolError(f"a {type(data).__name__} instead of an object")
        if problem := problem_in(data):
            raise explain_problem(self.endpoint, problem, received.text)
        return reader.read(data)

    def _usage(self, request: ModelRequest, reader: ReplyReader, received: Received) -> TokenUsage:
        """The provider's counts, completed by estimates where it gave none."""
        usage = reader.token_usage
        if usage is None or not usage.input_tokens:  # some servers send zeros
            usage = estimate_usage(request.messages, received.text)
        # Where we cut the reply off, the counts are of its start.
        if reader.finish_reason is None and not received.is_over:
            written = max(usage.output_tokens, estimate_tokens(received.text))
            usage = replace(usage, output_tokens=written, estimated=True)
        return usage

    @asynccontextmanager
    async def _payloads(
        self,
        request: ModelRequest,
        left_out: list[LeftOut],
        names: WireNames,
        silence: LongestSilence,
    ) -> AsyncIterator[AsyncIterator[str]]:
        """The payloads of a successful response, or the one payload about an unreadable reply.

        If the server refuses a parameter, the request is sent again without it.
        """
        client = self._clients.here()
        while True:
            possible = sendable(
                supported_part(request, self), endpoint=self.endpoint, wire=self.wire, names=names
            )
            path, headers, ours = self._request(possible)
            body = merged(ours, self._extra_body)
            async with client.post(
                self.endpoint,
                path,
                headers={"content-type": "application/json", **headers, **self._headers},
                content=json.dumps(body, separators=(",", ":")),
            ) as response:
                self._has_answered = True
                if response.is_success:
                    async with aclosing(response.payloads(silence, self._network)) as payloads:
                        yield payloads
                    return
                text = await response.text()
            if tells_of_misread(text):
                yield one_payload(text)
                return
            refusal = Refusal(response.status, text)
            learned = self._adapt(refusal, possible, ours)
            if not learned:
                raise explain_response(self.endpoint, response.status, response.headers, text)
            if missed := sorted(learned - set(self.unmissed)):
                left_out.append(LeftOut(message=self._told(missed)))

    def _adapt(self, refusal: Refusal, asked: ModelRequest, ours: Mapping[str, Any]) -> set[str]:
        """Learn from a refusal what to leave out of the next request; an empty set if nothing.

        Entries of ``extra_body`` stay: the user asked for them.
        """
        lacking = refusal.capabilities(used_by(asked))
        for capability in lacking:
            setattr(self, f"supports_{capability}", False)
        theirs = self._parameters(self._extra_body)
        sent = {
            name
            for name, value in self._parameters(ours).items()
            if name not in theirs or isinstance(value, Mapping)
        }
        refused = refusal.parameters(set(self.dispensable) & sent)
        self.refused |= refused
        most = refusal.max_images(sum(len(message.images) for message in asked.messages))
        if most and not lacking:
            self.max_images = most
            refused = refused | {f"more than {counted(most, 'image')}"}
        if learned := lacking | refused:
            logger.warning("%s", self._told(sorted(learned)))
        return learned

    def _told(self, learned: Sequence[str]) -> str:
        names, host = ", ".join(learned), self.endpoint.host
        return f"{host} takes no {names} for {self.model_id}; this is left out from now on."


def _is_complete(reader: ReplyReader, received: Received) -> bool:
    """Whether nothing but counts should follow."""
    return received.is_over or (reader.finish_reason is not None and not reader.is_early)
