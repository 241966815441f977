"""The sentence that ends a run whose code fails again and again."""

from __future__ import annotations

import pytest

from pyagent.agents.run.failures import ENDED_AT, RepeatedFailures
from pyagent.memory import ActionStep
from pyagent.protocol import ErrorInfo


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (
            ErrorInfo(
                type="NameError",
                message="name 'df' is not defined. Assign a value to 'df' first",
                line=1,
                source_line="  final_answer(df)",
            ),
            "NameError: name 'df' is not defined. Assign a value to 'df' first "
            "(line 1: final_answer(df))",
        ),
        (ErrorInfo(type="ValueError", message="no", line=3), "ValueError: no (line 3)"),
        (ErrorInfo(type="ValueError", message="no\nat all"), "ValueError: no\nat all"),
        (
            ErrorInfo(type="KeyError", message="a\nb", line=2, source_line="x['a']"),
            "KeyError: a\nb (line 2: x['a'])",
        ),
        (ErrorInfo(type="StopIteration", message="", line=1), "StopIteration (line 1)"),
    ],
)
def test_place_of_the_error_stands_apart_from_its_message(error: ErrorInfo, cause: str) -> None:
    failures, end = RepeatedFailures(), None
    for number in range(ENDED_AT):
        step = ActionStep(number=number + 1, reply="", code="final_answer(df)", error=error)
        _, end = failures.note(step)

    assert end is not None
    assert end.message.endswith(f"it failed each time: {cause}")
