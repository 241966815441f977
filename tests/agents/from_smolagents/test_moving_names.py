"""docs/from_smolagents.md names everything: what smolagents has is there by the same name, or the
page says what to write instead, and what it says to write exists.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

import pyagent
from pyagent.agents.options import AgentOptions
from pyagent.agents.run.options import RunOptions
from pyagent.models.http.options import HttpOptions
from pyagent.other_names import AGENT_OPTIONS
from support.agents.smolagents_names import ATTRIBUTES, EXPORTS, PARAMETERS
from support.doc_pages import ROOT, Page

PAGE = Page(path=ROOT / "docs" / "from_smolagents.md")
_, NAMES, DIFFERENCES, *_ = PAGE.text.split("\n## ")
_OTHERS = {
    "add_base_tools",
    *(name for name, other in AGENT_OPTIONS.items() if other.name or True in other.needless),
} - {"return_full_result"}
"""Options of agents that are taken by smolagents' names."""
_PLAIN = {"agent", "step", "input", "py", "scripts", "top_p", "with", "False"}
"""Variables, Python's own, a path, and what providers take."""


def _words(markdown: str) -> set[str]:
    """The names that are marked as code, without texts in quotes."""
    code = (re.sub(r'"[^"]*"', "", span) for span in re.findall(r"`([^`]+)`", markdown))
    return {word for span in code for word in re.findall(r"[A-Za-z_]\w*", span)}


def _rows() -> Iterator[tuple[str, str]]:
    """Names of smolagents with ours, from the tables of names."""
    for line in NAMES.splitlines():
        if line.startswith("| ") and "pyagent | note" not in line:
            _, theirs, ours, _ = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[:4])
            yield theirs, ours


def _replaced() -> set[str]:
    """The names that the page says to replace or not to use."""
    missing = DIFFERENCES.partition("Not there yet:")[2]
    return _words(missing).union(*(_words(a) for a, b in _rows() if not b.startswith("the same")))


def _accepted(name: str) -> set[str]:
    """The keyword arguments of a class, or of ``run``."""
    if name == "run":
        return {"task", *RunOptions.__annotations__}
    taken = dict(inspect.signature(getattr(pyagent, name)).parameters)
    shared = {"Agent": AgentOptions, "Model": HttpOptions}
    kind = next((shared[end] for end in shared if name.endswith(end) and "options" in taken), None)
    others = _OTHERS if kind is AgentOptions else ()
    return {*taken, *others, *(kind.__annotations__ if kind else ())}


def _attributes(name: str) -> set[str]:
    kind: Any = getattr(pyagent, name)
    own = {field.name for field in fields(kind)} if is_dataclass(kind) else set()
    agent = pyagent.CodeAgent([], pyagent.ScriptedModel())
    made = {"CodeAgent": agent, "Agent": agent, "Memory": agent.memory}.get(name)
    return {*dir(kind), *own, *getattr(kind, "__annotations__", ()), *(vars(made) if made else ())}


@pytest.mark.parametrize("where", PARAMETERS)
def test_every_parameter_of_smolagents_is_accepted_or_replaced(where: str) -> None:
    found = _accepted(where) | _replaced()
    assert [name for name in PARAMETERS[where] if name not in found] == []


@pytest.mark.parametrize("where", ATTRIBUTES)
def test_every_attribute_of_smolagents_exists_or_is_replaced(where: str) -> None:
    found = _attributes(where) | _replaced()
    assert [name for name in ATTRIBUTES[where] if name not in found] == []


def test_every_class_of_smolagents_exists_or_is_replaced() -> None:
    found = {*pyagent.__all__, *_replaced()}
    assert [name for name in EXPORTS if name not in found] == []


def test_every_replacement_that_the_page_names_exists() -> None:
    ours = {*pyagent.__all__, "pyagent", "extra_body", "add", "remove"}
    for name in pyagent.__all__:
        if inspect.isclass(getattr(pyagent, name)):
            ours |= _accepted(name) | _attributes(name)
    ours |= _accepted("run") | set(AgentOptions.__annotations__) | set(HttpOptions.__annotations__)
    said = {
        word
        for theirs, mine in _rows()
        for word in _words(theirs if mine.startswith("the same") else mine)
    }
    assert len(said) > 60
    assert said - ours - _PLAIN == set()
