"""The engine of local models, with the kernels that the build puts into it."""

from __future__ import annotations

import hashlib
import subprocess

import pytest

from engine.patch import KERNELS, PatchError, patched
from page import WLLAMA_ENGINES
from tools import NODE

HEADER = b"\0asm\1\0\0\0"
NO_ARGUMENTS = bytes([1, 4, 1, 0x60, 0, 0])
FUNCTION = bytes([3, 2, 1, 0])
EMPTY_BODY = bytes([10, 4, 1, 2, 0, 0x0B])
NOTHING_BODY = bytes([10, 5, 1, 3, 0, 0x01, 0x0B])
_VALID = (
    "const chunks = []; process.stdin.on('data', (chunk) => chunks.push(chunk));"
    "process.stdin.on('end', () => console.log(WebAssembly.validate(Buffer.concat(chunks))))"
)


def _named(name: str) -> bytes:
    entry = bytes([1, 0, len(name)]) + name.encode()
    content = b"\x04name" + bytes([1, len(entry)]) + entry
    return bytes([0, len(content)]) + content


def _exported(name: str) -> bytes:
    content = bytes([1, len(name)]) + name.encode() + bytes([0, 0])
    return bytes([7, len(content)]) + content


ENGINE = HEADER + NO_ARGUMENTS + FUNCTION + EMPTY_BODY
KERNEL = HEADER + NO_ARGUMENTS + FUNCTION + _exported("dot") + NOTHING_BODY


def test_a_kernel_replaces_the_function_of_its_name() -> None:
    found = patched(ENGINE + _named("dot"), KERNEL)

    assert found == HEADER + NO_ARGUMENTS + FUNCTION + NOTHING_BODY


def test_an_engine_without_the_function_is_refused() -> None:
    with pytest.raises(PatchError, match="no function dot"):
        patched(ENGINE + _named("other"), KERNEL)


def test_a_function_with_other_arguments_is_refused() -> None:
    one = bytes([1, 5, 1, 0x60, 1, 0x7F, 0])
    kernel = KERNEL.replace(NO_ARGUMENTS, one)

    with pytest.raises(PatchError, match="takes other arguments"):
        patched(ENGINE + _named("dot"), kernel)


def test_the_compiled_kernels_are_those_of_the_source() -> None:
    """Whoever changes kernels.c compiles it, which writes the sums anew."""
    folder = KERNELS[64].parent
    sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert sums.keys() == {"kernels.c", *(path.name for path in KERNELS.values())}
    for name, expected in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name


@pytest.mark.parametrize("name", WLLAMA_ENGINES)
def test_the_engines_of_wllama_take_every_kernel_and_stay_valid(name: str) -> None:
    engine, kernels = WLLAMA_ENGINES[name]

    found = patched(engine.read_bytes(), kernels.read_bytes())

    assert len(found) < engine.stat().st_size
    told = subprocess.run([NODE, "-e", _VALID], input=found, capture_output=True, check=True)
    assert told.stdout.decode().strip() == "true"
