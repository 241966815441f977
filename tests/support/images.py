"""Small images for tests, made with the standard library."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 4, height: int = 3, *, grey: int = 128, noise: int = 0) -> bytes:
    """A grey PNG that every reader opens; ``noise`` are bytes of a comment that make it larger."""
    rows = (b"\0" + bytes([grey]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    if noise:
        parts.insert(1, (b"tEXt", b"Comment\0" + b"x" * noise))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum
