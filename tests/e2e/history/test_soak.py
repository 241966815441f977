"""The short form of ``scripts/soak``: kills and tabs that take turns lose and double nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = (".", "build", "scripts", "docs/examples", "tests")


def test_kills_and_turns_lose_and_double_nothing(
    playwright: Playwright, browser_type_launch_args: dict[str, Any]
) -> None:
    found = browser_type_launch_args.get("executable_path", playwright.chromium.executable_path)
    paths = os.pathsep.join(str(ROOT / folder) for folder in FOLDERS)
    done = subprocess.run(
        [sys.executable, "-m", "endurance", "--only", "kills", "tabs", "--share", "0.02"],
        env={**os.environ, "PYTHONPATH": paths, "PYAGENT_CHROMIUM": str(found)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["figures"]
    wrong = {
        name: figure
        for name, figure in figures.items()
        if name.endswith(("lost", "doubled")) and not figure["met"]
    }
    assert wrong == {}
    assert len(figures) == 16
