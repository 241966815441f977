"""Figures of matplotlib as SVG, in colours that a page can replace by those of its theme.

A figure on white paper, whose colours nobody chose, gets ``var(--pyagent-text, #000000)`` in place
of black and ``var(--pyagent-background, #ffffff)`` in place of white. Any browser draws it as
before; the page writes its own colours there. Pictures for models and saved files stay PNG, as
matplotlib draws them.

Everything here knows matplotlib by what it is given: it cannot be imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

MAX_CHARS = 400_000
"""A larger drawing is shown as PNG only."""
MAX_POINTS = 20_000
"""A figure with more points is not drawn as SVG at all."""

_INK, _PAPER = "#010203", "#fdfeff"
"""Colours that stand for black and white until the drawing is there. Nobody sees them."""
_THEMED = {
    _INK: "var(--pyagent-text, #000000)",
    _PAPER: "var(--pyagent-background, #ffffff)",
}
_BLACK: tuple[float, ...] = (0.0, 0.0, 0.0)
_WHITE: tuple[float, ...] = (1.0, 1.0, 1.0)
_SWAPPED = {_BLACK: _INK, _WHITE: _PAPER}
_MAX_TESTS = 20_000
"""The most pairs of a text and a patch that are compared."""


def figure_svg(figure: Any) -> str | None:
    """The figure as SVG; None if that would be large."""
    artists = figure.findobj()
    if sum(map(_points, artists)) > MAX_POINTS:
        return None
    if not _is_on_white(figure):
        return _bounded(_drawn(figure))
    kept = _texts_on_colour(figure)
    with _in_ink([artist for artist in artists if id(artist) not in kept]):
        text = _bounded(_drawn(figure))
    if text is None:
        return None
    for stand_in, themed in _THEMED.items():
        text = text.replace(stand_in, themed)
    return text


def _bounded(text: str) -> str | None:
    return text if len(text) <= MAX_CHARS else None


def _drawn(figure: Any) -> str:
    matplotlib, buffer = sys.modules["matplotlib"], StringIO()
    # The same figure gives the same text, and letters need no font.
    settings = {"svg.fonttype": "path", "svg.hashsalt": "pyagent"}
    with matplotlib.rc_context(settings):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata=nothing)
    text = buffer.getvalue()
    return text[max(text.find("<svg"), 0) :]


def _points(artist: Any) -> int:
    """About how many points an artist draws. A mesh counts its cells."""
    if callable(get := getattr(artist, "get_xdata", None)):
        return len(get(orig=False))
    if callable(get := getattr(artist, "get_offsets", None)):
        values = artist.get_array()
        if values is not None and values.ndim == 2:
            return int(values.size)
        return max(len(get()), sum(len(path) for path in artist.get_paths()))
    return 0


# --- colours ---------------------------------------------------------------------------------


def _rgb(colour: Any) -> tuple[float, ...] | None:
    """Red, green and blue; None for what cannot be seen or is no single colour."""
    try:
        *rgb, alpha = sys.modules["matplotlib.colors"].to_rgba(colour)
    except (ValueError, TypeError):
        return None
    return tuple(rgb) if alpha else None


def _is_on_white(figure: Any) -> bool:
    """Whether the figure and its axes have no other colour than white."""
    faces = [figure.get_facecolor(), *(axes.get_facecolor() for axes in figure.axes)]
    return all(_rgb(face) in (None, _WHITE) for face in faces)


@contextmanager
def _in_ink(artists: list[Any]) -> Iterator[None]:
    """Draw black and white in their stand-ins. Afterwards the artists are as they were."""
    before = []
    hidden = [part for artist in artists for part in _hidden_parts(artist)]
    try:
        for artist in [*artists, *hidden]:
            before.append((artist, dict(artist.__dict__)))
            _swap(artist)
        yield
    finally:
        for artist, attributes in reversed(before):  # one may be there twice
            artist.__dict__.clear()
            artist.__dict__.update(attributes)


def _hidden_parts(artist: Any) -> list[Any]:
    """What ``findobj`` does not find: the box and the arrow of a text, the text of a cell."""
    parts = [artist.__dict__.get(name) for name in ("_bbox_patch", "arrow_patch", "_text")]
    return [part for part in parts if hasattr(part, "get_zorder")]


def _swap(artist: Any) -> None:
    if hasattr(artist, "get_offsets"):
        _swap_collection(artist)
    elif hasattr(artist, "get_markerfacecolor"):
        for part in ("color", "markerfacecolor", "markeredgecolor"):
            colour = artist.__dict__.get(f"_{part}")
            if (new := _SWAPPED.get(_rgb(colour) or ())) is not None:
                getattr(artist, f"set_{part}")(new)
    elif hasattr(artist, "get_bbox_patch"):
        if _rgb(artist.get_color()) == _BLACK:
            artist.set_color(_INK)
    elif hasattr(artist, "get_hatch"):
        for part in ("facecolor", "edgecolor"):
            if (new := _SWAPPED.get(_rgb(getattr(artist, f"get_{part}")()) or ())) is not None:
                getattr(artist, f"set_{part}")(new)


def _swap_collection(artist: Any) -> None:
    to_rgba = sys.modules["matplotlib.colors"].to_rgba
    has_values = artist.get_array() is not None
    for part in ("facecolor", "edgecolor"):
        follows = artist.__dict__.get(f"_original_{part}")
        if has_values or (isinstance(follows, str) and follows == "face"):
            continue
        rows = [tuple(map(float, row)) for row in getattr(artist, f"get_{part}")()]
        news = [_SWAPPED.get(row[:3]) for row in rows]
        if any(news):
            made = [
                to_rgba(new, row[3]) if new else row for new, row in zip(news, rows, strict=True)
            ]
            getattr(artist, f"set_{part}")(made)


def _texts_on_colour(figure: Any) -> set[int]:
    """The ids of the texts that stand on a picture or a coloured patch: they keep their colour."""
    kept: set[int] = set()
    for axes in figure.axes:
        has_picture = bool(axes.images) or any(map(_is_filled, axes.collections))
        patches = [p for p in axes.patches if _rgb(p.get_facecolor()) not in (None, _WHITE, _BLACK)]
        if len(axes.texts) * len(patches) > _MAX_TESTS:
            patches = []
        for text in axes.texts:
            box = text.get_window_extent()
            centre = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            on_picture = has_picture and axes.bbox.contains(*centre)
            if on_picture or any(patch.contains_point(centre) for patch in patches):
                kept.add(id(text))
    return kept


def _is_filled(collection: Any) -> bool:
    values = collection.get_array()
    return values is not None and (values.ndim == 2 or bool(getattr(collection, "filled", False)))
