"""Assembles the tool calls of a reply from the pieces that servers stream, for all wire formats.

A format's reader adds pieces as they come and asks for the calls at the end of the reply. Servers
number the calls, or give each an id, or neither; they repeat names, ids and arguments, begin with
empty arguments, or start again. The rules are in ``ToolCalls.add`` and ``parse_arguments``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any
from uuid import uuid4

from pyagent.errors import ProtocolError
from pyagent.messages import ToolUse
from pyagent.models.http.reader import count_in
from pyagent.parsing.arguments import meant_arguments, parse_arguments
from pyagent.parsing.found_call import ToolParameters
from pyagent.parsing.tool_names import meant_name
from pyagent.protocol import Json
from pyagent.wire import parse_json, whole_pairs

_RESTARTS = 4
"""How many of the last pieces may be the start of arguments that were sent again."""
_CUT_OFF = "The reply reached its limit on tokens before the arguments were complete."
_MARK = re.compile(r'["\\{}\[\]]')


class PartialCall:
    """A tool call that arrives in pieces."""

    def __init__(self, payload: int) -> None:
        self.id = self.name = ""
        self.extra: Json = None
        self.use = ToolUse(id="", name="")
        """The call itself, once ``ToolCalls.uses`` was asked for it."""
        self.payload = payload
        """The payload that held its latest piece."""
        self._pieces: list[str] = []
        self._parsed: Any = None
        self._scan = _Scan()

    @property
    def has_arguments(self) -> bool:
        return bool(self._pieces) or self._parsed is not None

    @property
    def is_closed(self) -> bool:
        """Whether its arguments are a whole object."""
        self._scan.read(self._pieces)
        return self._parsed is not None or self._scan.is_closed

    @property
    def is_complete(self) -> bool:
        """Whether its arguments are a whole object that is not empty."""
        return self.is_closed and (bool(self._parsed) or self._scan.has_members)

    def grow(self, arguments: Any, *, is_whole: bool = False) -> None:
        """Add a piece of the arguments, or an object if the server parsed them.

        ``is_whole`` means that ``arguments`` are everything rather than a piece.
        """
        if isinstance(arguments, str):
            if is_whole and arguments.strip():
                self._pieces, self._scan = [], _Scan()
            if arguments:
                self._pieces.append(arguments)
        elif arguments is not None and (arguments or self._parsed is None):
            self._parsed = arguments

    def arguments(
        self, *, is_cut_off: bool, tool: str, parameters: Mapping[str, Any] | None
    ) -> tuple[dict[str, Json], str]:
        """The arguments, and what is wrong with them; then they are empty.

        ``parameters`` are those of the ``tool``, or None if they are not known.
        """
        value, fault = self._parsed, ""
        if text := "".join(self._pieces).strip():
            try:
                written = self._written(text, is_cut_off=is_cut_off)
                value = written or value
            except ProtocolError as error:
                reason = error.message.removeprefix("A message is ").rstrip(".")
                fault = f"The arguments could not be read: they are {reason}."
                fault = _CUT_OFF if is_cut_off else fault
        value = {} if value is None else whole_pairs(value)
        if not fault and parameters is not None:
            value = meant_arguments(value, tool, parameters)
        if not fault and not isinstance(value, dict):
            fault = f"The arguments are a {type(value).__name__}; they must be a JSON object."
        return ({}, fault) if fault else (value, "")

    def _written(self, text: str, *, is_cut_off: bool) -> Json:
        """The value of the text, or of the part that begins where the server started again."""
        starts = [i for i, piece in enumerate(self._pieces) if piece.lstrip()[:1] == "{"]
        starts = starts[-_RESTARTS:]
        for before, start in pairwise(starts):
            again = "".join(self._pieces[start:])
            if again.startswith("".join(self._pieces[before:start])) and _is_object(again):
                return parse_arguments(again)
        try:
            return parse_arguments(text, is_cut_off=is_cut_off)
        except ProtocolError:
            for start in reversed(starts):
                again = "".join(self._pieces[start:])
                if start and _is_object(again):
                    return parse_arguments(again)
            raise


def _is_object(text: str) -> bool:
    try:
        return isinstance(parse_json(text), dict)
    except ProtocolError:
        return False


class ToolCalls:
    """The tool calls of one reply.

    ``names`` are the tools that the model was offered. If it is a mapping to the schemas of their
    parameters, arguments in other shapes are understood too.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._tools: ToolParameters = names if isinstance(names, Mapping) else {}
        self._calls: list[PartialCall] = []
        self._at: dict[int | str, PartialCall] = {}
        self._by_id: dict[str, PartialCall] = {}
        self._unnumbered: set[int] = set()
        """``id`` of the calls that came without an index."""
        self._payload = 0

    def __bool__(self) -> bool:
        return bool(self._calls)

    def next_payload(self) -> None:
        """Take note that the pieces that follow are of another payload than those before."""
        self._payload += 1

    def add(
        self,
        *,
        index: Any = None,
        use_id: Any = None,
        name: Any = None,
        arguments: Any = None,
    ) -> PartialCall:
        """Add a piece to the call that it belongs to, and return that call.

        A piece belongs to the call of its index; without one, to the call of its id, or to the
        latest. It begins another call only if it names a tool, and by that shows that the call
        before is over: by another name, by another id after complete arguments, or as another
        piece of the same payload.
        """
        place = index if isinstance(index, int | str) else count_in(index)
        use_id, name = _text(use_id), _text(name)
        call = self._call_at(place, use_id, name)
        if call is None or self._is_over(call, place, use_id, name, arguments):
            call = self.begin()
            if place is None:
                self._unnumbered.add(id(call))
        if place is not None:
            self._at[place] = call
        if use_id:
            self._by_id[use_id] = call
        call.payload = self._payload
        call.id = call.id or use_id
        call.name = self._joined(call, name)
        call.grow(arguments)
        return call

    def begin(self, use_id: Any = None, name: Any = None) -> PartialCall:
        """Add a call of a format that says itself where each call begins."""
        call = PartialCall(self._payload)
        call.id, call.name = _text(use_id), _text(name)
        self._calls.append(call)
        return call

    def uses(self, *, is_cut_off: bool = False) -> list[ToolUse]:
        """The calls in order, each with an id of its own and with arguments or a fault.

        An id that is missing or was given to an earlier call is made up, because the result must
        name its call.
        """
        taken: set[str] = set()
        for call in self._calls:
            name = meant_name(whole_pairs(call.name), self._names)
            arguments, fault = call.arguments(
                is_cut_off=is_cut_off, tool=name, parameters=self._tools.get(name)
            )
            use_id = whole_pairs(call.id)
            if not use_id or use_id in taken:
                use_id = f"call_{uuid4().hex[:16]}"
            taken.add(use_id)
            call.use = ToolUse(id=use_id, name=name, arguments=arguments, fault=fault)
        return [call.use for call in self._calls]

    @property
    def partial(self) -> list[PartialCall]:
        """The calls, for a reader that keeps more of them than the use."""
        return self._calls

    def _call_at(self, place: int | str | None, use_id: str, name: str) -> PartialCall | None:
        """The call that a piece may continue."""
        last = self._calls[-1] if self._calls else None
        same_id = self._by_id.get(use_id) if use_id else None
        if place is None:
            return same_id or last
        if place in self._at:
            return self._at[place]
        if name:
            return same_id if same_id is not None and id(same_id) in self._unnumbered else None
        # A piece that names no tool continues a call, although its index changed.
        if same_id is not None:
            return same_id
        return last if last is not None and not use_id and not last.is_complete else None

    def _is_over(
        self, call: PartialCall, place: int | str | None, use_id: str, name: str, arguments: Any
    ) -> bool:
        """Whether a piece begins another call although it may continue ``call``."""
        other_id = bool(use_id and call.id and use_id != call.id)
        if call.payload == self._payload and (other_id if place is not None else name or other_id):
            return True
        if not name or not call.name:
            return False
        if name != call.name:
            return not self._is_rest_of(call, name)
        is_start = not isinstance(arguments, str) or arguments.lstrip()[:1] in ("", "{", '"')
        if other_id:
            return place is None or (is_start and call.is_closed)
        return is_start and place is None and not use_id and call.is_complete

    def _is_rest_of(self, call: PartialCall, name: str) -> bool:
        """Whether ``name`` completes the name of ``call``, as some servers stream names too."""
        if call.has_arguments or call.name in self._names:
            return False
        grown = (call.name + name, name if name.startswith(call.name) else "")
        return any(part and known.startswith(part) for part in grown for known in self._names)

    def _joined(self, call: PartialCall, name: str) -> str:
        if not call.name or name == call.name or not self._is_rest_of(call, name):
            return call.name or name
        return name if name.startswith(call.name) else call.name + name


class _Scan:
    """Counts brackets in text that comes in pieces, each piece once."""

    def __init__(self) -> None:
        self.has_members = False
        self._depth = self._pieces = 0
        self._in_string = self._after_backslash = False
        self._last = "{{"  # begins no object

    @property
    def is_closed(self) -> bool:
        return self._pieces > 0 and not self._depth and not self._in_string

    def read(self, pieces: list[str]) -> None:
        for piece in pieces[self._pieces :]:
            if piece[:1] == "{" and piece.startswith(self._last):  # everything so far, repeated
                self._depth, self._in_string, self._after_backslash = 0, False, False
            self._read_piece(piece)
            self._last = piece if piece[:1] == "{" else "{{"
        self._pieces = len(pieces)

    def _read_piece(self, piece: str) -> None:
        escaped_at = 0 if self._after_backslash and piece else -1
        self._after_backslash = self._after_backslash and not piece
        for match in _MARK.finditer(piece):
            mark, at = match.group(), match.start()
            if at == escaped_at:
                continue
            if mark == "\\":
                escaped_at = at + 1 if self._in_string else -1
                self._after_backslash = self._in_string and at + 1 == len(piece)
            elif mark == '"':
                self._in_string, self.has_members = not self._in_string, True
            elif not self._in_string:
                self._depth = self._depth + 1 if mark in "{[" else max(0, self._depth - 1)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
