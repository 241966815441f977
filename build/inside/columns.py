"""Takes the columns out of bytecode in memory. ``snapshot.mjs`` calls this inside Pyodide.

Columns only mark a place in source lines. The snapshot is 0.4 MB smaller without those of the
standard library, and code that a model writes keeps its own.
"""

from __future__ import annotations

import gc
import zipimport
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

_WITHOUT_COLUMNS, _WITHOUT_LINE = 13, 15
_LONGEST = 8
"""What CPython's Objects/locations.md calls codes, and how many instructions one entry covers."""


@contextmanager
def imports_without_columns() -> Iterator[None]:
    """Leave the columns out of what is imported meanwhile, and of what was imported before."""
    compile_source: Callable[..., CodeType] = zipimport._compile_source  # type: ignore[attr-defined]

    def lean(*given: Any) -> CodeType:
        return without_columns(compile_source(*given))

    _strip_functions()  # first, so that the memory of their columns is used again
    zipimport._compile_source = lean  # type: ignore[attr-defined]
    try:
        yield
    finally:
        zipimport._compile_source = compile_source  # type: ignore[attr-defined]


def without_columns(code: CodeType) -> CodeType:
    """Return the same code, with lines and without columns."""
    constants = (
        without_columns(one) if isinstance(one, CodeType) else one for one in code.co_consts
    )
    return code.replace(co_linetable=_lines(code), co_consts=tuple(constants))


def _lines(code: CodeType) -> bytes:
    table, before = bytearray(), code.co_firstlineno
    for start, end, line in code.co_lines():
        left = (end - start) // 2
        while left > 0:
            kind = _WITHOUT_LINE if line is None else _WITHOUT_COLUMNS
            length = min(left, _LONGEST)
            table.append(0x80 | kind << 3 | length - 1)
            if line is not None:
                table += _signed(line - before)
                before = line
            left -= length
    return bytes(table)


def _signed(value: int) -> bytes:
    """A number with its sign in the lowest bit, six bits a byte, low ones first."""
    left = (-value << 1 | 1) if value < 0 else value << 1
    written = bytearray()
    while left > 63:
        written.append(left & 63 | 64)
        left >>= 6
    written.append(left)
    return bytes(written)


def _strip_functions() -> None:
    """Strip functions that exist. Those that the wasm file holds would only take more memory."""
    functions = [one for one in gc.get_objects() if type(one) is FunctionType]
    codes = [one.__code__ for one in functions]  # holds them, so that no id is given twice
    stripped: dict[int, CodeType] = {}
    for function, code in zip(functions, codes, strict=True):
        if code.co_filename.startswith("<frozen"):
            continue
        if id(code) not in stripped:  # functions that share code go on sharing it
            stripped[id(code)] = without_columns(code)
        function.__code__ = stripped[id(code)]
