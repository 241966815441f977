"""Tells a person that the code looked for a file of theirs that was not given to the run."""

from __future__ import annotations

import re
from pathlib import Path

from pyagent.protocol import ErrorInfo

_MISSING = re.compile(r"No such file or directory: (['\"])(?P<name>.+?)\1")


def note_on_missing(error: ErrorInfo | None) -> str:
    """What to write, if the code missed a file that lies in this process's folder; else empty.

    A model only learns that the file is not there, because it cannot give itself files.
    """
    if error is None or error.type != "FileNotFoundError":
        return ""
    found = _MISSING.search(error.message)
    if found is None:
        return ""
    name = found["name"]
    try:
        is_here = not Path(name).is_absolute() and Path(name).is_file()
    except (OSError, ValueError):
        return ""
    if not is_here:
        return ""
    return (
        f"The code found no {name!r:.80}, because it runs in a folder of its own. The file is in"
        f" {Path.cwd()}: give it to the run with files=[{name!r:.80}], or let code work there with"
        " executor_kwargs={'work_dir': '.'}."
    )
