"""Saves a namespace and its work folder as bytes, and restores them.

Variables are pickled one by one, so a variable that cannot be pickled costs only itself. The bytes
are loaded only in a guest, because unpickling them runs code.
"""

from __future__ import annotations

import io
import json
import linecache
import pickle
import struct
from collections.abc import Mapping
from functools import cache
from types import FunctionType
from typing import Any

from pyagent.errors import FileError
from pyagent.sandbox.interrupts import Interrupted, Interrupts
from pyagent.sandbox.kernel import Kernel
from pyagent.sandbox.sources import FILE_PREFIX, remember_source
from pyagent.sandbox.texts import safe_str, safe_text

MAX_BYTES = 64 * 1024 * 1024
"""Limit for a whole checkpoint. Small variables go first, so a large one costs only itself."""

_NAMESPACE = "namespace"
_SIZE = struct.Struct("<I")

Parts = dict[str, dict[str, bytes]]


def take_checkpoint(
    kernel: Kernel, interrupts: Interrupts, *, with_files: bool
) -> tuple[bytes, dict[str, str]]:
    """The checkpoint, and a reason for each thing that was not kept.

    If an interrupt stops it, the checkpoint is empty.
    """
    skipped: dict[str, str] = {}
    parts: Parts = {"variables": {}, "files": {}, "sources": _sources()}
    try:
        with interrupts.allowed():
            parts["variables"] = _pickle_variables(kernel, skipped)
            if with_files:
                parts["files"] = _read_files(kernel, skipped, _total(parts))
    except Interrupted:
        reason = "saving took too long"
        return b"", dict.fromkeys(kernel.variable_names(), reason)
    return _join(parts), skipped


def with_variables(pickled: Mapping[str, bytes]) -> bytes:
    """A checkpoint of nothing but these pickled variables."""
    return _join({"variables": dict(pickled), "files": {}, "sources": {}})


def restore_checkpoint(kernel: Kernel, data: bytes) -> tuple[list[str], dict[str, str]]:
    """Bind the variables and write the files.

    Returns the names that were restored, and a reason for each thing that was not.
    """
    names: list[str] = []
    failed: dict[str, str] = {}
    parts = _split(data)
    for filename, source in parts["sources"].items():
        remember_source(filename, source.decode("utf-8", "surrogatepass"))
    with kernel.as_before():
        for name, pickled in parts["variables"].items():
            try:
                unpickler = _Unpickler(io.BytesIO(pickled), kernel.namespace)
                kernel.namespace[name] = unpickler.load()
                names.append(name)
            except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
                failed[name] = _reason(error)
    for path, content in parts["files"].items():
        try:
            kernel.files.write(path, content)
        except FileError as error:
            failed[path] = str(error)
    return names, failed


def _pickle_variables(kernel: Kernel, skipped: dict[str, str]) -> dict[str, bytes]:
    pickled: dict[str, bytes] = {}
    with kernel.as_main():
        for name in kernel.variable_names():
            try:
                pickled[name] = _dump(kernel, kernel.namespace[name])
            except Exception as error:
                skipped[name] = _reason(error)
    kept: dict[str, bytes] = {}
    left = MAX_BYTES
    for name in sorted(pickled, key=lambda name: len(pickled[name])):
        if len(pickled[name]) > left:
            skipped[name] = f"too large ({len(pickled[name]):,} bytes)"
        else:
            kept[name] = pickled[name]
            left -= len(pickled[name])
    return {name: kept[name] for name in pickled if name in kept}


def _read_files(kernel: Kernel, skipped: dict[str, str], used: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in kernel.files.all():
        try:
            content = kernel.files.read(path)
        except FileError as error:
            skipped[path] = str(error)
            continue
        if used + len(content) > MAX_BYTES:
            skipped[path] = f"too large ({len(content):,} bytes)"
        else:
            files[path] = content
            used += len(content)
    return files


class _TooLarge(Exception):
    """The pickle is larger than a checkpoint may be."""

    def __str__(self) -> str:
        return f"larger than {MAX_BYTES:,} bytes"


class _CappedBuffer(io.BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_BYTES:
            raise _TooLarge
        return super().write(data)


def _dump(kernel: Kernel, value: Any) -> bytes:
    file = _CappedBuffer()
    _pickler()(file, kernel.namespace).dump(value)
    return file.getvalue()


@cache
def _pickler() -> Any:
    # Imported here: cloudpickle takes about 20 ms to import, and a new guest must not wait for it.
    from cloudpickle import Pickler  # type: ignore[import-untyped]

    class NamespacePickler(Pickler):  # type: ignore[misc]
        """Keeps functions bound to the namespace itself, not to a copy of the globals they use."""

        def __init__(self, file: io.BytesIO, namespace: dict[str, Any]) -> None:
            super().__init__(file, protocol=5)
            self._namespace = namespace
            self._marker: dict[str, Any] = {"__name__": "__main__"}
            self.globals_ref[id(namespace)] = self._marker

        def persistent_id(self, obj: Any) -> str | None:
            return _NAMESPACE if obj is self._marker or obj is self._namespace else None

        def reducer_override(self, obj: Any) -> Any:
            reduced = super().reducer_override(obj)
            if isinstance(obj, FunctionType) and obj.__globals__ is self._namespace:
                _, slots = reduced[2]
                slots["__globals__"] = {}
            return reduced

    return NamespacePickler


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, namespace: dict[str, Any]) -> None:
        super().__init__(file)
        self._namespace = namespace

    def persistent_load(self, key: Any) -> Any:
        if key != _NAMESPACE:
            raise pickle.UnpicklingError(f"unknown reference {key!r}")
        return self._namespace


def _sources() -> dict[str, bytes]:
    return {
        name: "".join(entry[2]).encode("utf-8", "surrogatepass")
        for name, entry in list(linecache.cache.items())
        if name.startswith(FILE_PREFIX) and len(entry) == 4
    }


def _reason(error: BaseException) -> str:
    return safe_text(f"{type(error).__name__}: {safe_str(error)}", 200)


def _total(parts: Parts) -> int:
    return sum(len(data) for part in parts.values() for data in part.values())


def _join(parts: Parts) -> bytes:
    """The length of a table of contents, the table as JSON, then the contents."""
    table = {kind: {name: len(data) for name, data in part.items()} for kind, part in parts.items()}
    head = json.dumps(table).encode()
    contents = [data for part in parts.values() for data in part.values()]
    return b"".join([_SIZE.pack(len(head)), head, *contents])


def _split(data: bytes) -> Parts:
    (length,) = _SIZE.unpack_from(data)
    at = _SIZE.size + length
    parts: Parts = {}
    for kind, sizes in json.loads(data[_SIZE.size : at]).items():
        part = parts.setdefault(kind, {})
        for name, size in sizes.items():
            part[name] = data[at : at + size]
            at += size
    return parts
