#!/usr/bin/env python3
"""Compile kernels.c into the .wasm files beside it, with the compiler of the package ziglang.

Only for a change of kernels.c: ``pip install ziglang==0.17.1 && python build/engine/compile.py``.
The compiler makes the same bytes again. ``SHA256SUMS`` says which source the files are from.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FEATURES = {64: "generic+simd128+relaxed_simd", 32: "generic+simd128"}
"""Browsers that run the engine with 64-bit addresses know relaxed SIMD; the others may not."""


def main() -> None:
    for bits, features in FEATURES.items():
        command = [sys.executable, "-m", "ziglang", "cc", "-O3", "-nostdlib", f"-mcpu={features}"]
        command += ["-target", f"wasm{bits}-freestanding", "-Wl,--no-entry", "-Wl,--strip-all"]
        command += ["-o", f"kernels{bits}.wasm", "kernels.c"]
        subprocess.run(command, cwd=HERE, check=True)
    names = ("kernels.c", *(f"kernels{bits}.wasm" for bits in FEATURES))
    sums = (f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (HERE / "SHA256SUMS").write_text("".join(sums), "utf-8")


main()
