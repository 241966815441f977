"""Second names of options: those that smolagents, litellm and providers' own clients use."""

from __future__ import annotations

from typing import Any


def also_called(options: Any, name: str, **given: Any) -> None:
    """Put into the keyword arguments ``options`` as ``name`` what was given by another name.

    None stands for not given. Raises ``ValueError`` when both were.
    """
    for alias, value in given.items():
        if value is None:
            continue
        if options.get(name):
            raise ValueError(f"{alias} and {name} are two names for one thing: give one.")
        options[name] = value
