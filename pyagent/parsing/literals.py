"""Keeps what code and arguments quote from being read as part of the reply. ``markers`` calls it.

Code may handle thinking tags, a template's tokens, terminal colours and invisible characters in its
strings and comments, and a call may pass them as arguments. ``hide`` puts noncharacters in their
place, so that the patterns that clean a reply do not see them, and ``reveal`` puts them back. All
work is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyagent.parsing.blocks import CODE_LANGUAGES, Block, fenced_blocks, tagged_blocks

_MARKS = "<[\u25c1\x1b"
_INVISIBLE = "\x00\u200b\u2060\ufeff"
_HIDDEN = {ord(char): 0xFDD0 + i for i, char in enumerate(_MARKS + _INVISIBLE)}
_HIDDEN_MARKS = {ord(char): _HIDDEN[ord(char)] for char in _MARKS}
_HIDDEN_INVISIBLE = {ord(char): _HIDDEN[ord(char)] for char in _INVISIBLE}
_REVEALED = {hidden: char for char, hidden in _HIDDEN.items()}

THINKING_TAGS = r"(?:\w{1,20}:)?(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad)"
_OPENING = re.compile(rf"<{THINKING_TAGS}>|\[THINK\]|\u25c1think\u25b7", re.I)
_ENDING = re.compile(rf"</{THINKING_TAGS}>|\[/THINK\]|\u25c1/think\u25b7", re.I)
_WORTH_HIDING = re.compile(
    rf"[{_INVISIBLE}\x1b\u25c1]|</?{THINKING_TAGS}>|\[/?THINK\]|<[|/\uff5c\]]|<(?:s|eos|end_of_turn)>",
    re.I,
)
_IN_CODE = re.compile(
    r'(?P<string>"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\\n]|\\.)*+"|(?:(?<!\w)|(?<=\b[rbfuRBFU])|(?<=\b[rbfRBF][rbfRBF]))'
    r"'(?:[^'\\\n]|\\.)*+')|(?P<comment>\#[^\n]*+)",
    re.S,
)
_VALUE = re.compile(
    r"(?:[:,\[{(=+%]|\b(?:in|return|if|and|or|not)[ ])\s*+[rbfuRBFU]{0,2}"
    r'(?P<string>"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\\\n]|\\.)*+\')'
    r"(?=\s*(?:[,\]})+.:;%\#]|\Z|\n|[=!]=|(?:in|and|or|if|for|not|else|is)\b))",
    re.S,
)
"""A string in the place of a value, in Python or JSON. Prose has few quotes in such places."""
_PARAMETER = re.compile(
    r"<(?P<tag>[^\s<>/]{0,20}?(?:parameter|param|arg_value|argument))(?P<rest>[=\s][^<>\n]{0,99})?>"
    r"(?P<string>(?:[^<]|<(?!/?[^\s<>/]{0,20}?(?:parameter|param|arg_value|argument)\b))*+)</",
    re.S,
)


def hide(text: str) -> str:
    """``text`` with what is quoted in it hidden from patterns; as long as ``text``."""
    if not _WORTH_HIDING.search(text):
        return text
    text = _PARAMETER.sub(_hidden_balanced, _VALUE.sub(_hidden_string, text))
    text = _hidden_in_blocks(text, fenced_blocks(text))
    return _hidden_in_blocks(text, tagged_blocks(text))


def reveal(text: str) -> str:
    """``text`` as it was before ``hide``."""
    return text.translate(_REVEALED)


def _hidden_in_blocks(text: str, blocks: Iterable[Block]) -> str:
    parts, position = [], 0
    for block in blocks:
        parts += [text[position : block.start], _hidden_in(block, text[block.start : block.end])]
        position = block.end
    return "".join([*parts, text[position:]])


def _hidden_in(block: Block, inside: str) -> str:
    if block.language and block.language not in CODE_LANGUAGES:
        # A fence that is not closed may seem to be closed by a later one, after a thought's end.
        whole = block.closed and "```" not in block.code
        return _balanced(inside) if whole else inside
    # In a block that was cut off, a string may be prose that the model wrote after the code.
    return _IN_CODE.sub(_hidden_part if block.closed else _hidden_invisible, inside)


def _hidden_string(match: re.Match[str]) -> str:
    begin, end = match.span("string")
    whole, start = match.group(), match.start()
    return whole[: begin - start] + match["string"].translate(_HIDDEN) + whole[end - start :]


def _hidden_balanced(match: re.Match[str]) -> str:
    begin, end = match.span("string")
    whole, start = match.group(), match.start()
    return whole[: begin - start] + _balanced(match["string"]) + whole[end - start :]


def _balanced(text: str) -> str:
    """Hide the marks in ``text``, unless a thought begins before it or ends after it."""
    whole = len(_OPENING.findall(text)) == len(_ENDING.findall(text))
    return text.translate(_HIDDEN) if whole else text


def _hidden_part(match: re.Match[str]) -> str:
    return match.group().translate(_HIDDEN if match["string"] else _HIDDEN_MARKS)


def _hidden_invisible(match: re.Match[str]) -> str:
    return match.group().translate(_HIDDEN_INVISIBLE) if match["string"] else match.group()
