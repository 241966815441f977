"""Finds the encoding of a text file. Standard library only.

UTF-8 and the Unicode encodings are told by their bytes, and ISO-2022 by its escapes. For the old
encodings of one language, ``likelihood`` weighs the texts that would result. It sees a bounded
sample, from the start and from all over the file; the rest must at least be readable.
"""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import dataclass

from pyagent.tables.languages import PRIORS
from pyagent.tables.likelihood import is_odd, scores

_CHUNK = 1 << 20
_HEAD_BYTES = 64 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = re.compile(rb"[\x80-\xff]")
_ESCAPES = re.compile(rb"\x1b\$(?:[@B]|\([CD])")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0c\x1a\x1b"))
_MAX_PIECE = 2_000
_BEFORE = 200
_SAMPLE_BYTES = 8 * 1024
_SPREAD = 32
_CLOSE = 4.0


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """``name`` is Python's. ``errors`` is "replace" if a few bytes do not belong to it."""

    name: str
    errors: str = "strict"
    certain: bool = True
    """False if other encodings are possible too, and this is the likeliest."""
    rivals: tuple[str, ...] = ()
    """Encodings that are nearly as likely and give another text."""
    odd_line: int = 0
    """The first line, counted from 1, with a character that hardly any text holds. 0 if none."""

    def remarks(self) -> list[str]:
        """How the encoding differs from UTF-8, and what is unsure, as short texts."""
        told = []
        if self.rivals:
            told.append(
                f"encoding guessed: {self.name}, also possible: {', '.join(self.rivals[:3])}"
            )
        elif self.name != "utf-8":
            told.append(f"encoding {'' if self.certain else 'probably '}{self.name}")
        if self.errors == "replace":
            told.append(f"some bytes are not {self.name} and read as �")
        if self.odd_line:
            told.append(f"line {self.odd_line:,} may be in another encoding")
        return told


def without_nulls(data: bytes, encoding: Encoding) -> bytes:
    """The bytes of a text without the NULs that do not belong to it."""
    if encoding.name.startswith(("utf-16", "utf-32")) or b"\x00" not in data:
        return data
    return data.replace(b"\x00", b"")


def find_encoding(data: bytes) -> Encoding | None:
    """Return the encoding of a text, or None for bytes that are no text."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Encoding(name=name, errors="strict" if _decodes(data, name) else "replace")
    head = data[:_HEAD_BYTES]
    if _ESCAPES.search(head) and not _HIGH.search(data):
        for name in ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr"):
            if _decodes(data, name):
                return Encoding(name=name)
    if b"\x00" in head:
        found = _utf_16(head)
        one_side = 0 in (head[::2].count(0), head[1::2].count(0)) and head.count(0) > 2
        if not (found and one_side) and _has_few_nulls(head):
            return find_encoding(data.replace(b"\x00", b""))  # a text with some damage
        if found is None:
            return None
        return Encoding(name=found, errors="strict" if _decodes(data, found) else "replace")
    if _decodes(data, "utf-8"):
        return Encoding(name="utf-8")
    # A file that is cut or patched keeps its encoding: a few bad bytes among many good ones.
    text = _high_part(data).decode("utf-8", "replace")
    high = sum(char > "\x7f" for char in text)
    if text.count("\ufffd") * 10 < high:
        return Encoding(name="utf-8", errors="replace")
    return _old_encoding(data)


def _has_few_nulls(head: bytes) -> bool:
    """Whether all else is text. What a crash leaves at the end of a file is many of them."""
    kept = head.rstrip(b"\x00")
    rest = kept.replace(b"\x00", b"")
    few = (len(kept) - len(rest)) * 10 <= len(kept)
    return bool(rest) and few and rest == rest.translate(None, _CONTROLS)


def _decodes(data: bytes, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(view[start : start + _CHUNK], final=start + _CHUNK >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _utf_16(head: bytes) -> str | None:
    """UTF-16 without a mark at its start: the order of bytes that gives more ASCII."""
    best: tuple[float, str] | None = None
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = codecs.getincrementaldecoder(name)().decode(head)
        except UnicodeDecodeError:
            continue
        plain = sum("\x20" <= char <= "\x7e" or char in "\t\r\n" for char in text)
        odd = sum(not char.isprintable() and char not in "\t\r\n\xa0\u3000" for char in text)
        share = plain / max(1, len(text))
        if odd * 50 <= len(text) and share >= 0.1 and (best is None or share > best[0]):
            best = (share, name)
    return best[1] if best else None


def _high_part(data: bytes) -> bytes:
    """Return pieces around characters beyond ASCII: whole lines, or parts of long ones.

    Half of them come from the first such lines, and half from all over the file.
    """
    pieces = _pieces(data, 0, _SAMPLE_BYTES // 2)
    start = pieces[-1].stop if pieces else len(data)
    step = max(1, (len(data) - start) // _SPREAD + 1)
    for begin in range(start, len(data), step):
        pieces += _pieces(data, begin, 1, end=begin + step)[:1]
    return b"\n".join(data[piece] for piece in pieces)


def _pieces(data: bytes, start: int, size: int, end: int = sys.maxsize) -> list[slice]:
    """Pieces of ``size`` bytes in all, or a little more, in the order of the file."""
    found: list[slice] = []
    longest = _MAX_PIECE if size > 1 else _SAMPLE_BYTES // 2 // _SPREAD
    for match in _HIGH.finditer(data, start, end):
        at = match.start()
        if at < start:
            continue
        line = max(data.rfind(b"\n", max(start, at - _BEFORE), at) + 1, start, at - _BEFORE)
        start = data.find(b"\n", at, at + longest)
        start = start if start >= 0 else min(len(data), at + longest)
        found.append(slice(line, start))
        size -= start - line
        if size <= 0:
            break
    return found


def _old_encoding(data: bytes) -> Encoding | None:
    sample = _high_part(data)
    if not _is_text(sample):
        return None
    found = scores(sample)
    if not found:
        return Encoding(name="latin-1", certain=False)
    ranked = sorted(found, key=lambda name: found[name][0], reverse=True)
    best = found[ranked[0]][0]
    close = [name for name in ranked if found[name][0] > best - _CLOSE]
    whole = [name for name in close if _decodes(data, name)]
    name = whole[0] if whole else ranked[0]
    text = found[name][1]
    return Encoding(
        name=name,
        errors="strict" if whole else "replace",
        certain=False,
        rivals=tuple(other for other in close if found[other][1] != text),
        odd_line=_first_odd_line(data, name) if name in PRIORS else 0,
    )


def _is_text(sample: bytes) -> bool:
    control = len(sample) - len(sample.translate(None, _CONTROLS))
    return control * 50 <= len(sample)


def _first_odd_line(data: bytes, name: str) -> int:
    """The first line that holds a character which texts of this encoding hardly ever hold, or 0."""
    present = set(data.translate(None, bytes(range(128))))
    odd = [byte for byte in present if is_odd(bytes([byte]).decode(name, "replace"), name)]
    first = min((data.find(bytes([byte])) for byte in odd), default=-1)
    return data.count(b"\n", 0, first) + 1 if first >= 0 else 0
