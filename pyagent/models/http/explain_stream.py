"""What goes wrong inside a stream becomes one of our errors. ``HttpModel`` calls this.

An error instead of a reply becomes the same error as a response with that status. After the first
output, the error says that the reply broke off and how much of it came.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pyagent.errors import ModelError, ProtocolError, StreamError
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.explain import (
    BrokenConnection,
    explain_response,
    explain_transport_error,
    server_words,
)
from pyagent.models.http.provider_codes import status_of_code, tells_of_overflow
from pyagent.models.http.reader import as_objects

_STATUS_OF = (
    *(("ratelimit", 429), ("resourceexhausted", 429), ("overloaded", 529), ("throttl", 429)),
    *(("requestlimit", 429), ("limitexceeded", 429), ("overdue", 402), ("arrear", 402)),
    *(("authentication", 401), ("authfailure", 401), ("invalidapikey", 401), ("unauthorized", 401)),
    *(("permission", 403), ("notfound", 404), ("billing", 402), ("packexhausted", 402)),
    *(("toolarge", 413), ("invalid", 400), ("contextlength", 400), ("quota", 429)),
)
"""Words in an error's type or code, without marks between them → status, for formats that give no
status in a stream. Some are DashScope's, Volcengine's and Tencent's."""
_MISREAD = ("tool_use_failed", "json_validate_failed")
"""Groq's codes for a model's mistake: the provider could not read the reply."""
_FAILURES = ("error", "insufficient_system_resource", "network_error", "abort")
"""Finish reasons that mean a failure, in this order: OpenRouter and Mistral, DeepSeek, Z.ai, vLLM
and SGLang."""

_REPLIES = ("choices", "candidates", "usage", "usageMetadata", "content", "delta", "output")
"""Fields of a reply: a payload with one of them is no error only because of its other fields."""
_FINE = (0, 200, "0", "200", "ok", "OK", "success", None)
"""Codes of payloads that report no error."""


def explain_problem(endpoint: Endpoint, problem: Any, received: str) -> ModelError:
    """The error for a payload that reports one; ``received`` is what the model wrote before it."""
    text = json.dumps(problem)
    if not received:
        is_overflow = isinstance(problem, dict) and tells_of_overflow(problem)
        status = status_in(problem)
        return explain_response(endpoint, 413 if is_overflow else status, {}, text)
    alone = explain_response(endpoint, status_in(problem), {}, text)
    return StreamError(
        f"{endpoint.host} broke off the reply of {endpoint.model_id} with an error:"
        f" {endpoint.scrub(server_words(text))}{_after(received)}",
        advice="Try again, or choose another model.",
        can_retry=alone.can_retry and alone.kind != "quota",
    )


def explain_unreadable(
    endpoint: Endpoint, error: ProtocolError, received: str, *, speaks_well: bool
) -> StreamError:
    """The error for a payload that the format does not allow.

    ``speaks_well`` says that the server has sent the format before: something on the way broke the
    payload, such as a proxy, and another request may go well.
    """
    return StreamError(
        f"{endpoint.host} sent something that is not part of a reply"
        f" ({error.message}){_after(received)}",
        advice="Try again, or choose another model or provider.",
        can_retry=speaks_well,
    )


def explain_broken(endpoint: Endpoint, error: BrokenConnection, received: str) -> ModelError:
    """The error for a connection that failed before the reply was complete."""
    if not received:
        return explain_transport_error(endpoint, error)
    return StreamError(
        f"The reply of {endpoint.model_id} from {endpoint.host} broke off{_after(received)}",
        advice="Try again; if it happens often, check the network or choose another provider.",
        can_retry=True,
    )


def problem_in(payload: dict[str, Any]) -> Any:
    """The error in a payload of a stream, or None.

    It may be the ``error`` of chat completions and Gemini, an ``error`` event of Anthropic or
    OpenAI, a response or a choice that failed, or an error of a server's own shape.
    """
    if problem := payload.get("error"):
        if misread_in(payload):
            return None
        return problem if isinstance(problem, dict | list | str) else payload
    base = payload.get("base_resp")  # MiniMax
    if isinstance(base, dict) and base.get("status_code"):
        return {"status_code": base["status_code"], "message": base.get("status_msg")}
    answer = payload.get("Response")  # Tencent
    if isinstance(answer, dict) and isinstance(told := answer.get("Error"), dict):
        return {"code": told.get("Code"), "message": told.get("Message")}
    response = payload.get("response")
    if isinstance(response, dict):
        return response.get("error")
    choices = as_objects(payload.get("choices"))
    if not choices:
        return payload if _is_bare_problem(payload) else None
    choice = next((c for c in choices if not c.get("index")), {})
    reason = choice.get("finish_reason")
    failed = {"message": f"it ended with {reason}"} if reason in _FAILURES else None
    return choice.get("error") or failed


def _is_bare_problem(payload: dict[str, Any]) -> bool:
    """Whether a payload without a reply is an error: vLLM's, FastAPI's, Baidu's, Zhipu's."""
    if "error" in (payload.get("type"), payload.get("object"), payload.get("status")):
        return True
    if any(key in payload for key in _REPLIES):
        return False
    if any(payload.get(key) for key in ("detail", "errors", "error_msg", "error_message")):
        return True
    is_told = isinstance(payload.get("message"), str) or isinstance(payload.get("msg"), str)
    return is_told and (payload.get("success") is False or payload.get("code", 0) not in _FINE)


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
    if (status := status_of_code(problem)) is not None:
        return status
    code = next((problem[key] for key in ("code", "status_code", "status") if key in problem), "")
    number = int(code) if isinstance(code, str) and code.isdecimal() and len(code) < 5 else code
    if isinstance(number, int) and 400 <= number < 600:
        return number
    names = re.sub(r"[\W_]", "", f"{code} {problem.get('type')} {problem.get('status')}".lower())
    return next((status for name, status in _STATUS_OF if name in names), 500)


def _after(received: str) -> str:
    return f" after {len(received)} characters." if received else "."
