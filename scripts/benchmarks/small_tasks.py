"""The kind of task that small models are measured with, and checks of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Check = Callable[[str], bool]
GROUPS = ("no_tool", "irrelevant_tool", "right_tool", "three_tools")
"""What tools are in reach: none, one that does not help, the right one, or that and two others."""


@dataclass(frozen=True, kw_only=True)
class SmallTask:
    """One task. ``tools`` are plain functions with type hints and a docstring."""

    group: str
    text: str
    check: Check
    tools: tuple[Callable[..., Any], ...] = ()


def solved(task: SmallTask, answer: Any) -> bool:
    """Whether an agent's answer is right. An answer of any type is checked as text."""
    text = answer if isinstance(answer, str) else json.dumps(answer, default=str)
    return task.check(text)


# A number not glued to letters (the 2 of "m2") and not an exponent (m^2, m**2).
_NUMBER = re.compile(
    r"(?<![\w.^])(?<![A-Za-z]\*\*)"
    r"(?P<sign>[-\u2212]?)(?:[$€£]\s?)?"
    r"(?<![\d.])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<exp>[eE][-+]?\d+)?"
)
_DECISION = re.compile(r"\b(?:(yes|true)|(no|false|not))\b|(n['\u2019]t)\b", re.IGNORECASE)


def numbers_in(answer: str) -> list[float]:
    """The numbers in a text, in their order."""
    found = []
    for match in _NUMBER.finditer(str(answer)):
        value = float(match["digits"].replace(",", "") + (match["exp"] or ""))
        found.append(-value if match["sign"] else value)
    return found


def number(expected: float) -> Check:
    """Check that the last number of the answer is this one, within 0.5 %."""

    def check(answer: str) -> bool:
        found = numbers_in(answer)
        tolerance = abs(expected) * 0.005 or 0.005
        return bool(found) and abs(found[-1] - expected) <= tolerance + 1e-9

    return check


def words(*expected: str) -> Check:
    """Check that the answer has all of these words in this order, in upper or lower case."""
    parts = []
    for word in expected:
        tail = r"(?:\.0+)?" if re.fullmatch(r"\d+", word) else ""
        parts.append(rf"(?<!\w)(?<!\d\.){re.escape(word)}{tail}(?!\w)(?!\.\d)")
    pattern = re.compile(".*?".join(parts), re.IGNORECASE | re.DOTALL)

    def check(answer: str) -> bool:
        return pattern.search(str(answer)) is not None

    return check


def _decision(answer: str) -> bool | None:
    """The first of yes/true or no/false/not decides."""
    match = _DECISION.search(str(answer))
    return None if match is None else match[1] is not None


def yes() -> Check:
    """Check that the answer says yes or true."""
    return lambda answer: _decision(answer) is True


def no() -> Check:
    """Check that the answer says no or false."""
    return lambda answer: _decision(answer) is False


def any_of(*checks: Check) -> Check:
    """Check that one of these checks holds."""
    return lambda answer: any(check(answer) for check in checks)
