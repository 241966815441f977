"""A message and its buffers as bytes on a pipe: ``count, sizes, text, buffers``.

Used on both ends of a guest's stdin and stdout. Sizes are checked before anything is read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from pyagent.errors import ProtocolError

MAX_FRAME_BYTES = 256 * 1024 * 1024
MAX_BUFFERS = 1_000

HEAD = struct.Struct("<I")
"""How many parts follow: the text and its buffers. Then one size (64 bit) for each."""


def pack(text: str, buffers: Sequence[bytes]) -> bytes:
    """One frame."""
    parts = [text.encode("utf-8"), *buffers]
    sizes = struct.pack(f"<{len(parts)}Q", *map(len, parts))
    return b"".join([HEAD.pack(len(parts)), sizes, *parts])


def sizes_length(head: bytes) -> int:
    """Bytes of the size table that follows ``head``. Raises ``ProtocolError``."""
    (count,) = HEAD.unpack(head)
    if not 1 <= count <= MAX_BUFFERS:
        raise ProtocolError(f"A frame has {count} parts.")
    return int(count) * 8


def unpack_sizes(table: bytes) -> tuple[int, ...]:
    """Sizes of the parts. Raises ``ProtocolError``."""
    sizes = struct.unpack(f"<{len(table) // 8}Q", table)
    if sum(sizes) > MAX_FRAME_BYTES:
        raise ProtocolError(f"A frame has {sum(sizes)} bytes; {MAX_FRAME_BYTES} are allowed.")
    return sizes
