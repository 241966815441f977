"""Finds the tool that a model means when it writes the name in a way of its own.

``models/http/tool_calls`` uses it for native calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"<[|\uff5c/].*", re.S)
"""A template's token that a server left behind a name, and whatever follows it."""
_NAMESPACE = re.compile(
    r"(?:(?:to=|function=)?(?:functions?|tools?|default_api|commentary|assistant)[.:/ ]\s*+)++",
    re.I,
)
_COUNTER = re.compile(r":\d{1,6}\Z")
"""The number of a call, as in Kimi's ``functions.weather:0``."""
_WHOLE_TOKEN = re.compile(r"<[|\uff5c][^<>]*+>")
_WORD = re.compile(r"[^\W\d][\w.-]*+")
_ADDED = {
    *("analysis", "api", "assistant", "call", "channel", "commentary", "constrain", "default_api"),
    *(
        "end",
        "final",
        "function",
        "function_call",
        "functions",
        "invoke",
        "json",
        "message",
        "name",
    ),
    *("recipient", "start", "to", "tool", "tool_call", "tool_calls", "tool_name", "tool_sep"),
    *("tool_use", "tools"),
}
"""Words of templates and namespaces that models and servers leave around a name."""
_MAX_LENGTH = 1000
"""A longer text is not searched for a name."""


def meant_name(written: str, names: Iterable[str]) -> str:
    """The name among ``names`` that ``written`` stands for, or else ``written`` without tokens.

    gpt-oss writes ``functions.weather`` and ``weather<|channel|>commentary``, Kimi
    ``functions.weather:0``, Gemini ``default_api.weather``; others change case or hyphens, or leave
    a template's words and marks around the name.
    """
    known = set(names)
    if written in known:
        return written
    plain = _TOKEN.sub("", written).strip(" \t\r\n\"'`()")
    bare = _without_namespace(plain)
    bare = bare if bare in known else _COUNTER.sub("", bare)
    if found := _known_as(bare, known):
        return found
    if len(written) <= _MAX_LENGTH and (found := _known_as(_only_word(written), known)):
        return found
    return bare or plain or written


def _known_as(name: str, known: set[str]) -> str:
    """The known name that is ``name`` in some spelling, or an empty text."""
    if name in known:
        return name
    alike = [one for one in known if _folded(one) == _folded(name)]
    return alike[0] if len(alike) == 1 else ""


def _only_word(written: str) -> str:
    """The one word in ``written`` that templates do not add, or an empty text."""
    words = (word.rstrip(".-") for word in _WORD.findall(_WHOLE_TOKEN.sub(" ", written)))
    own = {_without_namespace(word).removesuffix(".call") for word in words}
    own = {word for word in own if word.lower() not in _ADDED}
    return own.pop() if len(own) == 1 else ""


def _without_namespace(name: str) -> str:
    prefix = _NAMESPACE.match(name)
    return name[prefix.end() :] if prefix else name


def _folded(name: str) -> str:
    return re.sub(r"[-_. ]", "", name).lower()
