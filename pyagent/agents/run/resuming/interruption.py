"""What the model is told about an interruption, and where it reads that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pyagent.agents.run.resuming.progress import Progress
from pyagent.memory import ActionStep, Interaction, Memory
from pyagent.protocol import CallMade
from pyagent.texts import as_text, cut_middle

GIVEN_UP = "(The work on this was interrupted and not finished.)"
"""The end of an interrupted run, for the model, when a new task is given in its place."""
_MAX_NAMED = 10
_ARGUMENT_CHARS = 100
_RESULT_CHARS = 200


def interruption_note(step: int, calls: Sequence[CallMade], lost: Mapping[str, str]) -> str:
    """The text about an interruption in the step after ``step``."""
    when = f"after step {step}, in the middle of the next one" if step else "in its first step"
    parts = [
        f"The work was interrupted {when}, and goes on here.",
        "Nothing that the unfinished step did to variables or files is there.",
    ]
    if calls:
        told = _listed([_in_words(call) for call in calls])
        parts.append(
            f"Calls that it had made: {told}. If you make one of these again now with the same "
            "arguments, it gives that result and does nothing twice."
        )
    if lost:
        named = [f"{name} ({cut_middle(why, _ARGUMENT_CHARS)})" for name, why in lost.items()]
        parts.append(f"Not kept: {_listed(named)}.")
    return f"({' '.join(parts)})"


def give_up(progress: Progress, memory: Memory) -> None:
    """Close the interaction of an unfinished run, if there is one: a new task comes."""
    if progress.unfinished is not None and memory.interactions:
        memory.end(closing=GIVEN_UP)
    progress.unfinished, progress.given_up = None, progress.unfinished


def tell_at_end(memory: Memory, note: str, *, before: str) -> None:
    """Let the model read ``note`` after the last action, or after the task if there is none.

    It replaces ``before``, which an earlier interruption at the same place put there.
    """
    last = memory.interactions[-1]
    step = next((step for step in reversed(last.steps) if isinstance(step, ActionStep)), None)
    if step is not None:
        text = _ended_by(step.observation, note, before)
        memory.replace_step(step, replace(step, observation=text))
        return
    told: Interaction = replace(last, task=_ended_by(last.task, note, before))
    memory.restore([*memory.interactions[:-1], told])


def _ended_by(text: str, note: str, before: str) -> str:
    kept = text.removesuffix(before).rstrip("\n") if before else text
    return f"{kept}\n\n{note}" if kept else note


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - _MAX_NAMED
    return "; ".join(texts[:_MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _in_words(call: CallMade) -> str:
    values = [_short(value) for value in call.args]
    values += [f"{name}={_short(value)}" for name, value in call.kwargs.items()]
    called = cut_middle(f"{call.name}({', '.join(values)})", _RESULT_CHARS)
    if not call.is_known:
        return f"{called} with an unknown outcome"
    if call.error is not None:
        return f"{called} failed: {cut_middle(call.error.message, _RESULT_CHARS)}"
    return f"{called} returned {cut_middle(as_text(call.value), _RESULT_CHARS)}"


def _short(value: object) -> str:
    return cut_middle(json.dumps(value, ensure_ascii=False), _ARGUMENT_CHARS)
