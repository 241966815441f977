"""What kind of picture some bytes are. The trusted side asks this too, of images for a model."""

from __future__ import annotations


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
