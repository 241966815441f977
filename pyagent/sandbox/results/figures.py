"""Figures of matplotlib: how one is shown, and which of the open ones are.

matplotlib is used only if code has loaded it. ``figure_backend`` is what ``plt.show`` calls.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from pyagent.pictures import figure_png
from pyagent.sandbox.results.figure_svg import figure_svg

_pictures: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""Figure → the hash of the picture that was made of it last."""


def figure_forms(figure: Any) -> dict[str, Any]:
    """The forms of a figure: PNG for models and, in a page, SVG for the person."""
    png = figure_png(figure)
    _pictures[figure] = hash(png)
    forms = {"text/plain": "<figure>", "image/png": png}
    if sys.platform == "emscripten" and (svg := _svg(figure)) is not None:
        forms["image/svg+xml"] = svg
    return forms


def open_figures(shown: Any = None) -> Iterator[Any]:
    """Close matplotlib's open figures and yield those that are still to be shown.

    Empty figures are not, nor is ``shown``, nor one that looks as it did when it was last shown.
    """
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot is not None else ():
        figure = pyplot.figure(number)
        try:
            if figure is not shown and not _is_empty(figure) and not _is_known(figure):
                yield figure
        finally:
            pyplot.close(number)


def _svg(figure: Any) -> str | None:
    try:
        return figure_svg(figure)
    except Exception:  # the PNG is there, whatever an artist of somebody's own does
        return None


def _is_empty(figure: Any) -> bool:
    """Whether nothing was drawn: the only child is the figure's own background."""
    children = getattr(figure, "get_children", None)
    return callable(children) and len(children()) <= 1


def _is_known(figure: Any) -> bool:
    last = _pictures.get(figure)
    return last is not None and last == hash(figure_png(figure))
