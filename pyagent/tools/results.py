"""Convert what a tool returned to JSON, within limits. Only ``Tool.call`` uses this.

Results cross to the sandbox as JSON text. Deep nesting crashes the parser there, so depth and size
are checked during the conversion. The rule itself is ``sandbox.values.to_data``, as for the answers
of code. Images are added to it here: they cross as MIME bundles.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from pyagent.errors import ToolError
from pyagent.pictures import MAX_BYTES, Picture, TooLarge, picture_in
from pyagent.protocol import Json
from pyagent.sandbox.values import NotJson, TooMuch, to_data

MAX_DEPTH = 50
MAX_CHARS = 4_000_000
"""Characters of text that one result may hold. A number counts as 8."""
_DRAWING = (
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_svg_", "image/svg+xml"),
)
"""The methods by which objects draw themselves for notebooks."""
_NO_IMAGES = frozenset({list, tuple, set, date, datetime, time, timedelta, Decimal, UUID})
"""The types of many values that are no images, so that these cost no search for one."""


def to_json(value: object) -> Json:
    """Convert ``value`` to JSON, as ``to_data`` does. Images become MIME bundles: see ``pictures``.

    Raises ``ToolError`` for a value that has no sensible JSON, is too large or too deep, and for
    images that have more than ``MAX_BYTES`` together.
    """
    images = _Images()
    try:
        return to_data(
            value,
            max_chars=MAX_CHARS,
            max_depth=MAX_DEPTH,
            before=images.bundle_of,
            after=images.bundle_drawn_by,
        )
    except NotJson as error:
        advice = (
            "Ask for less at once."
            if isinstance(error, TooMuch)
            else "Return text, numbers, lists, images, dataclasses, or dicts whose keys differ as "
            "text."
        )
        raise ToolError(
            f"The result cannot be sent to the code: {error}.", advice=advice
        ) from error


class _Images:
    """The images of one result. It counts their bytes."""

    def __init__(self) -> None:
        self._bytes = 0

    def bundle_of(self, value: object) -> Json | None:
        """The bundle of an image; None for any other value."""
        if type(value) in _NO_IMAGES:
            return None
        try:
            picture = picture_in(value)
        except TooLarge as error:
            raise ToolError(f"{error}.") from None
        return None if picture is None else self._counted(picture)

    def bundle_drawn_by(self, value: object) -> Json | None:
        """The bundle of an object that draws itself for notebooks, such as IPython's ``Image``."""
        if isinstance(value, type):  # a class's methods need an instance
            return None
        for name, media_type in _DRAWING:
            draw = getattr(value, name, None)
            if callable(draw) and (data := draw()):
                return self.bundle_of({media_type: data[0] if isinstance(data, tuple) else data})
        return None

    def _counted(self, picture: Picture) -> Json:
        self._bytes += len(picture.data)
        if self._bytes > MAX_BYTES:
            raise ToolError(
                f"The images in the result have more than {MAX_BYTES >> 20} MB.",
                advice="Return fewer or smaller ones.",
            )
        return picture.bundle
