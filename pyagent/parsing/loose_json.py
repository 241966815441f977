"""Reads JSON as models write it: with Python's quotes, trailing commas, comments and bare keys.

``tool_calls``, ``dialects`` and ``found_call`` use it. The text is hostile: nothing is evaluated,
every pattern is linear, and the wire's parser checks size and depth.
"""

from __future__ import annotations

import re

from pyagent.errors import ProtocolError
from pyagent.protocol import Json
from pyagent.wire import parse_json

_TOKEN = re.compile(
    r'"""(?P<block>.*?)"""'
    r"|'''(?P<other_block>.*?)'''"
    r'|"(?P<double>[^"\\]*+(?:\\.?[^"\\]*+)*+)"?'
    r"|'(?P<single>[^'\\]*+(?:\\.?[^'\\]*+)*+)'?"
    r"|[“”](?P<curly>[^“”\\]*+(?:\\.?[^“”\\]*+)*+)[“”]?"
    r"|\b(?P<key>[A-Za-z_]\w*+)\s*+(?::|=(?!=))"
    r"|\b(?P<word>True|False|None)\b"
    r"|[\u00a0\u202f\u3000]|,(?=\s*+[}\]])|(?://|\#)[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?",
    re.S,
)
_WORDS = {"True": "true", "False": "false", "None": "null"}
_TO_ESCAPE = re.compile(r'\\(.)|(["\x00-\x1f])', re.S)


def parse_loose_json(text: str) -> Json:
    """The value of JSON, or of text that was meant to be JSON. Raises ``ProtocolError``.

    ``name=value`` counts as a member too, so that braces around Python's arguments make an object.
    """
    try:
        return parse_json(text)
    except ProtocolError:
        return parse_json(_TOKEN.sub(_as_strict, text))


def _as_strict(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind is None:
        return ""
    if kind == "word":
        return _WORDS[match["word"]]
    if kind == "key":
        return f'"{match["key"]}":'
    return '"' + _TO_ESCAPE.sub(_escaped, match[kind]) + '"'


def _escaped(match: re.Match[str]) -> str:
    escaped, character = match.groups()
    if escaped is None:
        return f"\\u{ord(character):04x}"
    if escaped in '"\\/bfnrtu':
        return match.group()
    return "'" if escaped == "'" else f"\\\\{escaped}" if escaped >= " " else ""
