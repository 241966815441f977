"""What the table of markups has for each family of models."""

from __future__ import annotations

from dataclasses import dataclass

from pyagent.parsing.markups.elements import Element

JSON = '{"name": "search", "arguments": {"query": "tea"}}'
TEA = '{"query": "tea"}'
ACTION = r"\*{0,2}Action\*{0,2}:\*{0,2}"
"""The label of an action in the style of ReAct, perhaps in bold."""


@dataclass(frozen=True, kw_only=True)
class Markup:
    """How a family of models writes a call."""

    models: str
    source: str
    example: str
    mark: str = ""
    """What begins a call and hardly anything else; empty if other text may begin like this."""
    header: str = ""
    element: Element | None = None
    python: str = ""
