"""Removes from a reply what is not part of it: colours, a template's tokens, thoughts.

``code``, ``tool_calls`` and the agents' actors call it. Every pattern is linear in the text.

Servers that do not know a model's template leave its tokens in the text. Tokens with a meaning
become tags, to be read like the tags of other models; all other tokens are dropped.
"""

from __future__ import annotations

import re

from pyagent.parsing.literals import THINKING_TAGS, hide, reveal

_ANSI = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\)|[@-Z\\-_])")
_INVISIBLE = re.compile("[\x00\u200b\u2060\ufeff]")
_NEWLINE = re.compile(r"\r\n?")

_TURN_START = re.compile(
    r"\A(?:<s>|<\|begin_of_text\|>|\s)*+"
    r"(?:(?:<\|im_start\|>|<start_of_turn>)(?:assistant|model)|<\|assistant\|>"
    r"|<\|start_header_id\|>assistant<\|end_header_id\|>|<\uff5cAssistant\uff5c>)"
)
_TURN_END = re.compile(
    r"(?:<\|(?:im_end|eot_id|eom_id|end|return|call|endoftext|end_of_text)\|>|</s>|<eos>"
    r"|<end_of_turn>|<\uff5cend▁of▁sentence\uff5c>)\s*+"
    r"(?:\Z|(?:<\|(?:im_start|start_header_id|user)\|>|<start_of_turn>|<\uff5cUser\uff5c>).*)",
    re.S,
)
"""The end of a turn, and the turns of others that a model made up because nothing stopped it."""

_CHANNEL_START = re.compile(r"<\|start\|>assistant(?=<\|channel\|>)")
_ANALYSIS = re.compile(
    r"<\|channel\|>analysis<\|message\|>(?P<think>.*?)"
    r"(?P<end><\|end\|>|(?=<\|start\|>|<\|channel\|>)|\Z)",
    re.S,
)
_PREAMBLE = re.compile(r"<\|channel\|>commentary<\|message\|>(.*?)(?:<\|end\|>|\Z)", re.S)
_FINAL_CHANNEL = "<|channel|>final<|message|>"
_UNMARKED_CHANNELS = re.compile(r"\Aanalysis(?=[A-Z]).*assistantfinal", re.S)
"""Channels of gpt-oss from a server that has dropped their tokens."""
_INTERPRETED = re.compile(
    r"(?:<\|python_tag\|>(?!\s*+[{\[])|<\|action_start\|>\s*+<\|interpreter\|>"
    r"|<\|channel\|>\w{1,20} to=python\b[^<>\n]{0,30}<\|message\|>"
    r"|<\|start\|>assistant to=python<\|channel\|>[^<>\n]{0,30}<\|message\|>)"
    r"(?P<python>.*?)(?P<end><\|(?:eom_id|eot_id|call|end|action_end)\|>|\Z)",
    re.S,
)
"""Code for an interpreter: Llama, InternLM, gpt-oss."""

_EMPTY_CALL = re.compile(
    r"(\bto=[\w.-]{1,99}[^<>\n]{0,30}(?:<\|\w{1,20}\|>\w{0,20} ?){0,2}<\|message\|>)\s*+"
    r"(?=<\|call\|>)"
)
"""A call of gpt-oss without arguments."""
_MINIMAX = "]<]minimax[>["
"""MiniMax M3 writes this token before every tag."""
_XTML = re.compile(
    r"<\|(?P<kind>open|close)\|>\s{0,3}(?P<name>\w{1,20}+)"
    r"(?P<attributes>(?:\s\w{1,20}+=\"[^\"\n]{0,200}+\")*+)\s{0,3}<\|sep\|>"
)
"""A tag of Kimi K3."""
_COHERE = re.compile(r"<\|(?P<kind>START|END)_(?P<name>THINKING|RESPONSE|TEXT)\|>")
_TOKENS_FOR_TAGS = (_MINIMAX, "<|sep|>", "<|START_", "<|END_")
_DROPPED = ("response", "message", "tools", "text")
"""Parts of a reply of Kimi K3 or Command A that are read like any text."""

_THINKING = re.compile(rf"<{THINKING_TAGS}>|\[THINK\]|◁think▷", re.I)
# A tag followed by a quote belongs to code that handles such tags.
_THINKING_END = re.compile(rf"(?:</{THINKING_TAGS}>|\[/THINK\]|◁/think▷)(?!['\"\\)]|`(?!``))", re.I)


def spoken_text(text: str) -> str:
    """``text`` without terminal colours, a template's tokens, and everything in thinking tags.

    What code and arguments quote stays as it is.
    """
    text = _after_thoughts(text)
    return "" if _THINKING.match(text) else reveal(text)


def unclosed_thought(text: str) -> str:
    """The text in a thinking tag that has no end; some models go on to act inside it."""
    text = _after_thoughts(text)
    opening = _THINKING.match(text)
    return reveal(text[opening.end() :].strip()) if opening else ""


def opens_thought(text: str) -> bool:
    """Whether a spoken text has a thinking tag without an end, which may still come."""
    return _THINKING.search(text) is not None and _THINKING.search(hide(text)) is not None


def _after_thoughts(text: str) -> str:
    """The text after the last thought that has an end, without colours and tokens.

    What is quoted in it is still hidden.
    """
    text = hide(_NEWLINE.sub("\n", text))
    if any(token in text for token in _TOKENS_FOR_TAGS):
        text = hide(_with_tags(text))  # what these tags quote can be told only now
    text = _INVISIBLE.sub("", _ANSI.sub("", text))
    if "<" in text:
        text = _without_tokens(text)
    text = _UNMARKED_CHANNELS.sub("", text, count=1)
    # Some chat templates open the tag themselves, so the reply holds only its end.
    endings = list(_THINKING_END.finditer(text))
    return (text[endings[-1].end() :] if endings else text).strip()


def _with_tags(text: str) -> str:
    """Put the tokens that some families write for tags into tags."""
    return _COHERE.sub(_as_tag, _XTML.sub(_as_tag, text)).replace(_MINIMAX, "")


def _as_tag(match: re.Match[str]) -> str:
    parts = match.groupdict()
    name = parts["name"].lower()
    if name in _DROPPED:
        return "\n"
    slash = "/" if parts["kind"] in ("close", "END") else ""
    return f"<{slash}{name}{parts.get('attributes') or ''}>"


def _without_tokens(text: str) -> str:
    """Remove a template's tokens; put thoughts and code for an interpreter into tags."""
    text = _CHANNEL_START.sub("", _TURN_START.sub("", text, count=1))
    text = _EMPTY_CALL.sub(r"\1{}", text)
    text = _INTERPRETED.sub(_tagged, _ANALYSIS.sub(_tagged, text))
    text = _PREAMBLE.sub(r"\1\n", text.rpartition(_FINAL_CHANNEL)[2])
    return _TURN_END.sub("", text, count=1)


def _tagged(match: re.Match[str]) -> str:
    """Put a part in the tag that the pattern's first group names, closed only if the part was."""
    tag = next(iter(match.groupdict()))
    has_end = match["end"] or match.end() < len(match.string)
    return f"<{tag}>{match[tag]}" + (f"</{tag}>\n" if has_end else "")
