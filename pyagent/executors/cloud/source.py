"""What a fresh sandbox gets before code can run in it: the relay's text and the guest's files.

The guest's files are those of this pyagent and the cloudpickle that is installed here, so the image
needs only Python.
"""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pyagent.sandbox.relay as relay

_PACKAGE = Path(relay.__file__).parent.parent
_FILES = ("errors.py", "pictures.py", "wire.py", "protocol/*.py", "sandbox/**/*.py")


@cache
def guest_source() -> bytes:
    """The guest's files as a zip, in base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for pattern in _FILES:
            for path in sorted(_PACKAGE.glob(pattern)):
                files.write(path, f"pyagent/{path.relative_to(_PACKAGE).as_posix()}")
        library = find_spec("cloudpickle")
        assert library is not None  # pyagent depends on it
        assert library.origin is not None
        for path in sorted(Path(library.origin).parent.glob("*.py")):
            files.write(path, f"cloudpickle/{path.name}")
    return b64encode(packed.getvalue())


def relay_command(python: str, *, silence_s: float) -> list[str]:
    """The command that runs in the sandbox. ``guest_source`` must come first on its stdin."""
    text = Path(relay.__file__).read_text("utf-8")
    size = str(len(guest_source()))
    return [python, "-I", "-X", "utf8", "-c", text, size, f"{silence_s:g}"]
