"""Images in generated code: what a tool returned, what a tool is given, and ``Image`` itself.

Where Pillow is installed, an image from a tool is one of Pillow's. Elsewhere it is an ``Image``,
which code can show, save, answer with and give to other tools.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from io import BytesIO
from pathlib import Path
from typing import Any

from pyagent.pictures import (
    MAX_BYTES,
    Picture,
    encoded,
    image_type,
    picture_in,
    replaced,
    size_of,
)
from pyagent.protocol.guest import Bundle, Json

SHOWN_BYTES = 2_900_000
"""The largest picture of Pillow's that is shown as it is. Base64 adds a third."""
_SHOWN_SIDE = 2_000
_MAX_FILE_BYTES = 4 * MAX_BYTES
_SUFFIXES = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}

_FROM_PILLOW = frozenset(
    {
        *("__array_interface__", "convert", "copy", "crop", "filter", "getbands", "getbbox"),
        *("getchannel", "getcolors", "getdata", "getextrema", "getpixel", "histogram", "im"),
        *("info", "mode", "point", "quantize", "reduce", "resize", "rotate", "show", "split"),
        *("tobytes", "transform", "transpose"),
    }
)
"""What of an image of Pillow an ``Image`` has too. Others may look for other names, such as
``to_dict``, and must not cause an import."""


class Image:
    """Shown as a picture: PNG, JPEG, GIF, WebP or SVG bytes, or the path of such a file."""

    def __init__(self, data: bytes | str | Path) -> None:
        self.data = data if isinstance(data, bytes) else Path(data).read_bytes()
        self.media_type = _picture_type(self.data)

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None if they are unknown."""
        return size_of(self.data)

    @property
    def width(self) -> int | None:
        """The width in pixels."""
        return self.size[0] if self.size else None

    @property
    def height(self) -> int | None:
        """The height in pixels."""
        return self.size[1] if self.size else None

    @property
    def format(self) -> str:
        """The name that Pillow has for the type: ``PNG``, ``JPEG``, ``GIF``, ``WEBP``."""
        return self.media_type.partition("/")[2].partition("+")[0].upper()

    def save(self, fp: Any, format: str | None = None, **options: Any) -> None:
        """Write the picture to a path or an open file. Another type than its own needs Pillow."""
        path = Path(fp) if isinstance(fp, str | os.PathLike) else None
        suffix = path.suffix[1:].lower() if path else ""
        wanted = (format or _SUFFIXES.get(suffix, self.format)).upper()
        if wanted.replace("JPG", "JPEG") != self.format or options:
            _pillow_image(self.data).save(fp, format=format, **options)
        elif path is not None:
            path.write_bytes(self.data)
        else:
            fp.write(self.data)

    def read(self) -> bytes:
        """The bytes, so that ``PIL.Image.open`` takes this like a file."""
        return self.data

    def __bytes__(self) -> bytes:
        return self.data

    def __getattr__(self, name: str) -> Any:
        """What Pillow's images have and what changes nothing, if code can import Pillow."""
        if name not in _FROM_PILLOW:
            advice = "" if name.startswith("_") else ". For more, use PIL.Image.open(image)"
            raise AttributeError(f"'Image' object has no attribute {name!r}{advice}")
        try:
            return getattr(_pillow_image(self.data), name)
        except ImportError:
            raise AttributeError(
                f"'Image' object has {name!r} only with Pillow. Use PIL.Image.open(image)"
            ) from None

    def __repr__(self) -> str:
        return Picture(media_type=self.media_type, data=self.data).words

    def _repr_mimebundle_(self) -> dict[str, Any]:
        if self.media_type == "image/svg+xml":
            return {self.media_type: self.data.decode("utf-8")}
        return {self.media_type: self.data}


def opened(value: Json) -> Any:
    """What a tool returned, with images in place of the bundles in it."""
    return replaced(value, _opened)


def image_argument(value: Any) -> Bundle | None:
    """The form in which ``value`` crosses to a tool if it is an image; None if it is none.

    Raises ``ValueError`` if it is too large.
    """
    if isinstance(value, Image):
        value = Picture(media_type=value.media_type, data=value.data)
    picture = picture_in(value)
    return None if picture is None else picture.bundle


def image_file(path: str | os.PathLike[str]) -> Bundle | None:
    """The picture in a file of the work folder, as it crosses; None if there is none."""
    try:
        file = Path(path)
        if not file.is_file() or file.stat().st_size > _MAX_FILE_BYTES:
            return None
        data = file.read_bytes()
    except (OSError, ValueError):  # such as a text with a zero byte
        return None
    return image_argument(data)


def pillow_bundle(image: Any) -> dict[str, Any]:
    """What is shown of an image of Pillow: as PNG, or as JPEG and smaller if it is very large."""
    data = encoded(image, limit=SHOWN_BYTES)
    if len(data) > SHOWN_BYTES:
        small = image.convert("RGB")
        small.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE))
        data = encoded(small, limit=SHOWN_BYTES)
    width, height = image.size
    return {"text/plain": f"[image {width}x{height}]", image_type(data): data}


def _opened(bundle: Bundle) -> Any:
    picture = picture_in(bundle, limit=2**40)
    if picture is None:
        return bundle
    # The path only: the finder for missing modules would download Pillow.
    if "PIL" in sys.modules or PathFinder.find_spec("PIL") is not None:
        try:
            return _pillow_image(picture.data)
        except Exception:  # whatever Pillow has against the file, such as SVG
            pass
    return Image(picture.data)


def _pillow_image(data: bytes) -> Any:
    # Imported here: most code has no image from a tool, and not every guest has Pillow.
    from PIL import Image as pillow

    image = pillow.open(BytesIO(data))
    image.load()
    return image


def _picture_type(data: bytes) -> str:
    if found := image_type(data):
        return found
    if b"<svg" in data[:1_000]:
        return "image/svg+xml"
    raise ValueError("The data is not a PNG, JPEG, GIF, WebP or SVG picture.")
