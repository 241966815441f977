"""``MadeCalls``: the calls of a step that did not end, so that none has its effect twice.

Such a step was interrupted together with its process, or it lost its sandbox. Each run has a
``MadeCalls``; that of a managed agent's run knows the one of its caller. The toolbox asks it before
it calls a tool, and tells it of each call with effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pyagent.errors import AgentError
from pyagent.memory import ActionStep
from pyagent.protocol import CallMade, ErrorInfo, Json, ToolCall, ToolReturn
from pyagent.tools.base import Tool
from pyagent.wire import MAX_INTEGER

MAY_BE_MADE = (
    "The run was interrupted, and this call may have been made already. It may now happen twice."
)
"""The reason for which a person is asked about a call whose outcome is not known."""


_MAX_VALUES = 1_000
"""The most calls of a step whose results are kept. The outcome of a later one is not known."""


class NotedCall:
    """A call that has been made. ``made`` says how it ended, once that is known."""

    def __init__(
        self, made: CallMade, *, keeps_value: bool = True, is_from_before: bool = False
    ) -> None:
        self.made = made
        self.is_from_before = is_from_before
        """Whether it was made before the run was interrupted."""
        self._keeps_value = keeps_value

    def forget_end(self) -> None:
        """Forget how the call ended, because the same call may now be meant anew."""
        self.made = replace(self.made, is_known=False, value=None, error=None)

    def ended(self, answer: ToolReturn) -> None:
        """Note how the call ended."""
        if self._keeps_value:
            self.made = replace(self.made, is_known=True, value=answer.value, error=answer.error)


class MadeCalls:
    """The calls of steps that did not end, each of which answers one new call.

    ``above`` is the record of the run that called this one: what it holds answers calls here too,
    and the calls that are made here belong to its step.
    """

    def __init__(self, calls: Sequence[CallMade] = (), above: MadeCalls | None = None) -> None:
        self._left = [NotedCall(made, is_from_before=True) for made in calls]
        self._here: list[NotedCall] = []
        """The calls of the step under way, those included that were answered from the record."""
        self._before: list[NotedCall] = []
        """The calls of the last step."""
        self._is_lost = False
        self._above = above

    @property
    def left(self) -> tuple[CallMade, ...]:
        """The calls that have not answered a new one."""
        return tuple(noted.made for noted in self._left)

    def take(self, tool: Tool, call: ToolCall) -> NotedCall | None:
        """Take the first call of this tool with equal arguments; None if there is none."""
        noted = self._take_own(tool, call)
        if noted is None and self._above is not None:
            noted = self._above.take(tool, call)
        if noted is not None:
            self._here.append(noted)
        return noted

    def put_back(self, noted: NotedCall) -> None:
        """Note that a call that was taken was not made again, because a person refused it."""
        for record in self._up():
            if noted in record._here:
                record._here.remove(noted)
                record._left.append(noted)

    def _up(self) -> Iterator[MadeCalls]:
        record: MadeCalls | None = self
        while record is not None:
            yield record
            record = record._above

    def _take_own(self, tool: Tool, call: ToolCall) -> NotedCall | None:
        named = [noted for noted in self._left if noted.made.name == call.name]
        if not named:
            return None
        arguments = _bound(tool, call.args, call.kwargs)
        for noted in named:
            if equal(_bound(tool, noted.made.args, noted.made.kwargs), arguments):
                self._left.remove(noted)
                return noted
        return None

    def note(self, call: ToolCall) -> NotedCall:
        """Note a call that is about to be made in the step under way."""
        made = CallMade(name=call.name, args=call.args, kwargs=call.kwargs)
        noted = NotedCall(made, keeps_value=len(self._here) < _MAX_VALUES)
        for record in self._up():
            record._here.append(noted)
        return noted

    def sandbox_lost(self, unsaved: bool) -> None:
        """Note that the sandbox is gone: the calls of this step may be made again in the next one.

        ``unsaved`` says that the variables or files of the last step went with it. Then its calls
        may be made again, if none have been made since.
        """
        again = self._here or (self._before if unsaved else [])
        self._left = [*again, *self._left]
        self._is_lost = bool(self._here)
        self._here, self._before = [], []

    def step_ended(self, step: ActionStep) -> None:
        """Begin with the calls of the next step.

        Once a step has gone well, a call of a lost step may be made anew. One from before an
        interruption is asked about until the run ends.
        """
        if not self._is_lost and (step.code or step.tool_uses):
            if step.error is None:
                self._left = [noted for noted in self._left if noted.is_from_before]
                for noted in self._left:
                    noted.forget_end()
            self._before = self._here
        self._here, self._is_lost = [], False


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
