"""Keeps a guest under Deno ready for one test after another: starting one takes most of a case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyagent.executors.wasm.executor import WasmExecutor

WARM = {"spare": True}
"""The options of an executor that takes that guest."""


@contextmanager
def warm_guests() -> Iterator[None]:
    """Keep the spare guest of executors with the options ``WARM`` while the context is open."""
    spares = WasmExecutor(**WARM).spares
    spares.hold()
    try:
        yield
    finally:
        spares.release()
