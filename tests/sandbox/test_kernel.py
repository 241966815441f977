"""The kernel alone, in this process. tests/contracts/executor holds what every executor does."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyagent.protocol import Bundle, Display, Executed, Output
from pyagent.sandbox.kernel import Kernel


class Session:
    """A kernel and the messages that it sent."""

    def __init__(self, folder: Path, install: Callable[[str], None] | None = None) -> None:
        self.sent: list[Output | Display] = []
        self.kernel = Kernel(work_dir=folder, send=self.sent.append, install=install)
        self._step = 0

    def run(self, code: str) -> Executed:
        self._step += 1
        return self.kernel.execute(code, self._step)

    def value(self, code: str) -> Bundle:
        executed = self.run(code)
        assert executed.value is not None, executed
        return executed.value


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


def test_process_is_left_as_it_was(session: Session) -> None:
    before = sys.stdout, sys.stderr, sys.stdin, sys.modules["__main__"], list(sys.meta_path)
    session.run("import sys\nsys.stdout = None\nx = 1 / 0")
    after = sys.stdout, sys.stderr, sys.stdin, sys.modules["__main__"], list(sys.meta_path)
    assert after == before
    assert sys.gettrace() is None


def test_code_that_closes_its_streams_can_print_in_the_next_step(session: Session) -> None:
    session.run("import sys\nprint('a')\nsys.stdout.close()")
    session.run("print('b')")
    assert [event.text for event in session.sent if isinstance(event, Output)] == ["a\n", "b\n"]


def test_code_that_deletes_its_builtins_gets_them_back(session: Session) -> None:
    session.run("del __builtins__")
    executed = session.run("final_answer(len('abc'))")
    assert executed.answer is not None
    assert executed.answer.value == 3


def test_missing_module_is_installed_when_the_code_asks(tmp_path: Path) -> None:
    asked: list[str] = []

    def install(name: str) -> None:
        asked.append(name)
        (tmp_path / f"{name}.py").write_text("import optional_thing_of_mine as _\n")
        raise RuntimeError("the index refused it")

    session = Session(tmp_path, install)
    error = session.run("import importlib\nimportlib.import_module('new_thing_of_mine')").error
    assert error is not None
    assert error.message == "No module named 'new_thing_of_mine'. the index refused it"
    assert asked == ["new_thing_of_mine"]


def test_installed_module_is_imported_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(name: str) -> None:
        (tmp_path / f"{name}.py").write_text("value = 5\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    session = Session(tmp_path, install)
    assert session.value("from fresh_module_of_mine import value\nvalue")["text/plain"] == "5"
    del sys.modules["fresh_module_of_mine"]


def test_optional_module_of_a_library_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    library = tmp_path / "library"
    library.mkdir()
    (library / "careful_library.py").write_text(
        "try:\n    import fast_extra_of_mine\nexcept ImportError:\n    fast = False\n"
    )
    monkeypatch.syspath_prepend(str(library))
    work = tmp_path / "work"
    work.mkdir()
    session = Session(work, asked.append)
    assert session.value("import careful_library\ncareful_library.fast")["text/plain"] == "False"
    assert asked == []
    del sys.modules["careful_library"]


def test_tool_taken_for_a_module_is_explained_and_never_installed(tmp_path: Path) -> None:
    asked: list[str] = []
    session = Session(tmp_path, asked.append)
    session.kernel.set_tools({"web_search": print})
    error = session.run("from web_search import web_search").error
    assert error is not None
    assert "Tools are already defined as functions: call them" in error.message
    assert asked == []


def test_data_frames_are_tables(session: Session) -> None:
    table = session.value(
        "import pandas as pd\n"
        "pd.DataFrame({'n': [1, 2], 'x': [0.5, float('nan')], 'day': ['a', 'b']})"
    )["application/vnd.dataresource+json"]
    assert table["schema"]["fields"] == [
        {"name": "n", "type": "integer"},
        {"name": "x", "type": "number"},
        {"name": "day", "type": "string"},
    ]
    assert table["data"][1] == {"n": 2, "x": None, "day": "b"}
    grouped = session.value("pd.DataFrame({'k': ['a', 'a'], 'v': [1, 2]}).groupby('k').sum()")
    assert grouped["application/vnd.dataresource+json"]["data"] == [{"k": "a", "v": 3}]


def test_rich_form_that_fails_leaves_the_plain_one(session: Session) -> None:
    code = (
        "class Bad:\n"
        "    def _repr_html_(self): raise ValueError\n"
        "    def __repr__(self): return 'b'"
    )
    assert session.value(f"{code}\nb = Bad()\nb") == {"text/plain": "b"}


def test_class_is_not_asked_for_rich_forms(session: Session) -> None:
    code = "class C:\n    def _repr_html_(self): return 'x'\nC"
    assert session.value(code) == {"text/plain": "<class '__main__.C'>"}


def test_numpy_answers_become_json_values(session: Session) -> None:
    executed = session.run(
        "import numpy as np\nfinal_answer({'a': np.arange(3), 'b': np.float64(1)})"
    )
    assert executed.answer is not None
    assert executed.answer.value == {"a": [0, 1, 2], "b": 1.0}


def test_answer_counts_even_when_clean_up_fails_after_it(session: Session) -> None:
    executed = session.run("try:\n    final_answer(1)\nfinally:\n    1 / 0")
    assert executed.answer is not None
    assert executed.error is None


def test_answer_whose_text_fails_is_an_error(session: Session) -> None:
    executed = session.run(
        "class Bad:\n    def __repr__(self): raise KeyboardInterrupt\nfinal_answer(Bad())"
    )
    assert executed.answer is None
    assert executed.error is not None


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("final_answer({2020: 5})", {"2020": 5}),
        ("import datetime\nfinal_answer([datetime.date(2026, 1, 2)])", ["2026-01-02"]),
        ("final_answer({'mean': float('nan'), 'n': {3}})", {"mean": None, "n": [3]}),
        ("from decimal import Decimal\nfinal_answer(Decimal('2.5'))", 2.5),
        ("import collections\nfinal_answer(collections.Counter('aab'))", {"a": 2, "b": 1}),
    ],
)
def test_answer_of_data_stays_data(session: Session, code: str, data: Any) -> None:
    executed = session.run(code)
    assert executed.answer is not None
    assert executed.answer.value == data


def test_answer_whose_conversion_fails_is_its_text(session: Session) -> None:
    code = "class Odd:\n    def tolist(self): raise OSError\n    def __repr__(self): return 'odd'\n"
    executed = session.run(f"{code}final_answer(Odd())")
    assert executed.answer is not None
    assert executed.answer.value == "odd"


def test_sources_are_remembered_by_step(session: Session) -> None:
    session.run("x = 1\ny = 2")
    assert linecache.getline("<step 1>", 2) == "y = 2\n"


def test_causes_and_groups_are_part_of_the_error(session: Session) -> None:
    error = session.run(
        "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('bad') from e"
    ).error
    assert error is not None
    assert "caused by KeyError: 'k'" in error.traceback
    assert error.message == "bad\ncaused by KeyError: 'k' (line 2)"
    group = session.run("raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])").error
    assert group is not None
    assert group.message == "two (2 sub-exceptions): ValueError: a; TypeError: b"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('bad')",
            "bad\nwhile handling ZeroDivisionError: division by zero (line 2)",
        ),
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('bad') from None",
            "bad",
        ),
        ("raise RuntimeError('a') from OSError('b')", "a\ncaused by OSError: b"),
        ("raise RuntimeError('a') from RuntimeError('a')", "a"),
        (
            "def f(n):\n    try:\n        if n: f(n - 1)\n        else: [][1]\n"
            "    except Exception as e:\n        raise ValueError(f'level {n}') from e\nf(1)",
            "level 1\ncaused by ValueError: level 0 (line 6)\n"
            "caused by IndexError: list index out of range (line 4)",
        ),
    ],
)
def test_error_tells_the_exceptions_before_it(session: Session, code: str, told: str) -> None:
    error = session.run(code).error
    assert error is not None
    assert error.message == told


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys\nsys.exit('no rows')", "no rows\n"),
        ("raise SystemExit('no key')", "no key\n"),
        ("exit(3)", "3\n"),
        ("exit(0)", ""),
        ("quit()", ""),
    ],
)
def test_reason_of_an_exit_is_told(session: Session, code: str, reason: str) -> None:
    error = session.run(code).error
    assert error is not None
    assert error.message.startswith(f"{reason}exit() does not end the task")


def test_error_about_a_missing_file_names_the_files_that_exist(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = session.run("open('shop.csv')").error
    assert error is not None
    assert "There are no files here. If the task contains the data, write it" in error.message
    error = session.run("open('ours.txt', 'w').close(); open('shop.csv')").error
    assert error is not None
    assert "Files here: ours.txt" in error.message


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("import maths", "maths"),
        ("math.pi", "Did you forget to import 'math'? Write: import math"),
        ("timedelta(days=1)", "Write: from datetime import timedelta"),
        ("prnt(1)", "Did you mean 'print'?"),
        ("text.split()", "name 'text' is not defined. Assign a value to 'text' first"),
        ("float('Lima: 10,092 km')", "Extract the number from the string: float('10092')"),
        ("int('-1.5 m, 2 s')", "The string contains several numbers: -1.5, 2"),
        ("'a'.uper()", "Did you mean 'upper'?"),
        ("tall = '330 m'\ntall / 3", "tall is the string '330 m': convert it to a number first"),
        (
            "found = 'about 1,250 EUR'\nfound * 0.5",
            "found is the string 'about 1,250 EUR': convert it to a number first: float('1250')",
        ),
        (
            "ann = {'salary': 1, 'born': 1984}\nann['year']",
            "'year'. ann has the keys 'salary', 'born'",
        ),
        (
            "rows = [{'n': 1}]\ntotal = sum(row['amount'] for row in rows)",
            "'amount'. row has the keys 'n'",
        ),
        (
            "big = dict.fromkeys(range(100))\nbig['a' * 2]",
            "'aa'. big has the keys 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
            "18, 19 and 80 more",
        ),
        ("names = ['a']\nnames['first']", "names is the list ['a']"),
        ("found = 'Bonn, 7 km'\nfound['km']", "found is the str 'Bonn, 7 km'"),
        ("found = None\nfound['km']", "found is the NoneType None"),
        (
            "row = {'a': '1'}\nsum(row[k] for k in ['a'])",
            "One of the values is a string, not a number: convert it with float(row[",
        ),
        (
            "sum(['1', '2'])",
            "One of the values is a string, not a number: convert it with float(...)",
        ),
        (
            "from IPython.display import display",
            "are already defined: use them without an import",
        ),
    ],
)
def test_errors_of_small_models_get_a_hint(session: Session, code: str, hint: str) -> None:
    error = session.run(code).error
    assert error is not None
    assert hint in error.message


def test_key_error_that_code_raises_itself_lists_no_keys(session: Session) -> None:
    error = session.run("ages = {'a': 1}\nif ages['a']: raise KeyError('nobody', 'here')").error
    assert error is not None
    assert "has the keys" not in error.message


def test_code_that_defines_a_tool_is_told_to_call_it(session: Session) -> None:
    session.kernel.set_tools({"price": len})
    error = session.run("def price(name):\n    return 3\nfinal_answer(price('ab'))").error
    assert error is not None
    assert "price is already defined as a tool: call it" in error.message
    assert session.value("price('ab')")["text/plain"] == "2"


def test_tool_hidden_by_its_own_result_comes_back(session: Session) -> None:
    session.kernel.set_tools({"price": len})
    error = session.run("price = price('ab')\nprice = price('abc')").error
    assert error is not None
    assert "price is a function: give its result another name" in error.message
    assert session.value("price('ab')")["text/plain"] == "2"


def test_value_under_the_name_of_a_tool_is_kept_until_it_is_called(session: Session) -> None:
    session.kernel.set_tools({"price": len})
    session.run("price = price('ab')")
    assert session.value("price + 1")["text/plain"] == "3"


def test_only_the_tool_that_was_called_comes_back(session: Session) -> None:
    session.kernel.set_tools({"price": len, "stock": len})
    session.run("stock = [1, 2]\nprice = price('ab')")
    error = session.run("price('abc')").error
    assert error is not None
    assert "stock" not in error.message
    assert session.value("stock")["text/plain"] == "[1, 2]"
    session.run("price = 3")
    assert session.run("total = 1\ntotal()").error is not None
    assert session.value("price")["text/plain"] == "3"


def test_joining_text_and_a_number_gets_no_hint_about_numbers(session: Session) -> None:
    error = session.run("total = 3\n'Total: ' + total").error
    assert error is not None
    assert "float" not in error.message
