"""Imports are noticed while a reply streams."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from pyagent.parsing import imports
from pyagent.parsing.imports import MAX_LINE_CHARS, ImportWatch, imported_modules


def watched(text: str, size: int) -> list[set[str]]:
    heard: list[set[str]] = []

    def expect(modules: Collection[str]) -> None:
        heard.append(set(modules))

    watch = ImportWatch(expect)
    for at in range(0, len(text), size):
        watch.feed(text[at : at + size])
    return heard


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("import pandas as pd", {"pandas"}),
        ("    import numpy as np, os.path as p", {"numpy", "os.path"}),
        ("from matplotlib.pyplot import plot", {"matplotlib.pyplot"}),
        ("df = pd.read_csv('x.csv')", {"pandas"}),
        ("ax = plt.subplots(); sns.heatmap(df)", {"matplotlib.pyplot", "seaborn"}),
        ('{"code": "import scipy', {"scipy"}),
        ("x = my.pd.y", set()),
        ("important = 1", set()),
        ("from . import y", set()),
        ("Take it from there.", set()),
    ],
)
def test_lines_name_modules(line: str, modules: set[str]) -> None:
    assert imported_modules(line) == modules


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_each_module_is_told_once_however_the_text_is_cut(size: int) -> None:
    text = "I look.\n```python\nimport pandas as pd\nimport json\ndf = pd.DataFrame()\n```\n"
    told = watched(text, size)
    assert set().union(*told) == {"pandas", "json"}
    assert sum(len(modules) for modules in told) == 2


def test_an_import_is_told_before_the_reply_ends() -> None:
    assert watched("```python\nimport pandas\nx = ", 5) == [{"pandas"}]


def test_line_breaks_in_json_end_a_line() -> None:
    assert watched('{"code": "import pandas as pd\\nprint(1)', 4) == [{"pandas"}]


def test_a_line_without_an_end_is_looked_at_in_parts() -> None:
    assert watched("x" * MAX_LINE_CHARS + " import pandas as pd" + "y" * 50_000, 64)


def test_a_long_line_that_comes_at_once_is_looked_at_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []

    def look(line: str) -> set[str]:
        looked.append(len(line))
        return imported_modules(line)

    monkeypatch.setattr(imports, "imported_modules", look)
    assert watched("import a " * 20_000 + "\nimport pandas\n", 1_000_000)[0] >= {"a", "pandas"}
    assert max(looked) <= MAX_LINE_CHARS
