"""Which packages are well known, by their names on the index."""

from __future__ import annotations

import pytest

from pyagent.executors.known_packages import PATH, is_known, normalized


@pytest.mark.parametrize(
    "name", ["numpy", "NumPy", "scikit-learn", "scikit_learn", "ruamel.yaml", "python-dateutil"]
)
def test_packages_that_people_use_are_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize("name", ["", "my-name-is-secret", "numpyy", "#", "# sources", "pip\n"])
def test_any_other_name_is_not(name: str) -> None:
    assert not is_known(name)


def test_the_list_says_where_it_comes_from_and_has_one_spelling_of_each_name() -> None:
    lines = PATH.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    names = [line for line in lines if not line.startswith("#")]
    said = " ".join(head)
    assert [word in said for word in ("Pyodide 3", "PyPI", " 20")] == [True] * 3
    assert names == sorted({normalized(name) for name in names})
    assert 1_500 < len(names) < 3_000
