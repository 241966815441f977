"""The package litellm as a model: it answers the requests of an ``OpenAIModel`` in this process.

``LiteLLMModel`` uses it for providers that are not in our table. Requests, retries, streams and
tool calls work as for every other model; only the transport differs.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx

from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http.options import options_of
from pyagent.models.price import Price

BASE_URL = "https://litellm/v1"
"""Stands for the package in error messages; nothing is sent there."""


def litellm_model(model_id: str, options: dict[str, Any]) -> OpenAIModel:
    """A model that litellm serves.

    Its key and address come from the environment variables that litellm reads, unless given.
    """
    # Otherwise its table of prices is fetched from the network when it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm  # takes seconds, and most people never need it

    litellm.suppress_debug_info = True  # it prints advertisements
    given = {"api_key": options.pop("api_key", None), "api_base": options.pop("base_url", None)}
    given = {name: value for name, value in given.items() if value}
    known = litellm.model_cost.get(model_id) or litellm.model_cost.get(model_id.partition("/")[2])
    defaults = {
        "transport": LitellmTransport(given),
        "price": _price(known or {}),
        "context_tokens": (known or {}).get("max_input_tokens"),
    }
    fixed = {"base_url": BASE_URL, "api_key": given.get("api_key", "")}
    return OpenAIModel(model_id, **options_of(OpenAIModel, {**defaults, **options, **fixed}))


class LitellmTransport(httpx.AsyncBaseTransport):
    """Answers requests for chat completions by calling litellm; each call gets ``given`` too."""

    def __init__(self, given: dict[str, str]) -> None:
        self._given = given

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        import litellm
        import openai  # litellm raises this package's errors

        body = json.loads(await request.aread()) | self._given
        try:
            reply = await litellm.acompletion(**body, drop_params=True)
        except openai.OpenAIError as error:
            return httpx.Response(getattr(error, "status_code", 500), json=_told(error))
        if not body.get("stream"):
            return httpx.Response(200, json=reply.model_dump(mode="json", exclude_none=True))
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, stream=_Events(reply))


class _Events(httpx.AsyncByteStream):
    """litellm's chunks, turned back into server-sent events."""

    def __init__(self, reply: Any) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import openai

        try:
            async for chunk in self._reply:
                yield f"data: {chunk.model_dump_json(exclude_none=True)}\n\n".encode()
            yield b"data: [DONE]\n\n"
        except openai.OpenAIError as error:
            yield f"data: {json.dumps(_told(error))}\n\n".encode()

    async def aclose(self) -> None:
        await self._reply.aclose()


def _told(error: Any) -> dict[str, Any]:
    words, _, _ = str(error).partition("\nTraceback")
    return {"error": {"message": words, "code": getattr(error, "status_code", 500)}}


def _price(known: dict[str, Any]) -> Price | None:
    def cost(name: str) -> float | None:
        dollars = known.get(name)
        return None if dollars is None else round(dollars * 1e6, 6)

    read, written = cost("input_cost_per_token"), cost("output_cost_per_token")
    if read is None or written is None:
        return None
    return Price(
        input=read,
        output=written,
        cached_input=cost("cache_read_input_token_cost"),
        cache_write=cost("cache_creation_input_token_cost") or None,
    )
