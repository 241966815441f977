"""The first file of a guest process: ``python -I start.py WORK_DIR``.

It runs by its path, not with ``-m``: that would import ``pyagent`` with the whole library, which a
guest neither needs nor should hold. Executors start it; it must import nothing before ``main``.
"""

import sys
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Make ``pyagent`` a bare package and serve."""
    package = ModuleType("pyagent")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["pyagent"] = package
    from pyagent.sandbox.stdio import serve  # only now can it be found

    serve(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
