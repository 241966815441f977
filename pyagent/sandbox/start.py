"""The first file of a guest process: ``python -I start.py WORK_DIR OPTION…``.

Executors start it by its path, not with ``-m``: ``-m`` would import ``pyagent`` with the whole
library, which a guest does not need and should not hold. It must import nothing of ``pyagent``
before ``main``.

``--files-die`` says that the work folder ends with this process, so that checkpoints hold its
files. ``--packages FOLDER`` is searched first by imports. ``--limit NAME=NUMBER`` sets a limit of
``resource``, such as ``AS=2000000000``, and ``--user NUMBER`` gives up the rights of root.
``--filter must`` refuses some system calls, ``--filter try`` does so if this Python can.
"""

import os
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Make ``pyagent`` a bare package, then serve."""
    package = ModuleType("pyagent")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["pyagent"] = package
    work_dir, options = Path(sys.argv[1]), sys.argv[2:]
    files_die = "--files-die" in options
    for option, value in pairwise(options):
        if option == "--packages":
            sys.path.insert(0, value)
        elif option == "--limit":
            _limit(*value.split("="))
        elif option == "--user":
            _become(int(value))
    if "--filter" in options:
        _filter(must="must" in options)
    from pyagent.sandbox.stdio import serve  # it cannot be found earlier

    serve(work_dir, checkpoint_files=files_die)


def _limit(name: str, number: str) -> None:
    import resource  # only POSIX has it, and only executors there ask for limits

    resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (int(number), int(number)))


def _filter(*, must: bool) -> None:
    try:
        from pyagent.sandbox.seccomp import install  # a Python may lack ctypes

        install()
    except (ImportError, OSError):
        if must:
            raise


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


if __name__ == "__main__":
    main()
