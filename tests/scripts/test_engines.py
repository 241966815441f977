"""scripts/engines.py: what tests of executors need, or an end that says how to go without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"


def ensure(**env: str) -> subprocess.CompletedProcess[str]:
    """Look for the engines where there are no programs, so that nothing can be installed."""
    code = "import engines; engines.PLACES = (); engines.ensure_engines()"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=SCRIPTS,
        env={**os.environ, "PATH": "/nowhere", **env},
        capture_output=True,
        text=True,
    )


def test_missing_engines_end_the_run_and_say_how_to_go_without() -> None:
    done = ensure(PYAGENT_WITHOUT="wasm")
    assert done.returncode != 0
    assert (
        "docker: install docker.io and docker-registry; bubblewrap: install bubblewrap"
        in done.stderr
    )
    assert "PYAGENT_WITHOUT=wasm,docker,bubblewrap" in done.stderr


def test_run_without_engines_says_what_it_does_not_test() -> None:
    done = ensure(PYAGENT_WITHOUT="docker,bubblewrap")
    assert done.returncode == 0
    assert "Not tested, as PYAGENT_WITHOUT says: bubblewrap, docker." in done.stdout
