"""Counts the characters that patterns look at, so that tests need no clock."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest


class Counter:
    """How many characters patterns and parsers have looked at, and how many matches there were."""

    count = 0


class CountedPattern:
    """A pattern that counts. A failing ``match`` counts as one."""

    def __init__(self, pattern: re.Pattern[str], counter: Counter) -> None:
        self._pattern = pattern
        self._counter = counter
        self.pattern = pattern.pattern

    def search(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> re.Match[str] | None:
        match = self._pattern.search(text, pos, endpos)
        self._counter.count += 1 + (match.end() if match else min(endpos, len(text))) - pos
        return match

    def match(self, text: str, pos: int = 0) -> re.Match[str] | None:
        match = self._pattern.match(text, pos)
        self._counter.count += 1 + (match.end() - match.start() if match else 0)
        return match

    def fullmatch(self, text: str) -> re.Match[str] | None:
        self._counter.count += 1 + len(text)
        return self._pattern.fullmatch(text)

    def finditer(self, text: str, pos: int = 0, *end: int) -> Iterator[re.Match[str]]:
        last = pos
        for match in self._pattern.finditer(text, pos, *end):
            self._counter.count += 1 + match.end() - last
            last = match.end()
            yield match
        self._counter.count += len(text) - last

    def findall(self, text: str) -> list[Any]:
        self._counter.count += 1 + len(text)
        return self._pattern.findall(text)

    def split(self, text: str) -> list[Any]:
        self._counter.count += 1 + len(text)
        return self._pattern.split(text)

    def sub(self, new: Any, text: str, count: int = 0) -> str:
        self._counter.count += 1 + len(text)
        return self._pattern.sub(new, text, count)


def count_patterns(monkeypatch: pytest.MonkeyPatch, package: str) -> Counter:
    """Make every pattern of the modules in ``package`` count, and their ``parse_json`` too."""
    counter = Counter()
    for name, module in list(sys.modules.items()):
        if not name.startswith(package):
            continue
        for attribute, value in list(vars(module).items()):
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, attribute, CountedPattern(value, counter))
            elif attribute == "parse_json":
                monkeypatch.setattr(module, attribute, _counted(value, counter))
    return counter


def _counted(function: Callable[..., Any], counter: Counter) -> Callable[..., Any]:
    def counted(text: str) -> Any:
        counter.count += 1 + len(text)
        return function(text)

    return counted
