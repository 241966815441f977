"""What goes wrong inside a stream becomes one of our errors. ``HttpModel`` calls this.

An error instead of a reply becomes the same error as a response with that status. After the first
output, the error says that the reply broke off and how much of it came.
"""

from __future__ import annotations

import json
from typing import Any

from pyagent.errors import ModelError, ProtocolError, StreamError
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.explain import (
    BrokenConnection,
    explain_response,
    explain_transport_error,
    server_words,
)
from pyagent.models.http.reader import as_objects

_STATUS_OF = (
    *(("rate_limit", 429), ("resource_exhausted", 429), ("overloaded", 529)),
    *(("authentication", 401), ("permission", 403), ("not_found", 404), ("billing", 402)),
    *(("too_large", 413), ("invalid_", 400), ("context_length", 400), ("quota", 429)),
)
"""Words in an error's type or code → status, for formats that give no status in a stream."""
_MISREAD = ("tool_use_failed", "json_validate_failed")
"""Groq's codes for a model's mistake: the provider could not read the reply."""
_FAILURES = ("error", "insufficient_system_resource", "network_error", "abort")
"""Finish reasons that mean a failure, in this order: OpenRouter and Mistral, DeepSeek, Z.ai, vLLM
and SGLang."""


def explain_problem(endpoint: Endpoint, problem: Any, received: str) -> ModelError:
    """The error for a payload that reports one; ``received`` is what the model wrote before it."""
    text = json.dumps(problem)
    if not received:
        return explain_response(endpoint, status_in(problem), {}, text)
    return StreamError(
        f"{endpoint.host} broke off the reply of {endpoint.model_id} with an error:"
        f" {endpoint.scrub(server_words(text))}{_after(received)}",
        advice="Try again, or choose another model.",
    )


def explain_unreadable(endpoint: Endpoint, error: ProtocolError, received: str) -> StreamError:
    """The error for a payload that the format does not allow."""
    return StreamError(
        f"{endpoint.host} sent something that is not part of a reply"
        f" ({error.message}){_after(received)}",
        advice="Try again, or choose another model or provider.",
    )


def explain_broken(endpoint: Endpoint, error: BrokenConnection, received: str) -> ModelError:
    """The error for a connection that failed before the reply was complete."""
    if not received:
        return explain_transport_error(endpoint, error)
    return StreamError(
        f"The reply of {endpoint.model_id} from {endpoint.host} broke off{_after(received)}",
        advice="Try again; if it happens often, check the network or choose another provider.",
    )


def problem_in(payload: dict[str, Any]) -> Any:
    """The error in a payload of a stream, or None.

    It may be the ``error`` of chat completions and Gemini, an ``error`` event of Anthropic or
    OpenAI, a bare error such as vLLM's, or a response or a choice that failed.
    """
    if problem := payload.get("error"):
        return None if misread_in(payload) else problem
    is_bare = isinstance(payload.get("message"), str) and "code" in payload
    if is_bare or "error" in (payload.get("type"), payload.get("object")):
        return payload
    response = payload.get("response")
    if isinstance(response, dict):
        return response.get("error")
    choice = next(iter(as_objects(payload.get("choices"))), {})
    reason = choice.get("finish_reason")
    failed = {"message": f"it ended with {reason}"} if reason in _FAILURES else None
    return choice.get("error") or failed


def misread_in(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The error in a payload that says the provider could not read the model's reply."""
    error = payload.get("error")
    return error if isinstance(error, dict) and error.get("code") in _MISREAD else None


def tells_of_misread(body: str) -> bool:
    """Whether an error response may hold a reply that the provider could not read."""
    return any(f'"{code}"' in body for code in _MISREAD)


def status_in(problem: Any) -> int:
    """The HTTP status that an error inside a stream stands for."""
    if not isinstance(problem, dict):
        return 500
    code = problem.get("code")
    if isinstance(code, int) and 400 <= code < 600:
        return code
    names = f"{code} {problem.get('type')} {problem.get('status')}".lower()
    return next((status for name, status in _STATUS_OF if name in names), 500)


def _after(received: str) -> str:
    return f" after {len(received)} characters." if received else "."
