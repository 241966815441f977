"""What the build leaves out of the Python of a page: comments and the columns of bytecode."""

from __future__ import annotations

import dis
from collections.abc import Callable
from types import CodeType

import pytest

from inside.columns import without_columns
from inside.library import checked, without_comments

SOURCES = (
    b"# -*- coding: latin-1 -*-\nname = '\xe9'  # \xe9\n",
    b"#!/usr/bin/env python\n# the second line\nx = 1\n",
    b'text = """one # not a comment\n  # nor this\n"""  # but this\nother = "# no"\n',
    b"def f(a,  # first\n      b):\n    # alone\n\n    if a:  # why\n        return b # end",
    b"x = [\n    1,  # one\n    # two\n]\n\x0c\n# after a form feed\ny = f'{x!r}'  # done\n",
    b"z = '\xe2\x80\xa8'  # a line separator of Unicode in a text\nw = 2\n",
    b"match = 1\r\nif match:  # carriage returns\r\n    pass\r\n",
)


@pytest.mark.parametrize("source", SOURCES)
def test_source_without_comments_is_the_same_program_on_the_same_lines(source: bytes) -> None:
    lean = without_comments(source)
    assert checked(source, lean, "source.py") == lean
    assert lean.count(b"\n") == source.count(b"\n")


def test_comments_are_gone_and_texts_that_look_like_them_stay() -> None:
    lean = without_comments(SOURCES[2])
    assert lean == b'text = """one # not a comment\n  # nor this\n"""\nother = "# no"\n'
    assert b"coding: latin-1" in without_comments(SOURCES[0])


def test_source_that_would_be_another_program_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Without its comments, a\.py would be another program"):
        checked(b"x = 1\n", b"x = 2\n", "a.py")


def _loops(values: list[int]) -> int:
    total = 0
    for value in values:
        try:
            total += 10 // value if value else sum(one for one in values if one)
        except (
            ZeroDivisionError,
            OverflowError,
        ) as error:
            raise ValueError(
                error,
            ) from None
        finally:
            total -= 1
    return total


async def _waits(source: Callable[[], object]) -> list[object]:
    async with source() as opened:  # type: ignore[attr-defined]
        return [one async for one in opened if (lambda x: x)(one)]


@pytest.mark.parametrize("code", [_loops.__code__, _waits.__code__, dis.dis.__code__])
def test_code_without_columns_keeps_every_line(code: CodeType) -> None:
    lean = without_columns(code)
    assert [*lean.co_lines()] == [*code.co_lines()]
    assert {(start, end) for *_, start, end in lean.co_positions()} == {(None, None)}
    assert lean.co_code == code.co_code
    assert len(lean.co_linetable) < len(code.co_linetable)


def test_nested_code_loses_its_columns_too_and_still_runs() -> None:
    lean = without_columns(
        compile("def f():\n    return [i for i in (1, 2)]\n\n\nx = f()", "a", "exec")
    )
    inner = next(one for one in lean.co_consts if isinstance(one, CodeType))
    assert {start for *_, start, _ in inner.co_positions()} == {None}
    names: dict[str, object] = {}
    exec(lean, names)
    assert names["x"] == [1, 2]


def test_lines_far_apart_and_backwards_are_told() -> None:
    source = "x = (" + "\n" * 5000 + "int(\n'1'))\n" + "\n" * 100 + "y = x"
    code = compile(source, "far", "exec")
    assert [*without_columns(code).co_lines()] == [*code.co_lines()]
