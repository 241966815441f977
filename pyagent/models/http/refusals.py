"""Finds in a server's error what it refuses in a request. ``HttpModel`` uses this."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.models.capabilities import Capability
from pyagent.wire import parse_json

_NO = re.compile(
    r"(?:\bnot\b|n't\b).{0,20}(?:support|enable|allow|permit|available|accept|implement)"
    r"|unsupported|only support|no endpoints? found|\brequires\b|unrecognized|\bunknown\b"
    r"|unavailable|invalid schema|additionalProperties|not a multimodal|at most 0|must be a string",
    re.I,
)
_ONE_TOOL = re.compile(
    r"invalid_function_parameters|schema for function|\btools(?:\.\d|\[\d)", re.I
)
"""Words about a tool that is declared wrongly, not about a model without tools."""
_NO_THINKING = re.compile(
    r"thinking.{0,60}\b(?:not|only|no longer|invalid|unknown)\b|expected .thinking", re.I | re.S
)
"""Anthropic says ``expected thinking`` of a turn with tools that another model wrote."""
_ALSO_CALLED = {
    "thinking": _NO_THINKING,
    "adaptive": _NO_THINKING,
    "thinkingConfig": _NO_THINKING,
    "systemInstruction": re.compile(r"(developer|system)[ _]?instruction", re.I),
}
"""Parameters that errors call by other words."""
_WORDS_FOR: dict[Capability, re.Pattern[str]] = {
    "tools": re.compile(r"\btools?\b|\btool_(?:use|choice|call)|function[ _-]?call", re.I),
    "schema": re.compile(
        r"response[ _]?(?:format|json_?schema|mime)|json[ _]?(?:schema|mode)|structured[ _-]output"
        r"|output[_ ](?:config|format)|text\.format",
        re.I,
    ),
    "images": re.compile(
        r"(?<!unsupported )image|multimodal|\bvision\b|content\b.{0,20}must be a string",
        re.I,
    ),
}
_MOST = r"\b(?:at most|up to|maximum|max|limit|only)\b"
_COUNT = r"(\d{1,3})\b(?!\.\d|\s*(?:[kmg]i?b\b|bytes|px|pixel|megapixel|token|%|x\s?\d))"
_MOST_IMAGES = (
    re.compile(rf"{_MOST}(?: of| is|:)? {_COUNT} images?\b", re.I),
    re.compile(rf"\bimages?\b[^.]{{0,60}}?{_MOST}\D{{0,20}}{_COUNT}", re.I),
    re.compile(rf"{_MOST}[^.\d]{{0,60}}?\bimages?\b\D{{0,20}}{_COUNT}", re.I),
)
"""How servers say how many images they take. Sizes of an image are not meant."""


class Refusal:
    """What a server says about a request that it refuses."""

    def __init__(self, status: int, body: str) -> None:
        self._status = status
        self._complaint = _complaint(body)

    def parameters(self, names: Iterable[str]) -> set[str]:
        """The parameters in ``names`` that the server complains about."""
        if self._status not in (400, 422):
            return set()
        return {name for name in names if _names(self._complaint, name)}

    def max_images(self, sent: int) -> int:
        """The most images that a request may have, if the server says so and ``sent`` are more.

        vLLM: "At most 1 image(s) may be provided in one request", also as ``1 image(s)`` elsewhere.
        """
        if self._status not in (400, 413, 422):
            return 0
        for words in _MOST_IMAGES:
            if (found := words.search(self._complaint)) and 0 < (most := int(found[1])) < sent:
                return most
        return 0

    def capabilities(self, used: Iterable[Capability]) -> set[Capability]:
        """The capabilities in ``used`` that the model lacks, as the server says.

        OpenRouter says so with status 404 if no provider has them, some local servers with 500.
        """
        if self._status not in (400, 404, 422, 500, 501) or _ONE_TOOL.search(self._complaint):
            return set()
        lacking = {name for name in used if _lacks(self._complaint, _WORDS_FOR[name])}
        if lacking >= {"tools", "schema"}:  # Gemini 2 takes one or the other, and tools matter more
            lacking.remove("tools")
        return lacking


def _lacks(complaint: str, words: re.Pattern[str]) -> bool:
    """Whether one sentence both names the capability and says no."""
    return any(
        words.search(sentence) and _NO.search(sentence)
        for sentence in re.split(r"[.!?;]\s|\n", complaint)
    )


def _complaint(body: str) -> str:
    """The strings in an error, each in quotes, without the request that some servers repeat."""
    try:
        return " ".join(_strings(parse_json(body)))
    except ProtocolError:
        return body


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield f'"{data}"'
    elif isinstance(data, list):
        for item in data:
            yield from _strings(item)
    elif isinstance(data, dict):
        yield from _strings([value for key, value in data.items() if key != "input"])


def _names(complaint: str, parameter: str) -> bool:
    """Whether an error names a parameter. Short names are also words, so they must be marked."""
    if parameter in _ALSO_CALLED:
        return bool(_ALSO_CALLED[parameter].search(complaint))
    if "_" in parameter:
        return bool(re.search(rf"\b{parameter}\b", complaint))
    if parameter != parameter.lower():  # Google writes such names either way
        snake = re.sub("(?=[A-Z])", "_?", parameter)
        return bool(re.search(rf"\b{snake}\b", complaint, re.I))
    marked = rf"['\"`]{parameter}(\.\w+)*['\"`]|parameters?:? {parameter}\b"
    return bool(re.search(rf"{marked}|\b{parameter}\b (is|does|are) ", complaint))
