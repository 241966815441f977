"""Turns values into text and shortens long texts. Tools, memory, agents and the terminal use it."""

from __future__ import annotations

import json

from pyagent.pictures import in_words
from pyagent.protocol import Json

_ENCODER = json.JSONEncoder(ensure_ascii=False)
"""Made once: ``json.dumps`` would make one for each value, and each tool call has several."""


def as_text(value: Json) -> str:
    """A value for a model or a person to read: text as it is, everything else as JSON.

    A few words stand for images.
    """
    if isinstance(value, str):
        return value
    text = _ENCODER.encode(value)
    if '"image/' in text and (told := in_words(value)) is not value:
        return as_text(told)
    return text


def counted(number: int, noun: str) -> str:
    """``1 step``, ``2 steps``, ``1,000 steps``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def lasting(seconds: float) -> str:
    """A time in words: ``40 s``, ``12 min``, ``3 h 5 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if minutes < 100 else f"{hours} h {rest} min"


def cut_middle(text: str, limit: int) -> str:
    """Replace the middle of a text longer than ``limit`` by a note of how much was cut.

    The head gets two thirds: the start of a listing says more than its end, but errors and totals
    come at the end.
    """
    if len(text) <= limit + 60:
        return text
    head, tail = text[: limit * 2 // 3], text[-(limit // 3) :]
    return f"{head}\n[... {len(text) - len(head) - len(tail):,} characters cut ...]\n{tail}"
