"""Writes the list of well-known packages: those of Pyodide's lock and the most downloaded of PyPI.

    .venv/bin/python build/known_packages.py NAMES DATE

``NAMES`` is a text file with one name a line, the most downloaded first, such as the names of a
published ranking; ``DATE`` says when it was taken. A package that is not in the list is a question
to the person before the page asks the index for it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyagent.executors.known_packages import FILE, normalized

PATH = Path("pyagent/executors") / FILE
MOST = 2_000
LOCK = Path("web/node_modules/pyodide/pyodide-lock.json")


def main(names: Path, date: str) -> None:
    """Write the list."""
    version = json.loads((LOCK.parent / "package.json").read_text())["version"]
    locked = json.loads(LOCK.read_text())["packages"]
    ranked = [line for line in names.read_text().split() if line][:MOST]
    known = sorted({normalized(name) for name in [*locked, *ranked]})
    head = [
        "# Well-known packages; see known_packages.py. build/known_packages.py writes this file.",
        f"# Sources: the lock of Pyodide {version}; the {MOST:,} projects of PyPI with the most",
        f"# downloads in 30 days, as its public download statistics rank them ({date}).",
    ]
    PATH.write_text("\n".join([*head, *known, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
