"""Which packages are well known, by their names on the index."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from pyagent.executors import known_packages
from pyagent.executors.known_packages import FILE, is_known, normalized

FOLDER = Path(known_packages.__file__).parent


@pytest.mark.parametrize(
    "name", ["numpy", "NumPy", "scikit-learn", "scikit_learn", "ruamel.yaml", "python-dateutil"]
)
def test_packages_that_people_use_are_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize("name", ["", "my-name-is-secret", "numpyy", "#", "# sources", "pip\n"])
def test_any_other_name_is_not(name: str) -> None:
    assert not is_known(name)


def test_the_list_says_where_it_comes_from_and_has_one_spelling_of_each_name() -> None:
    lines = (FOLDER / FILE).read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    names = [line for line in lines if not line.startswith("#")]
    said = " ".join(head)
    assert [word in said for word in ("Pyodide 3", "PyPI", " 20")] == [True] * 3
    assert names == sorted({normalized(name) for name in names})
    assert 1_500 < len(names) < 3_000


def test_the_list_is_read_from_a_wheel_that_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "packed.whl"
    with ZipFile(wheel, "w") as archive:
        archive.writestr("packed/__init__.py", "")
        for name in ("known_packages.py", FILE):
            archive.write(FOLDER / name, f"packed/{name}")
    monkeypatch.syspath_prepend(str(wheel))
    from packed.known_packages import is_known as is_known_there  # type: ignore[import-not-found]

    assert is_known_there("numpy")
    monkeypatch.delitem(sys.modules, "packed.known_packages")
