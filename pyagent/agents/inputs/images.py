"""Images that come with a task or a step: reads them from bytes, paths or Pillow's images."""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeAlias

from pyagent.errors import FileError
from pyagent.messages import Image
from pyagent.pictures import Picture, from_data_url, image_type, is_figure, picture_in

MAX_IMAGE_BYTES = 20 * 1024 * 1024
"""The most that any provider accepts in one request."""


class Saves(Protocol):
    """An image of Pillow, or any object with the same ``save``."""

    def save(self, fp: BytesIO, format: str) -> object:
        """Write the image to ``fp``."""


OneImage: TypeAlias = Image | bytes | str | os.PathLike[str] | Saves
Images: TypeAlias = OneImage | Iterable[OneImage]
"""Images, their bytes, paths on this machine, data URLs, or Pillow's images; or one of these."""


def has_images(images: Images | None) -> bool:
    """Whether there is something to read. An array of numpy has no truth value."""
    return images is not None and not (isinstance(images, list | tuple) and not images)


def read_images(images: Images | None) -> tuple[Image, ...]:
    """Read images. Raises ``FileError`` unless each is a readable PNG, JPEG, WebP or GIF."""
    if images is None:
        return ()
    is_one = isinstance(images, Picture | bytes | bytearray | str | os.PathLike)
    if is_one or hasattr(images, "save") or is_figure(images) or not isinstance(images, Iterable):
        return (_read(images),)
    return tuple(map(_read, images))


def _read(image: object) -> Image:
    if isinstance(image, Image):
        return image
    name = f"A value of type {type(image).__name__}"
    data = b""
    if isinstance(image, bytes | bytearray):
        name, data = "An image", bytes(image)
    elif isinstance(image, str | os.PathLike):
        path = str(image) or "An empty path"
        name = path if len(path) < 200 else f"{path[:60]}…"
        data = _bytes_at(image, name)
    elif (found := picture_in(image, limit=MAX_IMAGE_BYTES)) is not None:
        data = found.data
    elif callable(getattr(image, "save", None)):
        file = BytesIO()
        image.save(file, format="PNG")  # type: ignore[attr-defined]
        data = file.getvalue()
    media_type = image_type(data)
    if not media_type:
        raise FileError(
            f"{name} is not an image that models can read.",
            advice="Give a PNG, JPEG, WebP or GIF: its path, its bytes, or an image of Pillow.",
        )
    if len(data) > MAX_IMAGE_BYTES:
        raise FileError(
            f"{name} is too large: {len(data) / 2**20:,.0f} MB.",
            advice=f"Models take at most {MAX_IMAGE_BYTES >> 20} MB. Make the image smaller.",
        )
    return Image(media_type=media_type, data=data)


def _bytes_at(path: str | os.PathLike[str], name: str) -> bytes:
    """The bytes of a file, or of a data URL."""
    if isinstance(path, str) and path.startswith(("http://", "https://")):
        raise FileError(
            f"{name} is an address, and images are not downloaded.",
            advice="Download it, and give its path or its bytes.",
        )
    if isinstance(path, str) and (found := from_data_url(path)) is not None:
        return found.data
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise FileError(f"{name} cannot be read: {reason}.", advice="Check its path.") from None
