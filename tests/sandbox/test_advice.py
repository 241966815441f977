"""What a place cannot do is said in one line with what to use, and so is a module it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyagent.sandbox.advice.alternatives import INSTEAD, NEVER_IN_PAGES, meant_by
from pyagent.sandbox.advice.limits import NO_NETWORK, NO_PROGRAMS, NO_THREADS
from pyagent.sandbox.kernel import Kernel


def refuse(module: str) -> None:
    raise OSError("asked the index")


def error_of(tmp_path: Path, code: str, *, can_install: bool = True) -> str:
    """The message of the error that ``code`` ends with."""
    kernel = Kernel(
        work_dir=tmp_path, send=lambda sent: None, install=refuse if can_install else None
    )
    done = kernel.execute(code, 1)
    assert done.error is not None
    return done.error.message


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("RuntimeError('TLS not supported in this environment')", NO_NETWORK),
        ("ImportError(\"No module named 'httpcore'\\nIt is in the distribution\")", NO_NETWORK),
        ("NotImplementedError('This build lacks multiprocessing.synchronize, as')", NO_THREADS),
        ("OSError(138, 'emscripten does not support processes.')", NO_PROGRAMS),
        ("ConnectionError('Max retries exceeded with url: ' + 'x' * 80)", NO_NETWORK),
        ("ConnectionError('two\\nlines')", NO_NETWORK),
        ("ConnectionError('refused')", f"refused. {NO_NETWORK}"),
    ],
)
def test_what_a_page_lacks_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, said: str
) -> None:
    code = f"try:\n    raise KeyError('inside')\nexcept KeyError as e:\n    raise {error} from e"
    assert said not in error_of(tmp_path, code)
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert error_of(tmp_path, code) == said


def test_parquet_without_its_reader_is_one_line(tmp_path: Path) -> None:
    text = (
        "Unable to find a usable engine\\n - `Import pyarrow` failed. Use pip or conda to get it."
    )
    said = error_of(tmp_path, f"raise ImportError({text!r})".replace("\\\\n", "\\n"))
    assert said.endswith("use CSV, Excel or JSON in place")
    assert "\n" not in said


@pytest.mark.parametrize(
    "module", ["torch", "tensorflow", "psycopg2", "selenium", "pygame", "yfinance"]
)
def test_a_module_that_no_page_can_run_is_refused_without_asking_the_index(
    tmp_path: Path, module: str
) -> None:
    said = error_of(tmp_path, f"import {module}.part as x")
    assert said.startswith(f"No module named '{module}': it does not run here; ")
    assert said.count(". ") == 0
    assert "\n" not in said


@pytest.mark.parametrize("module", ["there_is_no_such", "something_odd"])
def test_a_module_that_is_not_installed_is_one_sentence(tmp_path: Path, module: str) -> None:
    said = error_of(tmp_path, f"import {module}", can_install=False)
    assert said.startswith(f"No module named '{module}': it is not installed, and")
    assert said.endswith("; use the standard library or do without")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("panda", "pandas"),
        ("nunpy", "numpy"),
        ("seabron", "seaborn"),
        ("matplotlibb", "matplotlib"),
        ("pillow", "PIL"),
        ("beautifulsoup4", "bs4"),
        ("scikit_learn", "sklearn"),
    ],
)
def test_a_slip_of_the_keys_names_what_was_meant(tmp_path: Path, written: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in error_of(tmp_path, f"import {written}")


@pytest.mark.parametrize(
    "module",
    [
        *("numpy", "pandas", "PyPDF2", "pandera", "request_cache", "ujson", "httpx", "polars"),
        *("six", "simpy", "scapy", "doc", "docs"),
    ],
)
def test_names_of_other_packages_are_no_slips(module: str) -> None:
    assert meant_by(module) == ""


def test_a_name_like_one_of_the_library_is_suggested_when_nothing_else_is_there(
    tmp_path: Path,
) -> None:
    said = error_of(tmp_path, "import jsonn", can_install=False)
    assert said.endswith("; did you mean json?")


def test_the_table_has_well_known_names_and_advice_that_ends_a_sentence() -> None:
    assert len(INSTEAD) >= 40
    assert {"tkinter", "torch"} <= NEVER_IN_PAGES <= INSTEAD.keys()
    assert all(advice[-1].isalpha() for advice in INSTEAD.values())
