"""Images that a step makes: which of them the model sees, and in which form. For actors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from pyagent.agents.run.setup import Setup
from pyagent.messages import Image
from pyagent.pictures import RASTER, Picture, encoded, picture_in
from pyagent.protocol import Bundle
from pyagent.texts import counted

MAX_SEEN = 8
"""The most images of one step that a model sees."""
MAX_SEEN_BYTES = 3_700_000
"""The largest image that a model sees as it is: Anthropic takes 5 MB of base64."""
MAX_SEEN_SIDE = 8_000
"""The longest side of such an image, in pixels; Anthropic takes no longer ones."""
_SMALLER_SIDE = 1_568
"""The longest side after an image was made smaller: what models see of an image is no larger."""
NOT_SEEN = "(It is shown to the person. You cannot see it.)"


async def seen_images(
    bundles: Sequence[Bundle], setup: Setup
) -> tuple[tuple[Image, ...], list[str]]:
    """The images in ``bundles`` that the model sees, and what it must know of the others.

    There are none for a model that is not known to see.
    """
    if not setup.model.is_known_to_see:
        return (), []
    found = [picture for bundle in bundles if (picture := _raster(bundle)) is not None]
    distinct = list(dict.fromkeys(found))  # a figure may be shown and be the last value too
    seen: list[Image] = []
    too_large = 0
    for picture in distinct[:MAX_SEEN]:
        if _fits(picture):
            image: Image | None = Image(media_type=picture.media_type, data=picture.data)
        else:
            image = await setup.call_blocking(partial(_smaller, picture))
        if image is None:
            too_large += 1
        else:
            seen.append(image)
    notes = []
    if too_large:
        notes.append(f"({counted(too_large, 'image')} of these cannot be shown to you: too large.)")
    if len(distinct) > MAX_SEEN:
        notes.append(f"(Only the first {MAX_SEEN} of these images are shown to you.)")
    return tuple(seen), notes


def image_in(bundle: Bundle | None) -> Picture | None:
    """The image of a bundle, SVG included; None if it has none."""
    if bundle is None or not any(key.startswith("image/") for key in bundle):
        return None
    return picture_in(bundle, limit=2**40)


def _raster(bundle: Bundle) -> Picture | None:
    picture = image_in(bundle)
    return picture if picture is not None and picture.media_type in RASTER else None


def _fits(picture: Picture) -> bool:
    return len(picture.data) <= MAX_SEEN_BYTES and max(picture.size or (0, 0)) <= MAX_SEEN_SIDE


def _smaller(picture: Picture) -> Image | None:
    """The image made smaller by Pillow; None if Pillow is not there or cannot read it."""
    if not find_spec("PIL"):
        return None
    # Imported here: Pillow is not a dependency, and few images are too large.
    import PIL.Image

    try:
        image: Any = PIL.Image.open(BytesIO(picture.data))
        image.thumbnail((_SMALLER_SIDE, _SMALLER_SIDE))
        data = encoded(image, limit=MAX_SEEN_BYTES)
    except Exception:  # whatever Pillow has against the file
        return None
    found = picture_in(data)
    if found is None or not _fits(found):
        return None
    return Image(media_type=found.media_type, data=found.data)
