"""A reply without what is no part of it: colours, chat markers, thoughts. For ``parsing`` and
``reading``; every pattern is linear in the text.
"""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\)|[@-Z\\-_])")
_MARKERS = re.compile(
    r"^\s*+<\|python_tag\|>"
    r"|(?:<\|(?:im_end|eot_id|eom_id|end|return|call|endoftext|end_of_text)\|>|</s>)\s*+\Z"
)
_FINAL_CHANNEL = "<|channel|>final<|message|>"
_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
_THINKING = re.compile(rf"\s*+(?:<(?:{_TAGS})>|\[THINK\]|◁think▷)", re.I)
# One that is followed by a quote stands in code that handles such tags.
_THINKING_END = re.compile(rf"(?:</(?:{_TAGS})>|\[/THINK\]|◁/think▷)(?!['\"`\\)])", re.I)


def clean(text: str) -> str:
    """``text`` without terminal colours, a template's markers, and what stands in thinking tags."""
    text = _spoken(text)
    return "" if _THINKING.match(text) else text


def unclosed_thought(text: str) -> str:
    """What stands in a thinking tag that has no end; some models go on to act in it."""
    text = _spoken(text)
    opening = _THINKING.match(text)
    return text[opening.end() :].strip() if opening else ""


def _spoken(text: str) -> str:
    """What follows the last thought that has an end."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\x00", "")
    text = _MARKERS.sub("", text).rpartition(_FINAL_CHANNEL)[2]
    # Some chat templates open the tag themselves, so that only its end is in the reply.
    endings = list(_THINKING_END.finditer(text))
    return (text[endings[-1].end() :] if endings else text).strip()
