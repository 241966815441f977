"""Libraries get what they import only when it is used; nothing else is installed for them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import cloudpickle  # noqa: F401 - the checkpoint imports it, and sys.path is another one here
import pytest

from pyagent.sandbox.checkpoint import restore_checkpoint, take_checkpoint
from pyagent.sandbox.interrupts import Interrupts
from pyagent.sandbox.kernel import Kernel

STAND_INS = ("pandas", "openpyxl", "lxml", "xlrd", "numexpr")


class Packages:
    """An installer that writes modules into ``folder``. ``asked`` has what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def __call__(self, module: str) -> None:
        self.asked.append(module)
        if module == "xlrd":
            raise ModuleNotFoundError("Nobody has it.")
        (self.folder / f"{module}.py").write_text("VALUE = 42\n")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    monkeypatch.setattr(sys, "path", [str(tmp_path / "lib")])
    for name in STAND_INS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    library = tmp_path / "lib" / "pandas"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text(
        "import importlib\n"
        "try:\n    import numexpr\nexcept ImportError:\n    numexpr = None\n"
        "def read(name):\n    return importlib.import_module(name).VALUE\n"
    )
    yield Packages(tmp_path / "lib")
    for name in STAND_INS:  # monkeypatch puts back only what there was
        sys.modules.pop(name, None)


def run(packages: Packages, tmp_path: Path, code: str) -> object:
    (tmp_path / "work").mkdir()
    kernel = Kernel(work_dir=tmp_path / "work", send=lambda message: None, install=packages)
    done = kernel.execute(code, 1)
    assert done.error is None or done.answer is None
    return done.answer.value if done.answer else done.error


@pytest.mark.parametrize("module", ["openpyxl", "lxml"])
def test_a_library_gets_what_it_is_about_to_use(
    packages: Packages, tmp_path: Path, module: str
) -> None:
    code = f"import pandas\nfinal_answer(pandas.read({module!r}))"
    assert run(packages, tmp_path, code) == 42
    assert packages.asked == [module]


def test_what_a_library_tries_and_does_without_is_not_installed(
    packages: Packages, tmp_path: Path
) -> None:
    assert run(packages, tmp_path, "import pandas\nfinal_answer(pandas.numexpr is None)") is True
    assert packages.asked == []


def test_a_library_says_itself_that_something_is_missing(
    packages: Packages, tmp_path: Path
) -> None:
    error = run(packages, tmp_path, "import pandas\nfinal_answer(pandas.read('xlrd'))")
    assert "No module named 'xlrd'" in str(error)
    assert packages.asked == ["xlrd"]


def test_restored_variables_get_their_packages(packages: Packages, tmp_path: Path) -> None:
    (tmp_path / "lib" / "table.py").write_text("class Table:\n    rows = 3\n")
    (tmp_path / "work").mkdir()
    first = Kernel(work_dir=tmp_path / "work", send=lambda message: None)
    done = first.execute("import table as t\nvalue = t.Table()\n", 1)
    assert done.error is None
    saved, skipped = take_checkpoint(first, Interrupts(), with_files=False)
    assert skipped == {}
    del sys.modules["table"]
    (tmp_path / "lib" / "table.py").rename(tmp_path / "kept.py")

    class Again(Packages):
        def __call__(self, module: str) -> None:
            self.asked.append(module)
            shutil.copy(tmp_path / "kept.py", self.folder / f"{module}.py")

    again = Again(packages.folder)
    second = Kernel(work_dir=tmp_path / "work", send=lambda message: None, install=again)
    names, failed = restore_checkpoint(second, saved)
    assert (sorted(names), failed, again.asked) == (["t", "value"], {}, ["table"])
    del sys.modules["table"]


def test_modules_are_imported_ahead_without_a_trace_in_the_namespace(
    packages: Packages, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    sent: list[object] = []
    kernel = Kernel(work_dir=tmp_path / "work", send=sent.append, install=packages)
    before = set(kernel.namespace)
    kernel.preload(["openpyxl", "xlrd", "json.nowhere"])
    assert "openpyxl" in sys.modules
    assert set(kernel.namespace) == before
    assert (packages.asked, sent) == (["openpyxl", "xlrd"], [])
