"""Turns values into MIME bundles, for the last expression, ``display`` and answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from pyagent.pictures import is_bundle, is_figure, is_pillow
from pyagent.protocol.guest import Bundle, Json
from pyagent.sandbox.results.figures import figure_forms
from pyagent.sandbox.results.images import pillow_bundle
from pyagent.sandbox.results.tables import TABLE_TYPE, to_table
from pyagent.sandbox.texts import safe_repr, safe_text
from pyagent.sandbox.values import NotJson, to_json

MAX_TEXT_CHARS = 20_000
"""Limit for ``text/plain``."""

MAX_RICH_CHARS = 4_000_000
"""Limit for each richer form, as it crosses (base64 for pictures)."""

_METHODS: tuple[tuple[str, str], ...] = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_latex_", "text/latex"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_json_", "application/json"),
)


def to_bundle(value: Any) -> Bundle:
    """Every form of ``value`` that is worth showing, always with ``text/plain``. Never raises."""
    rich: dict[str, Json] = {}
    for media_type, data in _rich_forms(value).items():
        ready = _ready(data)
        if ready is not None:
            rich[str(media_type)] = ready
    plain = rich.pop("text/plain", None)
    text = safe_text(plain, MAX_TEXT_CHARS) if isinstance(plain, str) else None
    return {"text/plain": text or safe_repr(value, MAX_TEXT_CHARS), **rich}


def answer_bundle(value: Any) -> Bundle:
    """The same as ``to_bundle``, except that text is shown without quotes."""
    if isinstance(value, str):
        return {"text/plain": safe_text(value, MAX_TEXT_CHARS)}
    return to_bundle(value)


def _rich_forms(value: Any) -> dict[str, Any]:
    if isinstance(value, type):  # a class's methods need an instance
        return {}
    if is_figure(value):
        return figure_forms(value)
    if is_pillow(value):
        return _guarded(lambda: pillow_bundle(value)) or {}
    if is_bundle(value):  # such as a tool may return
        return dict(value)
    forms: dict[str, Any] = {}
    bundle = _call(value, "_repr_mimebundle_")
    if isinstance(bundle, tuple) and bundle:
        bundle = bundle[0]
    if isinstance(bundle, dict):
        forms.update(bundle)
    for method, media_type in _METHODS:
        if media_type not in forms:
            data = _call(value, method)
            if isinstance(data, tuple) and data:  # data and metadata
                data = data[0]
            if data is not None:
                forms[media_type] = data
    table = _guarded(lambda: to_table(value))
    if table is not None:
        forms[TABLE_TYPE] = table
    return forms


def _call(value: Any, method: str) -> Any:
    function = _guarded(lambda: getattr(type(value), method, None) and getattr(value, method))
    return _guarded(function) if callable(function) else None


def _guarded(function: Callable[[], Any]) -> Any:
    """Call ``function``, or return None if it raises: the plain form is always there."""
    try:
        return function()
    except Exception:
        return None


def _ready(data: Any) -> Json | None:
    if isinstance(data, (bytes, bytearray)):
        data = base64.b64encode(data).decode("ascii")
    if isinstance(data, str):
        return safe_text(data, len(data)) if len(data) <= MAX_RICH_CHARS else None
    try:
        value = to_json(data)
        return value if len(json.dumps(value)) <= MAX_RICH_CHARS else None
    except NotJson:
        return None
