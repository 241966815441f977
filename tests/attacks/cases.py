"""What an attack is here: code or data, and beside it what must come of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attack. ``expected`` is a regular expression for the whole outcome."""

    name: str
    attack: str
    expected: str = ""
    open: str = ""
    """The number in the list of findings, and what is wrong, while the attack still succeeds."""


def each(cases: Iterable[Case]) -> Any:
    """Parametrize a test by ``case``. A case that is still open is expected to fail."""
    parameters = [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(strict=True, reason=case.open)] if case.open else [],
        )
        for case in cases
    ]
    return pytest.mark.parametrize("case", parameters)
