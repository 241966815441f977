"""What generated code uses to show something: ``display``, and a small wrapper per media type.

The kernel sets where shown things go while a step runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pyagent.protocol.guest import Bundle
from pyagent.sandbox.results.bundles import to_bundle
from pyagent.sandbox.results.images import Image

_SHOW: ContextVar[Callable[[Bundle], None]] = ContextVar("show")


@contextmanager
def showing(target: Callable[[Bundle], None]) -> Iterator[None]:
    """Send everything that is shown to ``target``."""
    token = _SHOW.set(target)
    try:
        yield
    finally:
        _SHOW.reset(token)


def show(bundle: Bundle) -> None:
    """Show a bundle. Outside a step (in a thread that was left running) nothing happens."""
    target = _SHOW.get(None)
    if target is not None:
        target(bundle)


def display(*values: Any) -> None:
    """Show values now: pictures, tables, HTML, Markdown, anything."""
    for value in values:
        show(to_bundle(value))


class HTML:
    """Shown as a web page."""

    media_type = "text/html"

    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self.data):,} characters>"

    def _repr_mimebundle_(self) -> Bundle:
        return {self.media_type: self.data}


class SVG(HTML):
    """Shown as a picture; the text starts with ``<svg``."""

    media_type = "image/svg+xml"


class Markdown(HTML):
    """Shown as formatted text."""

    media_type = "text/markdown"


NAMES = {"display": display, "HTML": HTML, "SVG": SVG, "Markdown": Markdown, "Image": Image}
"""The names that code may use without an import."""
