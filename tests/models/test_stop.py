"""Stop strings are found wherever a stream splits the reply."""

from __future__ import annotations

import pytest

from pyagent.models.stop import StopCutter

STOP = ["</code>", "</end", "\nObservation:"]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("a</code>b", "a"),
        ("</code>", ""),
        ("a</cod</code>", "a</cod"),
        ("a<</code>", "a<"),
        ("a</en</code></end", "a</en"),
        ("a\nObservation: 1</code>", "a"),
        ("é€😀</end😀", "é€😀"),
    ],
)
def test_text_before_the_first_stop_string_passes(text: str, before: str) -> None:
    for size in range(1, len(text) + 1):
        cutter = StopCutter(STOP)
        passed = "".join(cutter.feed(text[i : i + size]) for i in range(0, len(text), size))
        assert passed + cutter.finish() == before
        assert cutter.found


@pytest.mark.parametrize("text", ["", "a", "a</code", "a</", "\nObservation", "<" * 9])
def test_text_without_a_stop_string_passes_whole(text: str) -> None:
    cutter = StopCutter(STOP)
    passed = "".join(map(cutter.feed, text)) + cutter.finish()
    assert (passed, cutter.found) == (text, False)


def test_text_that_cannot_be_a_stop_string_is_not_held_back() -> None:
    assert StopCutter(STOP).feed("a<b </cod x") == "a<b </cod x"
    assert StopCutter([]).feed("a<") == "a<"
    assert StopCutter([""]).feed("a<") == "a<"
