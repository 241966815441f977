"""Images are recognized in all their forms, and their sizes are read from their heads."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from pyagent.pictures import (
    Picture,
    TooLarge,
    from_data_url,
    image_type,
    in_words,
    is_bundle,
    picture_in,
    size_of,
)
from support.images import png

PNG = png(6, 5)
TEXT = b64encode(PNG).decode()
BUNDLE = {"text/plain": "[image 6x5]", "image/png": TEXT}
JPEG_HEAD = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b0800f0014001011100")
GIF = b"GIF89a" + bytes([44, 1, 200, 0]) + bytes(10)
WEBP_X = b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0" + bytes([0x7F, 2, 0, 0xDF, 1, 0])
WEBP_LOSSY = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + bytes([0x40, 1, 0xF0, 0])


@dataclass
class Binary:
    """Binary content like that of pydantic-ai."""

    data: bytes
    media_type: str


class Drawn:
    """Has a property that fails."""

    @property
    def data(self) -> bytes:
        raise RuntimeError("not now")


@pytest.mark.parametrize(
    "value",
    [
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        BUNDLE,
        {"image/png": TEXT},
        {"image/png": PNG},
        {"type": "image", "data": TEXT, "mimeType": "image/png"},
        {"mime": "image/png", "data": TEXT},
        SimpleNamespace(type="image", data=TEXT, mimeType="image/png", annotations=None),
        SimpleNamespace(type="image", data=TEXT, mime_type="image/png"),
        Binary(data=PNG, media_type="image/png"),
        Binary(data=PNG, media_type="image/jpeg"),  # the bytes know better
        Picture(media_type="image/png", data=PNG),
    ],
)
def test_image_is_recognized(value: Any) -> None:
    found = picture_in(value)
    assert found == Picture(media_type="image/png", data=PNG)
    assert found.bundle == BUNDLE


@pytest.mark.parametrize(
    "value",
    [
        None,
        "image/png",
        TEXT,
        b"%PDF-1.7",
        {},
        {"data": TEXT},
        {"mime": "text/csv", "data": "a,b"},
        {"mime": "image/png", "data": TEXT, "prompt": "a cat"},  # more than an image
        {"image/png": "no base64 of an image"},
        {"text/plain": "a", "text/html": "<b>"},
        [BUNDLE],
        Drawn(),
        Binary,
        object(),
    ],
)
def test_anything_else_is_no_image(value: Any) -> None:
    assert picture_in(value) is None


def test_svg_is_an_image_of_text() -> None:
    found = picture_in({"image/svg+xml": "<svg/>"})
    assert found is not None
    assert found.bundle == {"text/plain": "[image]", "image/svg+xml": "<svg/>"}


def test_too_large_an_image_is_refused() -> None:
    with pytest.raises(TooLarge, match=r"has 2\.0 MB, and at most 1 MB"):
        picture_in(png(noise=2 * 2**20), limit=2**20)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (PNG, (6, 5)),
        (JPEG_HEAD, (320, 240)),
        (GIF, (300, 200)),
        (WEBP_X, (640, 480)),
        (WEBP_LOSSY, (320, 240)),
        (PNG[:18], None),
        (JPEG_HEAD[:12], None),
        (b"\xff\xd8\xff" + b"\xff" * 100_000, None),
        (b"", None),
    ],
)
def test_size_is_read_from_the_head(data: bytes, size: tuple[int, int] | None) -> None:
    assert size_of(data) == size


@pytest.mark.parametrize("cut", range(0, 40, 3))
@pytest.mark.parametrize("data", [PNG, JPEG_HEAD, GIF, WEBP_X, WEBP_LOSSY])
def test_cut_file_has_a_size_or_none(data: bytes, cut: int) -> None:
    size = size_of(data[:cut])
    assert size is None or all(side >= 0 for side in size)


def test_sizes_agree_with_pillow() -> None:
    image = pytest.importorskip("PIL.Image").new("RGB", (37, 11))
    from io import BytesIO

    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        file = BytesIO()
        image.save(file, format=kind)
        assert size_of(file.getvalue()) == (37, 11)
        assert image_type(file.getvalue()) == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    ("url", "is_image"),
    [
        (f"data:image/png;base64,{TEXT}", True),
        (f"data:image/png;charset=utf-8;base64,{TEXT}", True),
        ("data:image/png;base64,AAAA", False),
        ("data:text/plain;base64,AAAA", False),
        ("https://example.org/a.png", False),
    ],
)
def test_data_url_is_an_image(url: str, is_image: bool) -> None:
    assert (from_data_url(url) is not None) is is_image


def test_words_stand_for_images_at_any_depth() -> None:
    value = {"a": [1, BUNDLE, {"b": BUNDLE}], "c": "x"}
    assert in_words(value) == {"a": [1, "[image 6x5]", {"b": "[image 6x5]"}], "c": "x"}
    assert in_words(BUNDLE) == "[image 6x5]"


def test_value_without_images_is_returned_itself() -> None:
    value = {"a": [1, [2, {"b": "x"}]], "c": {"text/html": "<b>"}}
    assert in_words(value) is value


def test_bundle_has_media_types_as_keys() -> None:
    assert is_bundle({"text/html": "<b>"})
    assert not any(map(is_bundle, ({}, {"a": 1}, {1: 2}, {"a/b": 1, "c": 2}, [], "a/b")))
