"""Images as arguments and results of tools. ``hints``, ``declared`` and ``Tool`` use this.

Code and models pass an image as a MIME bundle. The body of a tool gets the type that its hint
names: an image of Pillow, or ``pyagent.Image``. Pillow is imported only if the author's code has
done so, or asks for it with smolagents' type ``image``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

from pyagent.errors import ToolError
from pyagent.messages import Image
from pyagent.pictures import Picture, TooLarge, from_data_url, is_of, picture_in
from pyagent.protocol import Json
from pyagent.tools.fitting import Misfit, shown
from pyagent.tools.kinds import Kind

HINT = "Image"
"""The type of an image, as code and models read it."""
_NOTE = "An image: one that a tool returned, or the name of an image file."
_WANTED = "an image is needed: one that a tool returned or that code made, or the name of a file"


@dataclass(kw_only=True)
class ImageKind(Kind):
    """An image; ``make`` makes of it what the body gets, and ``cls`` is the class of that."""

    make: Callable[[Picture], Any]
    cls: type | None = None

    @property
    def note(self) -> str:
        return _NOTE

    @property
    def hint(self) -> str:
        return HINT

    @property
    def takes_images(self) -> bool:
        return True

    def build(self, value: Json) -> Any:
        if self.cls is not None and isinstance(value, self.cls):
            return value  # a program calls the tool
        try:
            found = from_data_url(value) if isinstance(value, str) else picture_in(value)
        except TooLarge as error:
            raise Misfit(str(error)) from None
        if found is None and isinstance(value, str):
            raise Misfit(f"there is no image {shown(value)}; {_WANTED}")
        if found is None:
            raise Misfit(f"{_WANTED}; not {type(value).__name__} {shown(value)}")
        try:
            return self.make(found)
        except Exception as error:  # whatever Pillow has against the bytes
            raise Misfit(f"the image cannot be read: {error}") from error


def image_kind(hint: object) -> Kind | None:
    """The kind of a hint that names a class of images, or None for any other hint.

    The module ``PIL.Image`` means the class in it, because people often write that.
    """
    if isinstance(hint, ModuleType) and hint.__name__ == "PIL.Image":
        hint = getattr(hint, "Image", None)
    if not isinstance(hint, type):
        return None
    if is_of(hint, "PIL.Image", "Image"):
        return ImageKind(schema={"type": "string"}, make=_opened, cls=hint)
    if hint is Image or hint is Picture:
        return ImageKind(schema={"type": "string"}, make=_as_image, cls=hint)
    return None


def any_image_kind() -> Kind:
    """The kind of smolagents' type ``image``: of Pillow if it is installed, else our ``Image``."""
    return ImageKind(schema={"type": "string"}, make=_best)


def returns_image(hint: object) -> bool:
    """Whether a hint names what a tool may return as an image."""
    is_figure = isinstance(hint, type) and is_of(hint, "matplotlib.figure", "Figure")
    return is_figure or image_kind(hint) is not None


def result_image(value: object) -> object:
    """The image in a result of smolagents' type ``image``, which may be a path, bytes or an array.

    Any other value is returned as it is. Raises ``ToolError`` for a file that is no image.
    """
    if isinstance(value, str) and (found := from_data_url(value)):
        return found
    if isinstance(value, str | os.PathLike):
        try:
            found = picture_in(Path(value).read_bytes())
        except OSError as error:
            raise ToolError(f"The image {value!s:.200} cannot be read: {error.strerror}.") from None
        except TooLarge as error:
            raise ToolError(f"{error}.") from None
        if found is None:
            raise ToolError(f"The file {value!s:.200} is not a PNG, JPEG, WebP or GIF image.")
        return found
    if type(value).__module__ == "numpy" and find_spec("PIL"):
        return _pillow().fromarray(value)
    return value


def _best(picture: Picture) -> Any:
    return _opened(picture) if find_spec("PIL") else _as_image(picture)


def _opened(picture: Picture) -> Any:
    image = _pillow().open(BytesIO(picture.data))
    image.load()
    return image


def _pillow() -> Any:
    if (loaded := sys.modules.get("PIL.Image")) is not None:
        return loaded
    # Imported here: Pillow is not a dependency of ours.
    from PIL import Image as pillow

    return pillow


def _as_image(picture: Picture) -> Image:
    return Image(media_type=picture.media_type, data=picture.data)
