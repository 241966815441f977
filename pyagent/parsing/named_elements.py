"""Finds calls in elements named like a tool and its parameters. ``tool_calls`` and ``code`` use it.

Cline, Roo Code and Kilo Code write ``<read_file><path>a.txt</path></read_file>``. MiniMax M3 puts
``<invoke name="read_file">`` around the parameters. Such tags may also be HTML or XML that an
answer quotes, so only tools in reach count, and only with parameters that they have. All work is
linear.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pyagent.errors import ProtocolError
from pyagent.parsing.blocks import fenced_blocks
from pyagent.parsing.found_call import NAME, CallSpan, FoundCall, ToolParameters, make_call
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.values import typed_value

_TAG = re.compile(
    rf"<(?:(?P<end>/)?(?P<name>{NAME})|invoke name=[\"']?(?P<invoked>{NAME})[\"']?)"
    r"\s{0,3}(?P<alone>/)?>"
)
_QUOTES = "`'\"\u201c\u2018\u00ab"
_MAX_ENDS = 20
"""So many tags that seem to end a parameter are tried, because its text may hold such tags too."""
_MAX_FAILURES = 20
"""So many elements whose JSON cannot be read are tried in one text."""


class _Tag(NamedTuple):
    name: str
    """The name of the element, which is the tool's name for ``<invoke name="tool">``."""
    closed_by: str
    """The name in the tag that ends the element."""
    start: int
    end: int
    is_end: bool
    alone: bool
    """Whether the tag is the whole element, as in ``<now/>``."""


def named_element_calls(text: str, tools: ToolParameters, *, whole: bool) -> Iterator[CallSpan]:
    """Calls such as ``<search><query>tea</query></search>``, one after another.

    ``whole`` means that more text may follow, so elements without an end do not count.
    """
    if not ("<invoke " in text or any(f"<{name}" in text for name in tools)):
        return
    reader = _Reader(text, tools, whole=whole)
    quoted = [(block.start, block.end) for block in fenced_blocks(text)]
    index = 0
    while index < len(reader.tags):
        tag = reader.tags[index]
        index += 1
        if tag.is_end or tag.name not in tools or _is_quoted(text, tag, quoted):
            continue
        read = reader.read(index - 1)
        if read is not None:
            call, index, end = read
            yield tag.start, end, [call]


def _is_quoted(text: str, tag: _Tag, blocks: list[tuple[int, int]]) -> bool:
    before = text[max(tag.start - 1, 0) : tag.start]
    at = bisect_left(blocks, (tag.start, tag.start)) - 1
    in_block = at >= 0 and tag.start < blocks[at][1]
    return in_block or (bool(before) and before in _QUOTES)


def _trimmed(body: str) -> str:
    """A value without the spaces around it, if it is a single line."""
    line = body.strip()
    return body if "\n" in line else line


class _Reader:
    """Reads the elements of one text."""

    def __init__(self, text: str, tools: ToolParameters, *, whole: bool) -> None:
        self._text = text
        self._tools = tools
        self._whole = whole
        self._failures = 0
        self.tags = [
            _Tag(
                match["invoked"] or match["name"],
                "invoke" if match["invoked"] else match["name"],
                match.start(),
                match.end(),
                match["end"] is not None,
                match["alone"] is not None,
            )
            for match in _TAG.finditer(text)
        ]
        self._budget = 4 * len(self.tags) + 1_000
        """How many parameters are read, in calls and in what turns out to be none."""
        self._begins: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        """Name → the tags that end an element of that name."""
        self._tight_ends: dict[str, list[int]] = {}
        """Those of them that the next tag, or the end of the text, follows at once."""
        following = [*(tag.start for tag in self.tags[1:]), len(text)]
        for index, (tag, after) in enumerate(zip(self.tags, following, strict=False)):
            if not tag.is_end:
                self._begins.setdefault(tag.name, []).append(index)
            else:
                self._ends.setdefault(tag.name, []).append(index)
                if not text[tag.end : after].strip():
                    self._tight_ends.setdefault(tag.name, []).append(index)

    def read(self, index: int) -> tuple[FoundCall, int, int] | None:
        """The call that begins at a tag, the index of the tag after it, and the end of its text."""
        tool = self.tags[index]
        schemas = self._tools[tool.name]
        if tool.alone:
            return None if schemas else (FoundCall(name=tool.name), index + 1, tool.end)
        bodies: dict[str, tuple[int, int]] = {}
        position, index = tool.end, index + 1
        while index < len(self.tags) and self._is_blank(position, index):
            self._budget -= 1
            if self._budget < 0:
                return None
            tag = self.tags[index]
            if tag.is_end and tag.name == tool.closed_by:
                is_call = bool(bodies) or not schemas
                return (self._call(tool, bodies), index + 1, tag.end) if is_call else None
            if tag.is_end or tag.name not in schemas:
                return None
            end = self._end_of_parameter(index, tool)
            if end is None:
                if self._has_end(index):
                    return None
                end = self._tag_after_parameter(index, tool)
                if end is not None:  # the parameter's own end tag is missing
                    bodies[tag.name] = (tag.end, self.tags[end].start)
                    position, index = self.tags[end].start, end
                    continue
                if self._whole:
                    return None
                bodies[tag.name] = (tag.end, len(self._text))
                return self._call(tool, bodies), len(self.tags), len(self._text)
            bodies[tag.name] = (tag.end, self.tags[end].start)
            position, index = self.tags[end].end, end + 1
        if not bodies:
            return self._read_json(tool, index)
        if index < len(self.tags) or self._whole or self._text[position:].strip():
            return None
        return self._call(tool, bodies), index, position

    def _call(self, tool: _Tag, bodies: Mapping[str, tuple[int, int]]) -> FoundCall:
        schemas = self._tools[tool.name]
        arguments = {
            name: typed_value(_trimmed(self._text[start:end]), schemas[name])
            for name, (start, end) in bodies.items()
        }
        return FoundCall(name=tool.name, arguments=arguments)

    def _is_blank(self, position: int, index: int) -> bool:
        return not self._text[position : self.tags[index].start].strip()

    def _end_of_parameter(self, index: int, tool: _Tag) -> int | None:
        """The end tag of a parameter: another parameter follows it, or the end of the call.

        A nested element of the same name may have such an end too, so it should fit the begin.
        """
        name, found = self.tags[index].name, None
        tight, ends = self._tight_ends.get(name, []), self._ends.get(name, [])
        begins = self._begins.get(name, [])
        first = bisect_left(tight, index)
        for end in tight[first : first + _MAX_ENDS]:
            if not self._ends_parameter(end, tool):
                continue
            inside = bisect_left(begins, end) - bisect_left(begins, index + 1)
            if inside == bisect_left(ends, end) - bisect_left(ends, index):
                return end
            found = end if found is None else found
        return found

    def _ends_parameter(self, end: int, tool: _Tag) -> bool:
        if end + 1 == len(self.tags):
            return not self._whole
        after = self.tags[end + 1]
        if after.is_end:
            return after.name == tool.closed_by
        return after.name in self._tools[tool.name]

    def _has_end(self, index: int) -> bool:
        ends = self._ends.get(self.tags[index].name, [])
        return bisect_left(ends, index) < len(ends)

    def _tag_after_parameter(self, index: int, tool: _Tag) -> int | None:
        """The first tag that ends the call, or begins another of its parameters."""
        for after in range(index + 1, min(index + 1 + _MAX_ENDS, len(self.tags))):
            tag = self.tags[after]
            ends_call = tag.is_end and tag.name == tool.closed_by
            if ends_call or (not tag.is_end and tag.name in self._tools[tool.name]):
                return after
        return None

    def _read_json(self, tool: _Tag, index: int) -> tuple[FoundCall, int, int] | None:
        """The call whose arguments are JSON inside the tool's element."""
        ends = self._ends.get(tool.closed_by, [])
        first = bisect_left(ends, index)
        begins = self._text[tool.end : tool.end + 200].lstrip().startswith("{")
        if not begins or first == len(ends) or self._failures >= _MAX_FAILURES:
            return None
        end = ends[first]
        try:
            given = parse_loose_json(self._text[tool.end : self.tags[end].start])
        except ProtocolError:
            self._failures += 1
            return None
        return make_call(tool.name, given, self._tools), end + 1, self.tags[end].end
