"""A message and its buffers as bytes on a pipe: ``count, sizes, text, buffers``.

Both ends of a guest's stdin and stdout use it. Sizes are checked before any part is read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from pyagent.errors import ProtocolError

MAX_FRAME_BYTES = 256 * 1024 * 1024
MAX_BUFFERS = 1_000

HEAD = struct.Struct("<I")
"""The number of parts: the text and its buffers. One size (64 bits) for each part follows."""


def pack(text: str, buffers: Sequence[bytes]) -> bytes:
    """The bytes of one frame."""
    parts = [text.encode("utf-8"), *buffers]
    sizes = struct.pack(f"<{len(parts)}Q", *map(len, parts))
    return b"".join([HEAD.pack(len(parts)), sizes, *parts])


def sizes_length(head: bytes) -> int:
    """The length in bytes of the size table that follows ``head``. Raises ``ProtocolError``."""
    (count,) = HEAD.unpack(head)
    if not 1 <= count <= MAX_BUFFERS:
        raise ProtocolError(f"A frame has {count} parts.")
    return int(count) * 8


def unpack_sizes(table: bytes) -> tuple[int, ...]:
    """The size of each part. Raises ``ProtocolError``."""
    sizes = struct.unpack(f"<{len(table) // 8}Q", table)
    if sum(sizes) > MAX_FRAME_BYTES:
        raise ProtocolError(f"A frame has {sum(sizes)} bytes; {MAX_FRAME_BYTES} are allowed.")
    return sizes
