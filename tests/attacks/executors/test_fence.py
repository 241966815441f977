"""Attempts to get out of the fences of executors, each with a control without a fence."""

from __future__ import annotations

import pytest

from .attacker import FENCES, UNFENCED, Attackers, fences, require
from .attempt import Attempt
from .attempts import ATTEMPTS
from .host import Host


def _name(value: object) -> str:
    return value.name if isinstance(value, Attempt) else str(value)


def _fenced() -> list[object]:
    return [
        pytest.param(
            kind,
            attempt,
            marks=[pytest.mark.xfail(strict=True, reason=attempt.open[kind])]
            if kind in attempt.open
            else [],
        )
        for kind in fences()
        for attempt in ATTEMPTS
    ]


@pytest.mark.parametrize(("kind", "attempt"), _fenced(), ids=_name)
def test_attempt_is_held(kind: str, attempt: Attempt, attackers: Attackers, machine: Host) -> None:
    before = len(machine.heard)
    got_out = attackers.gets_out(kind, attempt)
    if attempt.judge != "lost":  # a guest may end itself; the host goes on
        assert not got_out
    assert machine.heard[before:] == []


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=_name)
def test_attempt_gets_out_without_a_fence(
    attempt: Attempt, attackers: Attackers, machine: Host
) -> None:
    require(attempt.needs, machine)
    assert attackers.gets_out(UNFENCED, attempt)


def test_the_table_has_attempts_of_every_kind() -> None:
    assert len(ATTEMPTS) >= 40
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)
    assert {kind for attempt in ATTEMPTS for kind in attempt.open} <= FENCES.keys()
