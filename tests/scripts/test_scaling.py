"""What more workers bring is computed from what was measured, and the page has that table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scaling import MEASURED, WORKERS, one_process, scale, table

PAGE = Path(__file__).parents[2] / "docs" / "ray.md"


def test_page_has_the_computed_table() -> None:
    assert table() in PAGE.read_text("utf-8")


def test_more_workers_help_until_the_program_that_hands_out_tasks_is_busy() -> None:
    rows = [scale(workers, cores=2) for workers in WORKERS]
    most = 1 / MEASURED.driver_work_s
    assert rows[0].code_per_s == pytest.approx(10 / (MEASURED.code_work_s + MEASURED.far_work_s))
    assert rows[0].code_per_s < rows[1].code_per_s < rows[2].code_per_s <= most
    assert all(row.tools_per_s <= most for row in rows)
    assert rows[2].memory_gib == pytest.approx(100 * rows[0].memory_gib)


def test_cluster_pays_from_the_task_at_which_both_are_equally_fast() -> None:
    row = scale(10, cores=2)
    _, here = one_process(cores=2)
    there = MEASURED.start_s + row.pays_from / row.code_per_s
    assert there == pytest.approx(row.pays_from / here, rel=0.01)


def test_slower_start_pays_later() -> None:
    slow = replace(MEASURED, start_s=2 * MEASURED.start_s)
    assert scale(10, cores=2, measured=slow).pays_from > scale(10, cores=2).pays_from
