"""Undoes build/repeats.mjs, as web/src/runtime/repeats.ts does in a page."""

from __future__ import annotations

from pyagent.errors import ProtocolError

_HEAD_BYTES = 8
_WRONG = "These are not repeats as the build writes them."


def lengthened(short: bytes, others: bytes) -> memoryview:
    """The file as it was. ``others`` are the bytes of the files that the build shortened it by.

    Raises ``ProtocolError`` if it is not such a file.
    """
    size, end = int.from_bytes(short[:4], "little"), int.from_bytes(short[4:8], "little")
    end += _HEAD_BYTES
    if end > len(short):
        raise ProtocolError(_WRONG)
    numbers = iter(_numbers(short[_HEAD_BYTES:end]))
    whole = memoryview(bytearray(len(others) + size))
    whole[: len(others)] = others
    rest, at = end, len(others)
    try:
        for first, copied, back in zip(numbers, numbers, numbers, strict=False):
            whole[at : at + first] = short[rest : rest + first]
            rest += first
            at += first
            whole[at : at + copied] = whole[at - back : at - back + copied]
            at += copied
        whole[at:] = short[rest:]
    except ValueError as error:
        raise ProtocolError(_WRONG) from error
    return whole[len(others) :]


def _numbers(data: bytes) -> list[int]:
    """Numbers of seven bits a byte, the lowest first; the last byte of each is below 128."""
    numbers: list[int] = []
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        if byte < 128:
            numbers.append(value)
            value = shift = 0
        else:
            shift += 7
    return numbers
