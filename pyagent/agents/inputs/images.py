"""Images that come with a task: reads them from bytes, paths or Pillow's images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeAlias

from pyagent.errors import FileError
from pyagent.messages import Image
from pyagent.sandbox.results.pictures import image_type

MAX_IMAGE_BYTES = 20 * 1024 * 1024
"""The most that any provider accepts in one request."""


class Saves(Protocol):
    """An image of Pillow, or any object with the same ``save``."""

    def save(self, fp: BytesIO, format: str) -> object:
        """Write the image to ``fp``."""


Images: TypeAlias = Sequence[Image | bytes | str | os.PathLike[str] | Saves]
"""Images, their bytes, paths on this machine, or Pillow's images."""


def read_images(images: Images) -> tuple[Image, ...]:
    """Read images. Raises ``FileError`` unless each is a readable PNG, JPEG, WebP or GIF."""
    return tuple(map(_read, images))


def _read(image: Image | bytes | str | os.PathLike[str] | Saves) -> Image:
    if isinstance(image, Image):
        return image
    name = "An image"
    if isinstance(image, bytes | bytearray):
        data = bytes(image)
    elif isinstance(image, str | os.PathLike):
        name = str(image)
        try:
            data = Path(image).read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise FileError(f"{name} cannot be read: {reason}.", advice="Check its path.") from None
    else:
        file = BytesIO()
        image.save(file, format="PNG")
        data = file.getvalue()
    media_type = image_type(data)
    if not media_type:
        raise FileError(
            f"{name} is not an image that models can read.", advice="Give a PNG, JPEG, WebP or GIF."
        )
    if len(data) > MAX_IMAGE_BYTES:
        raise FileError(
            f"{name} is too large: {len(data) / 2**20:,.0f} MB.",
            advice=f"Models take at most {MAX_IMAGE_BYTES >> 20} MB. Make the image smaller.",
        )
    return Image(media_type=media_type, data=data)
