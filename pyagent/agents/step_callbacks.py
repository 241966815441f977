"""Calls the ``step_callbacks`` that users give an agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pyagent.agents.hooks import call_hook
from pyagent.agents.inputs.images import read_images
from pyagent.agents.options import StepCallbacks
from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import AgentError
from pyagent.memory import ActionStep, Memory, PlanningStep, Step, SummaryStep

_STEPS = (ActionStep, PlanningStep, SummaryStep)


def as_callbacks(given: StepCallbacks | Callable[..., Any]) -> StepCallbacks:
    """The callbacks as an agent keeps them: by kind of step, or in a tuple."""
    if isinstance(given, Mapping):
        return given
    return (given,) if callable(given) else tuple(given)


async def call_back(
    callbacks: StepCallbacks,
    step: Step,
    memory: Memory,
    agent: object,
    call_blocking: CallBlocking,
) -> Step:
    """Call the callbacks for this kind of step, which the memory already holds.

    A callback may return a step that takes the place of its own in the memory. Returns the step
    that stands there in the end.
    """
    for callback in callbacks_for(callbacks, type(step)):
        returned = await call_hook(call_blocking, callback, step=step, agent=agent)
        if isinstance(returned, _STEPS) and returned is not step:
            _check_replacement(callback, step, returned)
            if isinstance(returned, ActionStep) and returned.images:
                returned = replace(returned, images=read_images(returned.images))
            memory.replace_step(step, returned)
            step = returned
    return step


def _check_replacement(callback: Callable[..., Any], step: Step, new: Step) -> None:
    name = getattr(callback, "__name__", "A step callback")
    if type(new) is not type(step):
        raise AgentError(
            f"{name} returned a {type(new).__name__} in place of a {type(step).__name__}.",
            advice="Return dataclasses.replace(step, ...) of the step that it gets, or None.",
            kind="bad_argument",
        )
    if isinstance(new, ActionStep) and isinstance(step, ActionStep) and _ids(new) != _ids(step):
        raise AgentError(
            f"{name} returned a step whose tool calls and results do not belong together.",
            advice="Keep each tool use and its result, and change only their texts.",
            kind="bad_argument",
        )


def _ids(step: ActionStep) -> tuple[list[str], list[str]]:
    uses = [use.id for use in step.tool_uses]
    return uses, [result.tool_use_id for result in step.tool_results]


def callbacks_for(callbacks: StepCallbacks, kind: type[Step]) -> list[Callable[..., Any]]:
    """Return the callbacks for this kind of step, in their order."""
    if not isinstance(callbacks, Mapping):
        # A summary is not a step of its own: it stands for steps that were taken.
        return [] if kind is SummaryStep else list(callbacks)
    concerned = [given for kinds, given in callbacks.items() if issubclass(kind, kinds)]
    return [
        callback
        for given in concerned
        for callback in (given if isinstance(given, list | tuple) else (given,))
    ]
