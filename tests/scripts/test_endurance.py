"""How much scripts/soak measures is what it was asked for, and everything when it was not asked."""

from __future__ import annotations

import pytest

from endurance import MEASUREMENTS, SHORT
from endurance.__main__ import arguments_of


@pytest.mark.parametrize(
    ("given", "only", "share"),
    [
        ([], list(MEASUREMENTS), 1.0),
        (["--only", "kills", "tabs"], ["kills", "tabs"], 1.0),
        (["--short"], list(MEASUREMENTS), SHORT),
        (["--share", "0.2", "--only", "memory"], ["memory"], 0.2),
    ],
)
def test_options_say_what_is_measured(given: list[str], only: list[str], share: float) -> None:
    asked = arguments_of(given)
    assert (asked.only, asked.share) == (only, share)
