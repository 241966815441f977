"""Values as bounded text. Nothing here may fail, whatever a ``__repr__`` does."""

from __future__ import annotations

import reprlib
from typing import Any

_BIG = 2_000
"""Containers above this length are shown in part, before any work is done on them."""


def clean(text: str, limit: int) -> str:
    """At most ``limit`` characters and a note, and nothing that UTF-8 cannot carry."""
    if len(text) > limit:
        text = f"{text[:limit]}… [{len(text) - limit:,} more characters]"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def safe_repr(value: Any, limit: int) -> str:
    """``repr`` that never raises an Exception and takes large containers in part."""
    try:
        if isinstance(value, (list, tuple, set, frozenset, dict)) and len(value) > _BIG:
            return clean(f"{_long.repr(value)} [{len(value):,} items]", limit)
        return clean(repr(value), limit)
    except Exception as error:
        return clean(f"<{type(value).__name__} whose repr failed: {safe_str(error)}>", limit)


def short_repr(value: Any) -> str:
    """One line of at most some 80 characters."""
    try:
        return clean(" ".join(_short.repr(value).split()), 80)
    except Exception:
        return f"<{type(value).__name__}>"


def safe_str(value: Any) -> str:
    """``str`` that never raises an Exception."""
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
