"""Reads our recorded streams with the providers' own clients.

``test_sdks`` runs this with the Python of the peers, and compares.

Standard input holds the address of a server that replays the streams, and the request bodies
that our models write. The answer is one JSON object: for each format, what its client read from
the stream, and what is left of our request after the client's types have read it.
Usage: ``python sdk_reader.py < input.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from google import genai
from google.genai import types
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

ASK: Any = {"model": "m-1", "messages": [{"role": "user", "content": "?"}]}


def read_openai(base_url: str) -> dict[str, Any]:
    client = openai.OpenAI(base_url=base_url, api_key="k", max_retries=0)
    with client.chat.completions.stream(**ASK) as stream:
        thought = "".join(
            event.chunk.choices[0].delta.model_extra.get("reasoning_content", "")
            for event in stream
            if event.type == "chunk" and event.chunk.choices
        )
        reply = stream.get_final_completion()
    message, usage = reply.choices[0].message, reply.usage
    calls = [call.function for call in message.tool_calls]
    return {
        "thought": thought,
        "text": message.content,
        "calls": [[call.name, json.loads(call.arguments)] for call in calls],
        "usage": [
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.prompt_tokens_details.cached_tokens,
        ],
    }


def read_responses(base_url: str) -> dict[str, Any]:
    client = openai.OpenAI(base_url=base_url, api_key="k", max_retries=0)
    with client.responses.stream(model="m-1", input="?") as stream:
        # The client assembles the reply from the deltas before it gets the complete one.
        said = {"response.output_text.delta": "", "response.reasoning_summary_text.delta": ""}
        for event in stream:
            if event.type in said:
                said[event.type] += event.delta
        reply = stream.get_final_response()
    thought = said["response.reasoning_summary_text.delta"]
    assert [part.text for part in reply.output[0].summary] == [thought]
    assert reply.output_text == said["response.output_text.delta"]
    calls = [item for item in reply.output if item.type == "function_call"]
    details = reply.usage.input_tokens_details
    return {
        "thought": thought,
        "text": reply.output_text,
        "calls": [[call.name, json.loads(call.arguments)] for call in calls],
        "usage": [reply.usage.input_tokens, reply.usage.output_tokens, details.cached_tokens],
    }


def read_anthropic(base_url: str) -> dict[str, Any]:
    # This client adds /v1 itself.
    client = anthropic.Anthropic(base_url=base_url.removesuffix("/v1"), api_key="k", max_retries=0)
    with client.messages.stream(max_tokens=9, **ASK) as stream:
        blocks = stream.get_final_message().content
        usage = stream.get_final_message().usage
    cached, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    return {
        "thought": "".join(block.thinking for block in blocks if block.type == "thinking"),
        "text": "".join(block.text for block in blocks if block.type == "text"),
        "calls": [[block.name, block.input] for block in blocks if block.type == "tool_use"],
        "usage": [usage.input_tokens + cached + written, usage.output_tokens, cached],
    }


def read_gemini(base_url: str) -> dict[str, Any]:
    options = types.HttpOptions(base_url=base_url.removesuffix("/v1"))
    client = genai.Client(api_key="k", http_options=options, enterprise=False)
    chunks = list(client.models.generate_content_stream(model="m-1", contents="?"))
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    usage = chunks[-1].usage_metadata
    calls = [part.function_call for part in parts if part.function_call]
    return {
        "thought": "".join(part.text or "" for part in parts if part.thought),
        "text": "".join(part.text or "" for part in parts if not part.thought),
        "calls": [[call.name, call.args] for call in calls],
        "usage": [
            usage.prompt_token_count,
            usage.candidates_token_count + usage.thoughts_token_count,
            usage.cached_content_token_count,
        ],
    }


def known_of(declared: Any, body: Any) -> Any:
    """``body`` without the fields that the client's types do not know."""
    adapter = TypeAdapter(declared)  # lists are read lazily, so keep a reference
    return _plain(adapter.validate_python(body))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    is_many = isinstance(value, list | tuple | Iterator)
    return [_plain(item) for item in value] if is_many else value


def known_of_gemini(body: dict[str, Any]) -> dict[str, Any]:
    """``body`` through Google's models, which reject fields that they do not know."""
    readers: dict[str, Any] = {
        "contents": lambda v: [_dump(types.Content.model_validate(content)) for content in v],
        "systemInstruction": lambda v: _dump(types.Content.model_validate(v)),
        "tools": lambda v: [_dump(types.Tool.model_validate(tool)) for tool in v],
        "generationConfig": lambda v: _dump(types.GenerationConfig.model_validate(v)),
    }
    return {key: readers[key](value) for key, value in body.items()}


def _dump(model: Any) -> Any:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def main() -> None:
    given = json.load(sys.stdin)
    base_url, bodies = given["base_url"], given["bodies"]
    answer = {
        "read": {
            "openai": read_openai(base_url),
            "responses": read_responses(base_url),
            "anthropic": read_anthropic(base_url),
            "gemini": read_gemini(base_url),
        },
        "known": {
            "openai": known_of(CompletionCreateParamsStreaming, bodies["openai"]),
            "responses": known_of(ResponseCreateParamsStreaming, bodies["responses"]),
            "anthropic": known_of(MessageCreateParamsStreaming, bodies["anthropic"]),
            "gemini": known_of_gemini(bodies["gemini"]),
        },
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
