"""Replace functions of a WebAssembly module by functions of another one.

wllama's engines name their functions in the custom section ``name``, so a kernel of ``kernels.c``
finds the function that it replaces by its own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
KERNELS = {64: HERE / "kernels64.wasm", 32: HERE / "kernels32.wasm"}
"""The compiled kernels, by the bits of an address."""

HEADER = 8
CUSTOM, TYPE, IMPORT, FUNCTION, EXPORT, CODE = 0, 1, 2, 3, 7, 10
FUNCTION_NAMES = 1
DROPPED = {"name", "sourceMappingURL"}
"""Custom sections that only debuggers read: a quarter of a megabyte."""


class PatchError(Exception):
    """An engine that does not have the functions that the kernels replace."""


class _Reader:
    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def number(self) -> int:
        """Read an unsigned LEB128 number."""
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def take(self) -> bytes:
        """Read bytes that come after their number."""
        size = self.number()
        self.at += size
        return self.data[self.at - size : self.at]

    def name(self) -> str:
        return self.take().decode("utf-8", "replace")


def _number(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


@dataclass(frozen=True, kw_only=True)
class _Section:
    kind: int
    body: bytes
    name: str = ""
    """Of a custom section."""


@dataclass(frozen=True, kw_only=True)
class _Module:
    sections: list[_Section]
    imported: int
    """How many functions the module imports. They come first in its numbering."""
    signatures: list[tuple[bytes, bytes]]
    """Parameters and results of each function that the module defines."""
    bodies: list[bytes]
    named: dict[str, int]
    """The functions that it defines and names, or exports if it names none, by name."""


def patched(engine: bytes, kernels: bytes) -> bytes:
    """Return the engine with each kernel in place of the engine's function of that name.

    Raises ``PatchError`` when the engine lacks a function, or has it with another signature.
    """
    target, source = _read(engine), _read(kernels)
    bodies = list(target.bodies)
    for name, index in source.named.items():
        replaced = target.named.get(name)
        if replaced is None:
            raise PatchError(f"The engine has no function {name}.")
        if target.signatures[replaced] != source.signatures[index]:
            raise PatchError(f"The engine's function {name} takes other arguments.")
        bodies[replaced] = source.bodies[index]
    code = _number(len(bodies)) + b"".join(_number(len(body)) + body for body in bodies)
    out = bytearray(engine[:HEADER])
    for section in target.sections:
        if section.name not in DROPPED:
            body = code if section.kind == CODE else section.body
            out += bytes([section.kind]) + _number(len(body)) + body
    return bytes(out)


def _read(module: bytes) -> _Module:
    sections = list(_sections(module))
    body = {section.kind: section.body for section in sections if section.kind != CUSTOM}
    types = list(_types(_Reader(body[TYPE])))
    imported = _imported(_Reader(body.get(IMPORT, b"\0")))
    reader = _Reader(body[FUNCTION])
    signatures = [types[reader.number()] for _ in range(reader.number())]
    reader = _Reader(body[CODE])
    bodies = [reader.take() for _ in range(reader.number())]
    custom = next((section.body for section in sections if section.name == "name"), None)
    names = _exports(_Reader(body[EXPORT])) if custom is None else _names(_Reader(custom))
    named = {name: index - imported for name, index in names if index >= imported}
    return _Module(
        sections=sections, imported=imported, signatures=signatures, bodies=bodies, named=named
    )


def _sections(module: bytes) -> Iterator[_Section]:
    reader = _Reader(module, HEADER)
    while reader.at < reader.end:
        kind, body = reader.byte(), reader.take()
        yield _Section(kind=kind, body=body, name=_Reader(body).name() if kind == CUSTOM else "")


def _types(reader: _Reader) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(reader.number()):
        if reader.byte() != 0x60:
            raise PatchError("The engine has types other than functions.")
        yield reader.take(), reader.take()


def _imported(reader: _Reader) -> int:
    functions = 0
    for _ in range(reader.number()):
        reader.name(), reader.name()
        kind = reader.byte()
        if kind in (0, 4):  # a function, a tag
            functions += kind == 0
            reader.at += kind == 4
            reader.number()
        elif kind in (1, 2):  # a table, a memory
            reader.at += kind == 1
            flags = reader.byte()
            reader.number()
            if flags & 1:
                reader.number()
        else:  # a global
            reader.at += 2
    return functions


def _exports(reader: _Reader) -> Iterator[tuple[str, int]]:
    for _ in range(reader.number()):
        name, kind, index = reader.name(), reader.byte(), reader.number()
        if kind == 0:
            yield name, index


def _names(reader: _Reader) -> Iterator[tuple[str, int]]:
    reader.name()
    while reader.at < reader.end:
        kind, part = reader.byte(), _Reader(reader.take())
        if kind == FUNCTION_NAMES:
            for _ in range(part.number()):
                index, name = part.number(), part.name()
                yield name, index
