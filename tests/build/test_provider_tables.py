"""The script that makes the tables of providers and models."""

from __future__ import annotations

import pytest

import providers


def test_tables_are_what_the_script_makes_of_its_sources() -> None:
    """The test needs litellm in .cache/peers, and the package index once."""
    providers.main(check=True)


def test_changed_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "tables", lambda: {providers.CATALOG: "{}\n"})
    with pytest.raises(SystemExit, match=r"models\.jsonl"):
        providers.main(check=True)


def test_free_is_only_what_is_named_so() -> None:
    assert providers._price("m", 0.0, 0.0, None, None) == [None, None, None, None]
    assert providers._price("m:free", 0.0, 0.0, None, None) == [0, 0, None, None]


@pytest.mark.parametrize(
    ("costs", "price"),
    [
        ((0.25, 2.0, 0.025, None), [0.25, 2, 0.025, None]),
        ((3.0, 15.0, None, 3.75), [3, 15, None, 3.75]),
        ((3.0, 15.0, 0.3, 0.0), [3, 15, 0.3, None]),
        ((1.0, None, None, None), [None, None, None, None]),
    ],
)
def test_price_needs_input_and_output(
    costs: tuple[float | None, ...], price: list[float | None]
) -> None:
    assert providers._price("m", *costs) == price


def test_newer_row_wins_and_its_gaps_are_filled() -> None:
    newer = [1000, None, 1, 2, None, None, "y??nr"]
    older = [900, 50, 9, 9, 9, 9, "nyn?"]
    assert providers._merged(newer, older) == [1000, 50, 1, 2, None, None, "yynnr"]
    assert providers._merged([None] * 6 + ["????"], older) == older
