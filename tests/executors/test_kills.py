"""Kills of hosts and guests at random moments lose no finished step, and leave nothing behind.

``scripts/soak --only executor_kills`` does it a hundred times.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.executors.killing import kill_at_random
from support.executors.left_behind import guests_of, left_behind
from support.executors.places import Places

KILLED = ["docker", "bubblewrap"]


@pytest.mark.parametrize("kind", KILLED)
def test_kills_lose_no_finished_step_and_leave_nothing(
    kind: str, places: Places, tmp_path: Path
) -> None:
    executor_type, options = places.options(kind)
    tally = kill_at_random(
        executor_type,
        options,
        tmp_path,
        count=5,
        guests=lambda: guests_of(kind, places.docker if kind == "docker" else "", tmp_path),
        longest_s=0.6,
    )
    assert tally.lost == []
    assert tally.kept > 0
    assert left_behind(kind, places.docker if kind == "docker" else "", tmp_path) == []
