"""Checks that a request is one that its provider accepts, by the provider's published schema.

Sources: OpenAI's openapi.yaml, Anthropic's and Google's API references, and validator.py of
mistral-common.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from itertools import pairwise
from typing import Any

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")


def check_openai(body: dict[str, Any]) -> None:
    """Chat completions: no empty turn, each call answered at once, users and assistants in turn."""
    waiting: list[str] = []
    for turn in body["messages"]:
        if turn["role"] == "tool":
            waiting.remove(turn["tool_call_id"])
            assert isinstance(turn["content"], str)  # or parts of text: no images
            continue
        if isinstance(turn.get("content"), list):
            assert turn["role"] == "user"
            for part in turn["content"]:
                assert part.keys() == {"type", part["type"]}
                if part["type"] == "text":
                    assert part["text"]
                else:
                    check_data_url(part["image_url"]["url"])
        assert not waiting, "a call has no result"
        calls = turn.get("tool_calls", [])
        assert calls or turn["content"], "a turn is empty"
        for call in calls:
            assert NAME.fullmatch(call["function"]["name"])
            assert 0 < len(call["id"]) <= 40
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
        waiting = [call["id"] for call in calls]
        assert len(set(waiting)) == len(waiting)
    assert not waiting
    roles = [turn["role"] for turn in body["messages"] if turn["role"] != "system"]
    assert roles[0] == "user"
    assert all(a == "tool" or a != b for a, b in pairwise(roles))
    for tool in body.get("tools", ()):
        assert NAME.fullmatch(tool["function"]["name"])


def check_mistral(body: dict[str, Any]) -> None:
    """Mistral: besides, ids of nine letters, and no user right after a result."""
    check_openai(body)
    for turn in body["messages"]:
        for call in turn.get("tool_calls", ()):
            assert re.fullmatch(r"[a-zA-Z0-9]{9}", call["id"])
    roles = [turn["role"] for turn in body["messages"]]
    assert ("tool", "user") not in pairwise(roles)


def check_responses(body: dict[str, Any]) -> None:
    """Responses: each call has one output, and no message is empty."""
    open_calls: list[str] = []
    for item in body["input"]:
        if item.get("type") == "function_call":
            assert NAME.fullmatch(item["name"])
            assert 0 < len(item["call_id"]) <= 64
            assert isinstance(json.loads(item["arguments"]), dict)
            assert item["call_id"] not in open_calls
            open_calls.append(item["call_id"])
        elif item.get("type") == "function_call_output":
            open_calls.remove(item["call_id"])
            check_responses_content(item["output"])
        elif item.get("type") != "reasoning":
            assert item["content"]
            if item["role"] != "assistant":
                check_responses_content(item["content"])
    assert not open_calls


def check_responses_content(content: str | list[dict[str, Any]]) -> None:
    """Text, or a list of input_text and input_image; the list must not be empty."""
    if isinstance(content, str):
        return
    assert content
    for part in content:
        if part["type"] == "input_text":
            assert part.keys() == {"type", "text"}
        else:
            assert part["type"] == "input_image"
            assert part["detail"] in ("low", "high", "auto")
            check_data_url(part["image_url"])


def check_data_url(url: str) -> None:
    head, _, data = url.partition(";base64,")
    assert head.removeprefix("data:") in IMAGE_TYPES
    assert b64decode(data, validate=True)


def check_anthropic(body: dict[str, Any]) -> None:
    """Messages: roles in turn, no blank text, results first in the turn after their calls."""
    turns = body["messages"]
    assert turns[0]["role"] == "user"
    assert all(a["role"] != b["role"] for a, b in pairwise(turns))
    ids: list[str] = []
    waiting: list[str] = []
    for turn in turns:
        assert turn["content"]
        results = [b["tool_use_id"] for b in turn["content"] if b["type"] == "tool_result"]
        assert sorted(results) == sorted(waiting)
        assert all(b["type"] == "tool_result" for b in turn["content"][: len(results)])
        waiting = []
        for block in turn["content"]:
            check_anthropic_block(block)
            if block["type"] == "tool_use":
                assert re.fullmatch(r"[a-zA-Z0-9_-]+", block["id"])
                assert NAME.fullmatch(block["name"])
                assert isinstance(block["input"], dict)
                waiting.append(block["id"])
        ids += waiting
    assert not waiting
    assert len(set(ids)) == len(ids)


def check_anthropic_block(block: dict[str, Any]) -> None:
    """A text is not blank; an image is base64; a result is text, or a list of such blocks."""
    if block["type"] == "text":
        assert block["text"].strip()
    if block["type"] == "image":
        source = block["source"]
        assert source.keys() == {"type", "media_type", "data"}
        assert source["type"] == "base64"
        assert source["media_type"] in IMAGE_TYPES
        assert b64decode(source["data"], validate=True)
    if block["type"] == "tool_result" and isinstance(block["content"], list):
        assert block["content"]
        for inner in block["content"]:
            assert inner["type"] in ("text", "image")
            check_anthropic_block(inner)


def check_gemini(body: dict[str, Any]) -> None:
    """Contents: roles in turn, no empty part, as many responses as calls and of the same names."""
    contents = body["contents"]
    assert contents[0]["role"] == "user"
    assert all(a["role"] != b["role"] for a, b in pairwise(contents))
    called: list[str] = []
    for content in contents:
        parts = content["parts"]
        assert parts
        answered = [p["functionResponse"]["name"] for p in parts if "functionResponse" in p]
        assert answered == called
        called = [p["functionCall"]["name"] for p in parts if "functionCall" in p]
        for part in parts:
            assert part.get("text", "x") or "thoughtSignature" in part
            for inner in part.get("functionResponse", {}).get("parts", ()):
                assert inner.keys() == {"inlineData"}
                assert inner["inlineData"]["mimeType"] != "image/gif"
                check_blob(inner["inlineData"])
            if "inlineData" in part:
                check_blob(part["inlineData"])
        for name in called:
            assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}", name)
    assert not called


def check_blob(blob: dict[str, Any]) -> None:
    assert blob.keys() == {"mimeType", "data"}
    assert blob["mimeType"] in IMAGE_TYPES
    assert b64decode(blob["data"], validate=True)


CHECKS = {
    "openai": check_openai,
    "responses": check_responses,
    "anthropic": check_anthropic,
    "gemini": check_gemini,
}
