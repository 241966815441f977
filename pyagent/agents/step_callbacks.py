"""Calls the ``step_callbacks`` that users give an agent."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from traceback import walk_tb
from types import CodeType, TracebackType, UnionType
from typing import Any, get_args

from pyagent.agents.hooks import call_hook
from pyagent.agents.inputs.images import read_images
from pyagent.agents.options import StepCallbacks
from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import AgentError
from pyagent.memory import ActionStep, Memory, PlanningStep, Step, SummaryStep

_STEPS = (ActionStep, PlanningStep, SummaryStep)
_OURS = str(Path(__file__).parents[1])

logger = logging.getLogger(__name__)


def as_callbacks(given: StepCallbacks | Callable[..., Any], *, caller: str) -> StepCallbacks:
    """The callbacks as an agent keeps them: by kind of step, or in a tuple.

    Raises ``TypeError`` for a key of a dict that is no kind of step, and for what is no function.
    """
    if not isinstance(given, Mapping):
        return (given,) if callable(given) else tuple(given)
    for kinds, callbacks in given.items():
        if not _are_steps(kinds):
            raise TypeError(_wrong_key(kinds, caller))
        for callback in _listed(callbacks):
            if not callable(callback):
                raise TypeError(
                    f"step_callbacks of {caller} must map a class of steps to a function or a list"
                    f" of functions, not to {callback!r:.60}."
                )
    return given


def _are_steps(kinds: Any) -> bool:
    """Whether ``issubclass`` takes ``kinds`` and finds a kind of step among them."""
    if isinstance(kinds, tuple | UnionType):
        parts = kinds if isinstance(kinds, tuple) else get_args(kinds)
        return bool(parts) and all(map(_are_steps, parts))
    return inspect.isclass(kinds) and any(issubclass(step, kinds) for step in _STEPS)


def _wrong_key(key: object, caller: str) -> str:
    names = [step.__name__ for step in _STEPS]
    what = f"the class {key.__name__}" if isinstance(key, type) else repr(key)
    meant = key if isinstance(key, str) and key in names else names[0]
    return (
        f"step_callbacks of {caller} must be a dict by class of step ({', '.join(names)}), or by"
        f" Step for all; {what:.60} is none. Write step_callbacks={{{meant}: …}}."
    )


async def call_back(
    callbacks: StepCallbacks,
    step: Step,
    memory: Memory,
    agent: object,
    call_blocking: CallBlocking,
) -> Step:
    """Call the callbacks for this kind of step, which the memory already holds.

    A callback may return a step that takes the place of its own in the memory. Returns the step
    that stands there in the end. An ``AgentError`` of a callback goes on as it is; any other
    exception is raised as one of the kind ``callback``, which names the callback.
    """
    for callback in callbacks_for(callbacks, type(step)):
        try:
            returned = await call_hook(call_blocking, callback, step=step, agent=agent)
        except AgentError:
            raise
        except Exception as error:
            raise _failed(callback, step, error) from error
        if isinstance(returned, _STEPS) and returned is not step:
            _check_replacement(callback, step, returned)
            if isinstance(returned, ActionStep) and returned.images:
                returned = replace(returned, images=read_images(returned.images))
            memory.replace_step(step, returned)
            step = returned
    return step


def _failed(callback: Callable[..., Any], step: Step, error: Exception) -> AgentError:
    """The error about a callback that raised, which is logged without the frames above it."""
    code, own = _code_of(callback), error.__traceback__
    while own is not None and own.tb_frame.f_code is not code:
        own = own.tb_next
    failed = AgentError(
        f"The step callback {_name_of(callback)} failed at step {getattr(step, 'number', '')}"
        f"{_place_in(own or error.__traceback__, code)}: {type(error).__name__}: {error}",
        advice="Correct the callback. An answer that was given before is kept in output.",
        kind="callback",
    )
    logger.error("%s", failed.message, exc_info=(type(error), error, own) if own else None)
    return failed


def _code_of(callback: Callable[..., Any]) -> CodeType | None:
    while isinstance(callback, partial):
        callback = callback.func
    if not inspect.isroutine(callback):
        callback = getattr(type(callback), "__call__", callback)  # noqa: B004
    return getattr(inspect.unwrap(callback), "__code__", None)


def _name_of(callback: Callable[..., Any]) -> str:
    while isinstance(callback, partial):
        callback = callback.func
    return str(getattr(callback, "__name__", type(callback).__name__))


def _place_in(frames: TracebackType | None, code: CodeType | None) -> str:
    """Where the callback's own file was left: the place of the raise, or of the call to it.

    A callback that could not even be called has no frame, so its own line stands there.
    """
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(frames)]
    own = [place for place in places if code is not None and place[0] == code.co_filename]
    theirs = own or [place for place in places if not place[0].startswith(_OURS)]
    if theirs and (own or code is None):
        return f" ({theirs[-1][0]}:{theirs[-1][1]})"
    return f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""


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
    return [callback for given in concerned for callback in _listed(given)]


def _listed(given: Any) -> Iterable[Any]:
    return given if isinstance(given, list | tuple) else (given,)
