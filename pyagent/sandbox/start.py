"""The first file of a guest process: ``python -I start.py WORK_DIR [--keep-files]``.

Executors start it by its path, not with ``-m``: ``-m`` would import ``pyagent`` with the whole
library, which a guest does not need and should not hold. It must import nothing of ``pyagent``
before ``main``. With ``--keep-files``, checkpoints hold the files of a work folder that ends with
the guest.
"""

import sys
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Make ``pyagent`` a bare package, then serve."""
    package = ModuleType("pyagent")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["pyagent"] = package
    from pyagent.sandbox.stdio import serve  # it cannot be found earlier

    serve(Path(sys.argv[1]), checkpoint_files="--keep-files" in sys.argv[2:])


if __name__ == "__main__":
    main()
