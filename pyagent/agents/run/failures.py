"""Counts failures that repeat, so that a run that goes in circles ends. Actors note each step."""

from __future__ import annotations

import json
from dataclasses import replace

from pyagent.agents.run.alike import essence_of_calls, essence_of_code
from pyagent.agents.run.observation import FAILED_AGAIN, FAILED_ALIKE, describe_error
from pyagent.errors import AgentError
from pyagent.memory import ActionStep
from pyagent.protocol import ErrorInfo, Json
from pyagent.texts import cut_middle

TOLD_AT = 3
"""From this failure of one kind on, the model is told that it repeats itself."""

ENDED_AT = 5
"""This failure of one kind ends the run."""


class RepeatedFailures:
    """The failures of one run, counted by what was done and how it failed.

    Steps between them do not reset the count, so a model that alternates between two failures is
    noticed too. What counts is what a failure comes down to; whether the code is also the same to
    the letter only changes the words.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._codes: list[str] = []

    def note(self, step: ActionStep) -> tuple[ActionStep, AgentError | None]:
        """The step, with a word to the model if it repeats itself, and what must end the run."""
        error = step.error
        if error is None or not (step.code or step.tool_uses):
            self._remember(step)
            return step, None
        calls: list[Json] = [[use.name, use.arguments, use.fault] for use in step.tool_uses]
        essence = self._essence(step, error)
        alike = self._count([essence])
        is_same = alike == self._count([essence, step.code.strip(), calls, error.message])
        self._remember(step)
        if alike >= TOLD_AT:
            step = _with_note(step, (FAILED_AGAIN if is_same else FAILED_ALIKE).format(count=alike))
        is_end = alike >= ENDED_AT and _acted(step)
        return step, _at_end(step, alike, is_same=is_same) if is_end else None

    def _essence(self, step: ActionStep, error: ErrorInfo) -> Json:
        if step.code:
            return essence_of_code(step.code, error, self._codes)
        return essence_of_calls(step, error)

    def _remember(self, step: ActionStep) -> None:
        if step.code:
            self._codes.append(step.code)

    def _count(self, what: Json) -> int:
        key = json.dumps(what, sort_keys=True)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count


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


def _in_one_line(error: ErrorInfo) -> str:
    """The error as a part of a sentence; ``describe_error`` puts its place on a line of its own."""
    what, *where = describe_error(error).rsplit("\n", 1 if error.line is not None else 0)
    return what + "".join(f" ({part.strip()})" for part in where)


def _at_end(step: ActionStep, count: int, *, is_same: bool) -> AgentError:
    what = "code" if step.code else "call"
    assert step.error is not None
    same = "the same" if is_same else "nearly the same"
    cause = cut_middle(_in_one_line(step.error), 500)
    return AgentError(
        f"The model sent {same} {what} {count} times, and it failed each time: {cause}",
        advice="Say in the task how to avoid this error, or choose a stronger model.",
        kind="repeated_failure",
    )
