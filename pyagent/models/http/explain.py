"""What a failed request means: a response or a broken connection becomes one of our errors.

A message says what happened and names the host and the model; advice says what to do. Neither ever
holds the key, even if the server repeats it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pyagent.errors import (
    AuthenticationError,
    ContextOverflowError,
    EndpointError,
    ModelError,
    ProtocolError,
    RateLimitError,
    ServerError,
)
from pyagent.models.catalog.wire_formats import FORMAT_FACTS
from pyagent.models.http.advice import base_url_advice, page_advice, start_advice
from pyagent.models.http.endpoint import Endpoint, key_advice
from pyagent.models.http.retry import retry_after_s
from pyagent.wire import parse_json

MAX_WORDS = 300
"""We repeat this many characters of a server's own message."""

_OVERFLOW = re.compile(
    r"context[_ ](length|size|window|limit|overflow)|exceed_context_size"
    r"|when context the overflows|maximum (prompt|context|input|model|sequence) length"
    r"|maximum allowed input length|too large for model|too many (input |prompt )?tokens"
    r"|(prompt|input|conversation|sequence)[_ ](is )?too[_ ](long|large)"
    r"|reduce the length|string_above_max_length"
    r"|model token limit|token[_ ]limit[_ ]exceeded|range of input length should be"
    r"|prompt exceeds max|\"code\": ?\"?1261\b|\"error_code\": ?\"?336007\b|tokens.{0,60}must be <="
    r"|max input (characters|tokens)|max (message|prompt) tokens?\b|max_(seq|model)_len"
    r"|(输入|提示|上下文|prompt|内容|消息).{0,12}(超长|过长|超过|超出|超限)"
    r"|(超过|超出).{0,12}(长度|上下文|token)",
    re.IGNORECASE | re.DOTALL,
)
"""Words that servers write only about a full context, among them Kimi's, GLM's, DashScope's and
Baidu's."""
_TOO_MUCH = re.compile(
    r"\b(request|inputs?|prompt|messages|conversation|tokens?)\b.{0,120}"
    r"(\b(exceed(s|ed|ing)?|longer than|greater than|over the)\b"
    r".{0,120}\b(tokens?|context|length|limit|maximum)\b|\b(is|are) too (long|large))",
    re.IGNORECASE | re.DOTALL,
)
_OTHER_LIMIT = re.compile(
    r"rate[_ ]limit|per (second|minute|hour|day)|\b[tr]p[md]\b|quota|\b(image|file)s?\b"
    r"|max_(completion_|output_)?tokens",
    re.IGNORECASE,
)
"""Words of limits that a shorter conversation does not help to keep."""
_MATCHED_CHARS = 20_000
"""The part of an error in which we look for words."""
_QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|credits?)|exceeded your current quota|billing|out of credits"
    r"|credit balance|payment required|in arrears|余额不足|欠费",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|(invalid|unknown|no such) model|not a valid model|no endpoints found"
    r"|not_found_error.{0,40}model:"
    r"|models?\b.{0,120}(not found|not exist|not supported|not available|no longer|not loaded)",
    re.IGNORECASE | re.DOTALL,
)
_BAD_KEY = re.compile(r"API_KEY_INVALID|API key (not valid|expired|not found)", re.IGNORECASE)
"""Words of a refused key. Google sends them with status 400."""
_NO_NAME = re.compile(
    r"getaddrinfo|name resolution|name or service|nodename|no address associated|not resolve",
    re.IGNORECASE,
)

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn text around."""


def explain_response(
    endpoint: Endpoint, status: int, headers: Mapping[str, str], body: str
) -> ModelError:
    """The error for a response whose status is not 2xx."""
    host, model = endpoint.host, endpoint.model_id
    words = endpoint.scrub(server_words(body))
    said = f": {_sentence(words)}" if words else "."
    body = body[:_MATCHED_CHARS]
    if status == 413 or (status in (400, 422, 500) and _is_overflow(body, words)):
        return ContextOverflowError(
            f"The conversation is too long for {model} on {host} ({status}){said}",
            advice="Start a new conversation, give smaller files, or choose a model with a larger"
            " context.",
            status=status,
        )
    if _is_used_up(status, headers, body):
        return RateLimitError(
            f"The quota of this key on {host} is used up ({status}){said}",
            advice=f"Add credit at {endpoint.served_by}, or use another key or model.",
            kind="quota",
            status=status,
        )
    if status == 429:
        wait_s = retry_after_s(headers, body)
        when = f"Try again in {_duration(wait_s)}" if wait_s else "Wait a little"
        return RateLimitError(
            f"{host} takes no more requests for {model} at the moment (429){said}",
            advice=f"{when}, or choose another model.",
            status=status,
            retry_after_s=wait_s,
        )
    if status in (400, 403, 404, 422) and _NO_MODEL.search(body):
        return _no_model(endpoint, status, said)
    if status in (401, 403) or (status == 400 and _BAD_KEY.search(body)):
        return _refused_key(endpoint, status, said)
    if status in (404, 405) or status < 400:
        return _wrong_url(endpoint, status, headers, said)
    if status in (408, 409, 425) or status >= 500:
        return ServerError(
            f"{host} failed to answer for {model} ({status}){said}",
            advice="Try again later, or choose another model."
            if not endpoint.is_local
            else "See what the server's own window or log says.",
            status=status,
            retry_after_s=retry_after_s(headers, body),
        )
    return ModelError(
        f"{host} refused the request for {model} ({status}){said}",
        advice=f"Check the model and {'the settings' if endpoint.page_origin else 'its options'}."
        " The text after the colon is from the server.",
        kind="refused",
        status=status,
    )


def _is_overflow(body: str, words: str) -> bool:
    """Whether an error says that the conversation is longer than the model's context."""
    if _OVERFLOW.search(body) or _OVERFLOW.search(words):
        return True
    return bool(_TOO_MUCH.search(words)) and not _OTHER_LIMIT.search(words)


def _is_used_up(status: int, headers: Mapping[str, str], body: str) -> bool:
    """Whether a short wait cannot help.

    Anthropic says so with 400. Google also calls a limit per minute a quota, and then says how
    long to wait.
    """
    if status == 429 and _QUOTA.search(body):
        return "PerDay" in body or not retry_after_s(headers, body)
    return status == 402 or (status == 400 and bool(_QUOTA.search(body)))


def explain_wrong_reply(endpoint: Endpoint, content_type: str, body: str) -> EndpointError:
    """The error for a 2xx response that is neither a stream nor JSON, such as a web page."""
    what = "a web page" if "html" in content_type else f"{content_type or 'an unnamed type'}"
    words = endpoint.scrub(server_words(body))
    return EndpointError(
        f"{endpoint.host} answered with {what} instead of a model's reply"
        f"{f': {_sentence(words)}' if words else '.'}",
        advice=base_url_advice(endpoint),
        kind="wrong_url",
        status=200,
    )


class BrokenConnection(Exception):
    """A connection failed, before or during the response. ``reason`` is in the network's words."""

    def __init__(self, how: Literal["unreachable", "timeout", "closed"], reason: str) -> None:
        super().__init__(reason)
        self.how = how
        self.reason = reason


def explain_transport_error(endpoint: Endpoint, error: BrokenConnection) -> ModelError:
    """The error for a request whose connection failed before any text came."""
    host = endpoint.host
    if error.how == "unreachable":
        return _unreachable(endpoint, error.reason)
    if error.how == "timeout":
        return ServerError(
            f"{host} sent nothing for too long while {endpoint.model_id} was asked.",
            advice="Try again, or choose a smaller or less busy model.",
            kind="timeout",
        )
    return ServerError(
        f"{host} closed the connection before {endpoint.model_id} replied"
        f" ({endpoint.scrub(error.reason)}).",
        advice="Try again; if it stays so, check the server and the network.",
        kind="unreachable",
    )


def server_words(body: str) -> str:
    """The server's own message about an error, shortened to one line."""
    if body[:1_000].lstrip()[:1] == "<":
        start = body[:_MATCHED_CHARS]
        title = re.search(r"<title[^>]{0,99}>(.{0,999}?)</title>", start, re.I | re.S)
        words = title.group(1) if title else ""
    else:
        event = re.match(r"data: (\{.*\})\s*$", body, re.MULTILINE)
        try:
            words = _message_in(parse_json(event.group(1) if event else body))
        except ProtocolError:
            words = body
    words = " ".join(_UNSEEN.sub(" ", words).split())
    return words if len(words) <= MAX_WORDS else words[:MAX_WORDS].rstrip() + " …"


def _sentence(words: str) -> str:
    return words if words[-1] in ".!?…" else words + "."


_MESSAGES = (
    *("error", "message", "detail", "errors", "msg", "error_msg", "error_message", "status_msg"),
    "description",
)
"""Fields in which servers say what is wrong."""


def _message_in(data: object) -> str:
    """The first message in any of the shapes that providers use.

    A wrapper's message is followed by the one it wraps.
    """
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "; ".join(filter(None, map(_message_in, data[:3])))
    if not isinstance(data, dict):
        return ""
    metadata = data.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    for key in _MESSAGES:
        if words := _message_in(data.get(key)):
            return f"{words}: {_message_in(raw)}" if raw else words
    return ""


def _duration(seconds: float) -> str:
    for size, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{math.ceil(seconds)} seconds"


def _no_model(endpoint: Endpoint, status: int, said: str) -> EndpointError:
    advice = f"Check the model's name; {endpoint.served_by} may have renamed or retired it."
    if endpoint.provider.id == "ollama":
        advice = f"Fetch it with: ollama pull {endpoint.model_id}"
    return EndpointError(
        f"{endpoint.host} has no model {endpoint.model_id} for you ({status}){said}",
        advice=advice,
        kind="no_model",
        status=status,
    )


def _refused_key(endpoint: Endpoint, status: int, said: str) -> ModelError:
    host, provider = endpoint.host, endpoint.provider
    if status == 403 and not endpoint.api_key and endpoint.page_origin and _has_no_keys(endpoint):
        return EndpointError(
            f"{host} refuses requests from {endpoint.page_origin} ({status}){said}",
            advice=start_advice(endpoint),
            status=status,
        )
    if not endpoint.api_key:
        advice = key_advice(endpoint)
        if endpoint.page_origin and provider.local:  # the page shows no field for its key
            advice += " For this server, choose another server there, with the same address."
        return AuthenticationError(
            f"{host} wants a key ({status}){said}",
            advice=advice,
            kind="no_key",
            status=status,
        )
    where = f" Keys are made at {provider.key_url}." if provider.key_url else ""
    what = "refuses the key" if status != 403 else f"does not let this key use {endpoint.model_id}"
    return AuthenticationError(
        f"{host} {what} ({status}){said}",
        advice=f"Check that the key is whole, not expired and made for {host}.{where}",
        status=status,
    )


def _has_no_keys(endpoint: Endpoint) -> bool:
    """Whether this kind of server asks nobody for a key, so that it refuses something else."""
    return endpoint.is_local and bool(endpoint.provider.start)


def _wrong_url(
    endpoint: Endpoint, status: int, headers: Mapping[str, str], said: str
) -> EndpointError:
    what, advice = f"has no {FORMAT_FACTS[endpoint.wire].serves} here", base_url_advice(endpoint)
    if status < 400:
        target = urlsplit(headers.get("location", "")).netloc
        what = f"redirects the request to {target or 'another address'}"
        advice = "Use that address as the base URL."
    return EndpointError(
        f"{endpoint.host} {what} ({status}){said}",
        advice=advice,
        kind="wrong_url",
        status=status,
    )


def _unreachable(endpoint: Endpoint, reason: str) -> EndpointError:
    host = endpoint.host
    if endpoint.page_origin:
        return EndpointError(
            f"The browser got no answer from {host}.", advice=page_advice(endpoint)
        )
    if _NO_NAME.search(reason):
        message = f"The host name of {host} is not known to the network."
        advice = "Check the spelling of the base URL, and that this machine is online."
    elif "certificate" in reason.lower():
        message = f"{host} shows no certificate that this machine trusts."
        advice = (
            "Check the base URL. Behind a company proxy, set SSL_CERT_FILE to its root certificate."
        )
    else:
        message = f"Nothing answers at {host}."
        advice = (
            start_advice(endpoint) if endpoint.is_local else "Check the base URL and the network."
        )
    return EndpointError(message, advice=advice)
