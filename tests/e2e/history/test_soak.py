"""The short form of ``scripts/soak``: nothing is lost, doubled, half made or broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = (".", "build", "scripts", "docs/examples", "tests")


SHARES = {"tabs": 0.05, "kills": 0.02, "streams": 0.03, "bodies": 0.02}


@pytest.mark.parametrize("name", SHARES)
def test_nothing_is_lost_or_half_made(
    playwright: Playwright, browser_type_launch_args: dict[str, Any], name: str
) -> None:
    found = browser_type_launch_args.get("executable_path", playwright.chromium.executable_path)
    paths = os.pathsep.join(str(ROOT / folder) for folder in FOLDERS)
    done = subprocess.run(
        [sys.executable, "-m", "endurance", "--only", name, "--share", str(SHARES[name])],
        env={**os.environ, "PYTHONPATH": paths, "PYAGENT_CHROMIUM": str(found)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["figures"]
    wrong = {
        figure: measured
        for figure, measured in figures.items()
        if measured.get("met") is False and measured["unit"] not in ("s", "x")  # no clock here
    }
    assert figures
    assert wrong == {}
