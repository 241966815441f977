"""Counts failures that repeat, so that a run that goes in circles ends. Actors note each step."""

from __future__ import annotations

import json
from dataclasses import replace

from pyagent.agents.run.observation import FAILED_AGAIN, describe_error
from pyagent.errors import AgentError
from pyagent.memory import ActionStep
from pyagent.texts import cut_middle

TOLD_AT = 3
"""From this identical failure on, the model is told that it repeats itself."""

ENDED_AT = 5
"""This identical failure ends the run."""


class RepeatedFailures:
    """The failures of one run, counted by what was done and how it failed.

    Steps between them do not reset the count, so a model that alternates between two failures is
    noticed too.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def note(self, step: ActionStep) -> tuple[ActionStep, AgentError | None]:
        """The step, with a word to the model if it repeats itself, and what must end the run."""
        if step.error is None or not (step.code or step.tool_uses):
            return step, None
        calls = [[use.name, use.arguments, use.fault] for use in step.tool_uses]
        done = [step.code.strip(), calls, step.error.type, step.error.message]
        key = json.dumps(done, sort_keys=True)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count >= TOLD_AT:
            step = _with_note(step, FAILED_AGAIN.format(count=count))
        return step, _at_end(step, count) if count >= ENDED_AT and _acted(step) else None


def _acted(step: ActionStep) -> bool:
    """Whether anything ran. An answer in the wrong form is only a reply that cannot be read."""
    only_answers = all(use.name == "final_answer" for use in step.tool_uses)
    refused = step.error is not None and step.error.type == "AnswerRefused"
    return bool(step.code) or refused or not only_answers


def _with_note(step: ActionStep, note: str) -> ActionStep:
    """The step with ``note`` at the end of what the model reads of it."""
    if not step.tool_results:
        return replace(step, observation=f"{step.observation}\n{note}")
    *others, last = step.tool_results
    return replace(step, tool_results=(*others, replace(last, text=f"{last.text}\n{note}")))


def _at_end(step: ActionStep, count: int) -> AgentError:
    what = "code" if step.code else "call"
    assert step.error is not None
    cause = cut_middle(describe_error(step.error), 500)
    return AgentError(
        f"The model sent the same {what} {count} times, and it failed each time: {cause}",
        advice="Say in the task how to avoid this error, or choose a stronger model.",
        kind="repeated_failure",
    )
