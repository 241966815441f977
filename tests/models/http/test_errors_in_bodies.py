"""Errors in responses that look fine are told by what they are, by the code of the provider."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from pyagent.errors import (
    AuthenticationError,
    ContextOverflowError,
    EndpointError,
    ModelError,
    RateLimitError,
    ServerError,
)
from support.models.model_asking import ask, model_on, sse, stream_of


def minimax(code: int, message: str) -> dict[str, Any]:
    return {"base_resp": {"status_code": code, "status_msg": message}, "choices": None}


TOLD_IN_THE_BODY = [
    (minimax(1002, "rate limit"), RateLimitError, "rate_limited"),
    (minimax(1039, "token limit"), RateLimitError, "rate_limited"),
    (minimax(1004, "not authorized"), AuthenticationError, "wrong_key"),
    (minimax(2049, "invalid api key"), AuthenticationError, "wrong_key"),
    (minimax(1008, "insufficient balance"), RateLimitError, "quota"),
    (minimax(2013, "invalid params"), ModelError, "refused"),
    (minimax(2013, "context window exceeds limit"), ContextOverflowError, "context_overflow"),
    (minimax(1013, "GPU lost"), ServerError, "server_error"),
    (minimax(9999, "who knows"), ServerError, "server_error"),
    (
        {"error_code": 18, "error_msg": "Open api qps request limit reached"},
        RateLimitError,
        "rate_l",
    ),
    ({"error_code": 336501, "error_msg": "Rate limit reached for RPM"}, RateLimitError, "rate_l"),
    ({"error_code": 17, "error_msg": "daily request limit reached"}, RateLimitError, "quota"),
    ({"error_code": 110, "error_msg": "Access token invalid"}, AuthenticationError, "wrong_key"),
    ({"error_code": "336007", "error_msg": "too much"}, ContextOverflowError, "context_overflow"),
    ({"error_code": 336003, "error_msg": "the message is odd"}, ModelError, "refused"),
    ({"error": {"code": "1261", "message": "Prompt"}}, ContextOverflowError, "context_overflow"),
    ({"error": {"code": "1302", "message": "High concurrency"}}, RateLimitError, "rate_limited"),
    ({"code": "1302", "msg": "High concurrency"}, RateLimitError, "rate_limited"),
    ({"error": {"code": "1113", "message": "账户欠费"}}, RateLimitError, "quota"),
    ({"error": {"code": 1002, "message": "Invalid token"}}, AuthenticationError, "wrong_key"),
    ({"error": {"code": "1211", "message": "Model does not exist"}}, EndpointError, "no_model"),
    ({"code": 11202, "message": "AppIdQpsOverFlowError", "sid": "x"}, RateLimitError, "rate_limi"),
    ({"code": 10016, "message": "AppIdNoAuthError"}, AuthenticationError, "wrong_key"),
    ({"code": 11200, "message": "AppIdNoAuthError: 1"}, RateLimitError, "quota"),
    ({"code": 10907, "message": "TokenError"}, ContextOverflowError, "context_overflow"),
    ({"error": {"code": "10013", "message": "blocked"}}, ModelError, "refused"),
    ({"code": "Throttling.RateQuota", "message": "Too fast"}, RateLimitError, "rate_limited"),
    ({"code": "InvalidApiKey", "message": "No such key"}, AuthenticationError, "wrong_key"),
    ({"code": "Arrearage", "message": "Access denied"}, RateLimitError, "quota"),
    ({"error": {"code": "RateLimitExceeded.Endpoint", "message": "x"}}, RateLimitError, "rate_lim"),
    ({"error": {"code": "AccountOverdueError", "message": "x"}}, RateLimitError, "quota"),
    (
        {"Response": {"Error": {"Code": "RequestLimitExceeded", "Message": "x"}}},
        RateLimitError,
        "r",
    ),
    (
        {"Response": {"Error": {"Code": "AuthFailure.X", "Message": "x"}}},
        AuthenticationError,
        "wro",
    ),
]


@pytest.mark.parametrize(("problem", "kind", "name"), TOLD_IN_THE_BODY)
@pytest.mark.parametrize("streams", [True, False], ids=["stream", "JSON"])
def test_error_in_a_response_that_looks_fine_is_told_by_what_it_is(
    streams: bool, problem: dict[str, Any], kind: type[ModelError], name: str
) -> None:
    answer = stream_of(sse(problem)) if streams else httpx.Response(200, json=problem)
    with pytest.raises(ModelError) as caught:
        asyncio.run(ask(model_on(answer, max_retries=0)))
    assert type(caught.value) is kind
    assert caught.value.kind.startswith(name)
