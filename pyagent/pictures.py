"""Images as values: how one is recognized, its form in JSON, its size, and the words for it.

The tools of the trusted side and the guest both use this, so it imports the standard library only.
Pillow and matplotlib are never imported: their objects are known by the names of their classes.

In JSON an image is a MIME bundle: ``{"text/plain": "[image 640x480]", "image/png": "<base64>"}``.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

MAX_BYTES = 8 * 1024 * 1024
"""The largest image that crosses the border of the sandbox as a value."""
RASTER = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""The types of images that models read."""

_MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]+")
_DATA_URL = re.compile(r"data:(image/[\w.+-]+)(?:;[\w=.-]+)*;base64,")
_TYPE_NAMES = ("media_type", "mime_type", "mimeType", "mediaType", "mime")
"""The names under which libraries keep a media type. MCP says ``mimeType``."""
_BESIDE = frozenset(
    {
        "data",
        *_TYPE_NAMES,
        "type",
        "kind",
        "name",
        "width",
        "height",
        "annotations",
        "_meta",
        "meta",
    }
)
"""The keys of a dict that is an image and nothing else."""
_IMAGE_KEYS = frozenset({*RASTER, "image/svg+xml"})
_MARKS = _IMAGE_KEYS | {"data"}
"""One of these is in every dict that is an image."""
_LEAVES = frozenset({str, int, float, bool, type(None)})


class TooLarge(ValueError):
    """An image is too large for what it is wanted for."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The bytes of an image, in one of the types of ``RASTER`` or as SVG."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None if the bytes do not say."""
        return size_of(self.data)

    @property
    def words(self) -> str:
        """What stands for the image in a text: ``[image 640x480]``."""
        size = self.size
        return f"[image {size[0]}x{size[1]}]" if size else "[image]"

    @property
    def bundle(self) -> dict[str, Any]:
        """The image as JSON."""
        if self.media_type == "image/svg+xml":
            return {"text/plain": self.words, self.media_type: self.data.decode("utf-8", "replace")}
        return {"text/plain": self.words, self.media_type: b64encode(self.data).decode("ascii")}


def image_type(data: bytes) -> str:
    """The media type of a PNG, JPEG, GIF or WebP by its first bytes; empty for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, from the head of the file; None if it does not say."""
    try:
        return _SIZES[image_type(data)](data)
    except (KeyError, struct.error):
        return None


# --- recognizing images --------------------------------------------------------------------------


def picture_in(value: Any, *, limit: int = MAX_BYTES) -> Picture | None:
    """The image that ``value`` is, or None if it is none.

    An image is one of Pillow's or a figure of matplotlib, the bytes of a file, a MIME bundle with
    an image, or an object or dict that has ``data`` beside a media type, as those of MCP do.
    Raises ``TooLarge`` if it has more than ``limit`` bytes.
    """
    if type(value) in _LEAVES or isinstance(value, list | tuple):
        return None
    if type(value) is dict and _MARKS.isdisjoint(value):  # most dicts, and there may be many
        return None
    found = _picture(value, limit)
    if found is not None and len(found.data) > limit:
        raise TooLarge(
            f"The image has {len(found.data) / 2**20:,.1f} MB, and at most {limit / 2**20:,.0f} MB "
            "are possible. Make it smaller"
        )
    return found


def is_image(value: Any) -> bool:
    """Whether ``value`` is an image as an object: ours, of Pillow, or a figure of matplotlib."""
    return isinstance(value, Picture) or is_pillow(value) or is_figure(value)


def is_pillow(value: Any) -> bool:
    """Whether ``value`` is an image of Pillow."""
    return is_of(type(value), "PIL.Image", "Image")


def is_figure(value: Any) -> bool:
    """Whether ``value`` is a figure of matplotlib."""
    return is_of(type(value), "matplotlib.figure", "Figure")


def _is_plot(value: Any) -> bool:
    """Whether ``value`` is a part of a figure, such as the axes that pandas' ``plot`` returns."""
    return type(value).__module__.startswith("matplotlib.") and not is_figure(value)


def is_of(cls: type, module: str, name: str) -> bool:
    """Whether ``cls`` is the class ``name`` of ``module``, or a subclass of it."""
    return any(c.__name__ == name and c.__module__ == module for c in cls.__mro__)


def is_bundle(value: Any) -> bool:
    """Whether ``value`` is a MIME bundle: a dict whose keys are all media types."""
    return (
        isinstance(value, dict)
        and 0 < len(value) < 20
        and all(isinstance(key, str) and _MEDIA_TYPE.fullmatch(key) for key in value)
    )


def from_data_url(text: str) -> Picture | None:
    """The image of a ``data:`` URL, or None if ``text`` is none."""
    head = _DATA_URL.match(text[:200])
    return _decoded(head[1], text[head.end() :]) if head else None


def encoded(image: Any, *, limit: int) -> bytes:
    """An image of Pillow as PNG, or as JPEG if the PNG has more than ``limit`` bytes."""
    for kind, options in (("PNG", {}), ("JPEG", {"quality": 92})):
        try:
            data = _saved(image, kind, options)
        except (OSError, ValueError):  # such as CMYK, which PNG does not have
            data = _saved(image.convert("RGB"), kind, options)
        if len(data) <= limit or not hasattr(image, "convert"):
            break
        image = image.convert("RGB")  # JPEG has no transparency
    return data


def figure_png(figure: Any) -> bytes:
    """A figure of matplotlib as PNG, the same as ``savefig`` would save it."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return buffer.getvalue()


def replaced(value: Any, replace: Callable[[dict[str, Any]], Any]) -> Any:
    """JSON with ``replace(bundle)`` for each image in it; the same object if there is none."""
    if type(value) in _LEAVES:
        return value
    if isinstance(value, list):
        if _LEAVES.issuperset(map(type, value)):
            return value
        made = [replaced(item, replace) for item in value]
        return made if any(a is not b for a, b in zip(made, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    if not _IMAGE_KEYS.isdisjoint(value) and is_bundle(value):
        return replace(value)
    if _LEAVES.issuperset(map(type, value.values())):
        return value
    named = {key: replaced(item, replace) for key, item in value.items()}
    return named if any(named[key] is not item for key, item in value.items()) else value


def in_words(value: Any) -> Any:
    """JSON with a few words in place of each image in it, as texts for models and people need."""
    return replaced(value, words_for)


def words_for(bundle: Mapping[str, Any]) -> str:
    """What stands for the image of a bundle in a text."""
    picture = picture_in(dict(bundle), limit=2**40)
    return picture.words if picture is not None else "[image]"


def _picture(value: Any, limit: int) -> Picture | None:
    if isinstance(value, Picture):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return _typed(bytes(value))
    if is_pillow(value):
        return _typed(encoded(value, limit=limit))
    if is_figure(figure := getattr(value, "figure", None) if _is_plot(value) else value):
        return _typed(figure_png(figure))
    if isinstance(value, Mapping):
        is_plain = len(value) <= len(_BESIDE) and _BESIDE.issuperset(value)
        return _of_bundle(value) or (_described(value.get) if is_plain else None)
    return _described(lambda name: _attribute(value, name))


def _attribute(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # whatever a property of a person's class raises
        return None


def _typed(data: bytes) -> Picture | None:
    media_type = image_type(data)
    return Picture(media_type=media_type, data=data) if media_type else None


def _of_bundle(value: Mapping[Any, Any]) -> Picture | None:
    for media_type in (*RASTER, "image/svg+xml"):  # the best first
        is_there = media_type in value and is_bundle(value)
        if is_there and (found := _decoded(media_type, value[media_type])):
            return found
    return None


def _described(read: Callable[[str], Any]) -> Picture | None:
    """The image of something that has ``data`` beside its media type."""
    data = read("data")
    if not isinstance(data, str | bytes | bytearray):
        return None
    kinds = (read(name) for name in _TYPE_NAMES)
    media_type = next((kind for kind in kinds if isinstance(kind, str)), "")
    return _decoded(media_type, data) if media_type.startswith("image/") else None


def _decoded(media_type: str, data: Any) -> Picture | None:
    """The image in base64 or bytes. What the bytes say of their type counts more than its name."""
    if media_type == "image/svg+xml" and isinstance(data, str) and "<svg" in data[:1_000]:
        return Picture(media_type=media_type, data=data.encode("utf-8", "replace"))
    try:
        plain = b64decode(data, validate=False) if isinstance(data, str) else bytes(data)
    except (ValueError, TypeError):
        return None
    if media_type == "image/svg+xml" and b"<svg" in plain[:1_000]:
        return Picture(media_type=media_type, data=plain)
    return _typed(plain)


def _saved(image: Any, kind: str, options: Mapping[str, Any]) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


# --- sizes ---------------------------------------------------------------------------------------


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 1 if marker == 0xFF else 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8X":
        wide, high = data[24:27].ljust(3), data[27:30].ljust(3)
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if data[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return None


_SIZES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "image/png": _png_size,
    "image/gif": _gif_size,
    "image/jpeg": _jpeg_size,
    "image/webp": _webp_size,
}
