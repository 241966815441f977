"""Kept conversations in Firefox."""

from __future__ import annotations

from ..history.conftest import kept
from ..history.test_reload import (
    test_a_finished_conversation_is_as_it_was,
    test_an_interrupted_task_goes_on_after_its_last_step,
    test_the_conversation_goes_on_with_its_variables_and_files,
)

__all__ = [
    "kept",
    "test_a_finished_conversation_is_as_it_was",
    "test_an_interrupted_task_goes_on_after_its_last_step",
    "test_the_conversation_goes_on_with_its_variables_and_files",
]
