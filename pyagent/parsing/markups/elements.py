"""How calls are written in elements, as data. ``in_elements`` names the models that write each."""

from __future__ import annotations

from dataclasses import dataclass


def tag(name: str) -> str:
    """A tag, perhaps with a namespace before its name and a suffix after it."""
    return rf"<(?:[\w\uff5c|]{{1,20}}[:_|\uff5c])?{name}(?::\w{{1,20}})?>"


def end(name: str) -> str:
    """The tag that ends an element."""
    return tag(name).replace("<", "</", 1)


@dataclass(frozen=True, kw_only=True)
class Element:
    """How a call is written in elements. The first group of a pattern is a name.

    If ``parameter`` has a group ``string``, it is "true" or "string" when the value is text.
    """

    opening: str
    """``{name}`` stands for the name of the tool."""
    closing: str
    parameter: str
    parameter_end: str


_NAMED = r"(?:[\w\uff5c]{1,20}[:\uff5c] ?)?"

ARGUMENTS_IN_KEYS = Element(
    opening=rf"{tag('tool_call')}\s*+{{name}}\s*+(?:{tag('tool_sep')})?"
    rf"(?=\s*+(?:{tag('arg_key')}|{end('tool_call')}))",
    closing=end("tool_call"),
    parameter=rf"{tag('arg_key')}\s*+([^<>\n]{{1,99}}?)\s*+{end('arg_key')}\s*+"
    rf"(?:{tag('arg_type')}(?P<string>\w{{1,20}})[^<>\n]{{0,60}}{end('arg_type')}\s*+)?"
    rf"{tag('arg_value')}",
    parameter_end=end("arg_value"),
)
FUNCTION_IS = Element(
    opening=r"<function={name}>",
    closing=r"</function>",
    parameter=r"<parameter=([^>\n]{1,99})>",
    parameter_end=r"</parameter>",
)
INVOKE = Element(
    opening=rf"<{_NAMED}invoke name=[\"']?{{name}}[\"']?>",
    closing=rf"</{_NAMED}invoke>",
    parameter=rf"<{_NAMED}parameter name=[\"']?([^\"'>\n]{{1,99}})[\"']?"
    r"(?: string=\"(?P<string>true|false)\")?[^>\n]{0,60}>",
    parameter_end=rf"</{_NAMED}parameter>",
)
FUNCTION_NAMED = Element(
    opening=r"<function name=[\"']?{name}[\"']?>",
    closing=r"</function>",
    parameter=r"<param(?:eter)? name=[\"']?([^\"'>\n]{1,99})[\"']?>",
    parameter_end=r"</param(?:eter)?>",
)
ARGUMENTS_IN_TOKENS = Element(
    opening=r"<\|tool_call:start\|>\s*+{name}",
    closing=r"<\|tool_call:end\|>",
    parameter=r"<\|tool_arg:start\|>\s*+([^<>\n|]{1,99}?)\s*+<\|tool_arg:value\|>",
    parameter_end=r"<\|tool_arg:end\|>",
)
CALL_OF_TOOL = Element(
    opening=r"<call tool=\"{name}\"[^>\n]{0,60}>",
    closing=r"</call>",
    parameter=r"<argument key=\"([^\"\n]{1,99})\"(?: type=\"(?P<string>\w{1,20})\")?[^>\n]{0,60}>",
    parameter_end=r"</argument>",
)
"""Kimi K3 writes tokens for these tags, which ``markers`` puts into tags."""
