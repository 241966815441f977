"""Turns values into text of bounded length. Nothing here may fail, whatever a ``__repr__`` does."""

from __future__ import annotations

import reprlib
from typing import Any

_BIG = 2_000
"""A longer container is cut before any other work is done on it, and shown in part."""


def safe_text(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text`` and a note, with nothing that UTF-8 cannot carry."""
    if len(text) > limit:
        text = f"{text[:limit]}… [{len(text) - limit:,} more characters]"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def safe_repr(value: Any, limit: int) -> str:
    """A ``repr`` that never raises an Exception and shows only a part of a large container."""
    try:
        if isinstance(value, (list, tuple, set, frozenset, dict)) and len(value) > _BIG:
            return safe_text(f"{_long.repr(value)} [{len(value):,} items]", limit)
        return safe_text(repr(value), limit)
    except Exception as error:
        return safe_text(f"<{type(value).__name__} whose repr failed: {safe_str(error)}>", limit)


def short_repr(value: Any) -> str:
    """A ``repr`` of one line and about 80 characters at most."""
    try:
        return safe_text(" ".join(_short.repr(value).split()), 80)
    except Exception:
        return f"<{type(value).__name__}>"


def safe_str(value: Any) -> str:
    """A ``str`` that never raises an Exception."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__} without text>"


def _make(items: int, characters: int) -> reprlib.Repr:
    maker = reprlib.Repr()
    maker.maxlist = maker.maxtuple = maker.maxset = maker.maxfrozenset = maker.maxdict = items
    maker.maxstring = maker.maxother = maker.maxlong = characters
    return maker


_long = _make(200, 1_000)
_short = _make(6, 60)
