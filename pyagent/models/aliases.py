"""Other names for options, which smolagents, litellm and providers' own clients use."""

from __future__ import annotations

from typing import Any


def also_called(options: Any, name: str, **given: Any) -> None:
    """Put into ``options``, keyword arguments, as ``name`` what was given by another name.

    None means not given. Raises ``ValueError`` when both names were given.
    """
    for alias, value in given.items():
        if value is None:
            continue
        if options.get(name):
            raise ValueError(f"{alias} and {name} are two names for one option; give one.")
        options[name] = value
