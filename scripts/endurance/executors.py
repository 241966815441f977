"""Kills the hosts and the guests of executors at random moments.

No finished step may be lost, and no container, process or folder may be left behind.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.report import Figure
from support.executors.docker_engine import IMAGE, docker_engine
from support.executors.killing import kill_at_random
from support.executors.left_behind import guests_of, left_behind

_LONGEST_S = 0.8


def executor_kills(count: int) -> dict[str, Figure]:
    """``count`` kills of hosts of each kind; before every second one, its guest is killed too."""
    figures = _killed("bubblewrap", "local", {"fence": "bubblewrap"}, count, "")
    with docker_engine() as engine:
        options = {"command": ["docker", "--host", engine], "image": IMAGE}
        return figures | _killed("docker", "docker", options, count, engine)


def _killed(
    kind: str, executor_type: str, options: dict[str, Any], count: int, engine: str
) -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        guests = partial(guests_of, kind, engine, folder)
        tally = kill_at_random(
            executor_type, options, folder, count=count, guests=guests, longest_s=_LONGEST_S
        )
        left = left_behind(kind, engine, folder)
    details = {"kills": tally.kills, "kept steps": tally.kept, "lost": tally.lost, "left": left}
    return {
        f"{kind}: steps lost by kills": Figure(
            value=len(tally.lost), unit="steps", at_most=0, details=details
        ),
        f"{kind}: left behind by kills": Figure(value=len(left), unit="things", at_most=0),
    }
