"""The well-known packages, whose names say nothing about whoever imports them.

The index hears of every package that code imports. A name that nobody has published can carry
anything that the code knows, so a package that is not in this list is a question to the person.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

FILE = "known_packages.txt"
"""One name a line; lines with # say where they come from."""


def is_known(name: str) -> bool:
    """Whether a package is well known, by its name on the index."""
    return normalized(name) in _known()


def normalized(name: str) -> str:
    """The one spelling of a package's name, as the index has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def _known() -> frozenset[str]:
    # A page has pyagent as a wheel that is not unpacked, so this is no path.
    lines = files(__package__).joinpath(FILE).read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
