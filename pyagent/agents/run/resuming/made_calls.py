"""``MadeCalls``: the calls of an interrupted step, so that none has its effect twice.

A run has one, which the runs of managed agents share. The toolbox asks it before it calls a tool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyagent.errors import AgentError
from pyagent.protocol import CallMade, ErrorInfo, Json, ToolCall
from pyagent.tools.base import Tool
from pyagent.wire import MAX_INTEGER

MAY_BE_MADE = (
    "The run was interrupted, and this call may have been made already. It may now happen twice."
)
"""The reason for which a person is asked about a call whose outcome is not known."""


class MadeCalls:
    """The calls that were made before an interruption, each of which answers one new call.

    Only the first step after the interruption is given results. The same call in a later step may
    be meant anew, so those that are left are ``earlier`` ones then, whose results do not count.
    """

    def __init__(self, calls: Sequence[CallMade] = (), earlier: Sequence[CallMade] = ()) -> None:
        self._left = list(calls)
        self._earlier = list(earlier)

    def __bool__(self) -> bool:
        return bool(self._left or self._earlier)

    @property
    def earlier(self) -> list[CallMade]:
        """The calls that no step has made again, without those of a step not yet done again."""
        return list(self._earlier)

    def find(self, tool: Tool, call: ToolCall) -> CallMade | None:
        """The first call of this tool with equal arguments; None if there is none."""
        named = [made for made in (*self._left, *self._earlier) if made.name == call.name]
        if not named:
            return None
        arguments = _bound(tool, call.args, call.kwargs)
        for made in named:
            if equal(_bound(tool, made.args, made.kwargs), arguments):
                return made
        return None

    def answered(self, made: CallMade) -> None:
        """Forget a call that was made again or gave its result. One that was refused stays."""
        for calls in (self._left, self._earlier):
            if made in calls:
                calls.remove(made)
                return

    def end_step(self) -> None:
        """Note that the step is over which the calls were made in."""
        self._earlier += [
            replace(made, is_known=False, value=None, error=None) for made in self._left
        ]
        self._left.clear()


def nobody_to_ask(name: str) -> ErrorInfo:
    """The error for the model when a call cannot be repeated, because nobody can allow it."""
    return ErrorInfo(
        type="NotApproved",
        message=f"{name}() may have been called with these arguments already, before the run was "
        "interrupted. Nobody is there who could be asked whether to call it again, so it was not "
        "called. Go on without it, or find out in another way whether it took effect.",
    )


def equal(one: Json, other: Json) -> bool:
    """Whether two values are the same in JSON, at any depth: 1 is 1.0, and True is not 1.

    A page holds long integers as text, or as the double that has their value.
    """
    if _is_long(one) or _is_long(other):
        return str(one) == str(other) or _is_same_double(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _is_long(value: Json) -> bool:
    return isinstance(value, int) and abs(value) > MAX_INTEGER


def _is_same_double(one: Json, other: Json) -> bool:
    try:
        return (
            isinstance(one, int | float)
            and isinstance(other, int | float)
            and (float(one) == float(other))
        )
    except OverflowError:
        return False


def _bound(tool: Tool, args: Sequence[Json], kwargs: dict[str, Json]) -> Json:
    """The arguments by name, as the tool would get them; as they are if it would refuse them."""
    try:
        return tool.bound(args, kwargs)
    except AgentError:
        return {"args": list(args), "kwargs": kwargs}
