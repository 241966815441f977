"""Packs the standard library for the page. ``library.mjs`` calls this inside Pyodide, because the
machine's Python may not know the syntax.

Comments are left out: they are a quarter of the packed library, and nobody sees them. Lines stay
where they are, so tracebacks name the same lines and show them.
"""

from __future__ import annotations

import io
import tokenize
from zipfile import ZIP_STORED, ZipFile, ZipInfo


def pack(source: str, target: str) -> None:
    """Write the archive ``source`` as ``target``, without comments and without compression inside.

    Packed as a whole, the archive is a sixth smaller, and an import unpacks nothing. The snapshot
    remembers where each module lies, so the snapshot must be made with this archive.
    """
    with ZipFile(source) as packed, ZipFile(target, "w", ZIP_STORED) as archive:
        for entry in packed.infolist():
            content = packed.read(entry)
            if entry.filename.endswith(".py"):
                content = checked(content, without_comments(content), entry.filename)
            archive.writestr(ZipInfo(entry.filename, entry.date_time), content)


def without_comments(source: bytes) -> bytes:
    """Return the source with its comments cut off, and every line where it was.

    Comments in the first two lines stay, because they may name the encoding.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = source.decode(encoding).split("\n")
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        line, column = token.start
        if token.type == tokenize.COMMENT and line > 2:
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(lines).encode(encoding)


def checked(source: bytes, lean: bytes, name: str) -> bytes:
    """Return ``lean``. Raises ``ValueError`` unless it compiles to the very same bytecode."""
    if compile(source, name, "exec", dont_inherit=True) == compile(
        lean, name, "exec", dont_inherit=True
    ):
        return lean
    raise ValueError(f"Without its comments, {name} would be another program.")
