"""What the person reads about a reply that the model has to correct: not the model's advice."""

from __future__ import annotations

import pytest

from pyagent.agents.run import observation
from pyagent.agents.run.actor import BROKEN_CALL, unreadable, with_correction
from pyagent.memory import ActionStep

STEP = ActionStep(number=1, reply="")


@pytest.mark.parametrize(
    ("correction", "told"),
    [
        (observation.EMPTY_REPLY, "The model's reply was empty."),
        (observation.NO_CODE, "The model's reply had no Python block, so nothing ran."),
        (observation.NO_CODE_IN_JSON, "The model's reply held no code, so nothing ran."),
        (observation.NO_TOOL_CALL, "The model's reply called no tool, so nothing happened."),
        (
            observation.ANNOUNCED,
            "The model's reply only said what comes next, so nothing was done.",
        ),
        (
            observation.CUT_OFF,
            "The model's reply was cut off because it was too long, so its code did not run.",
        ),
        (
            observation.CUT_OFF_CALL,
            "The model's reply was cut off because it was too long, so no tool was called.",
        ),
    ],
)
def test_person_reads_what_was_wrong_and_the_model_what_to_do(correction: str, told: str) -> None:
    step = with_correction(STEP, correction)

    assert step.error is not None
    assert step.error.message == told
    assert correction in str(step.observation)


@pytest.mark.parametrize("fault", [BROKEN_CALL, "bad JSON. It ends early", "x"])
def test_person_reads_why_a_reply_could_not_be_read(fault: str) -> None:
    step = unreadable(STEP, fault)

    assert step.error is not None
    expected = f"The model's reply could not be read, so nothing was done ({fault})."
    assert step.error.message == expected
    assert observation.MISREAD.format(fault=fault) in str(step.observation)
