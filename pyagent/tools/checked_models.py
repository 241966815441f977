"""Types that pydantic knows: its models, and hints with its notes. Pydantic is never imported here.

Whoever declares a model has imported pydantic. Without it, none of this does anything.
"""

from __future__ import annotations

import json
import sys
import typing
from typing import Any

from pyagent.tools.completing import completed
from pyagent.tools.kinds import CheckedKind, Kind

_NOTES = ("annotated_types", "pydantic")
"""The packages whose notes in ``Annotated`` only pydantic understands."""
_MARKS = ("__get_pydantic_core_schema__", "__pydantic_validator__")
"""Attributes of classes that pydantic builds."""


def checked_kind(hint: Any, *, only_if_noted: bool = False) -> Kind | None:
    """The kind of a hint that pydantic has to build, or None if it does not.

    ``only_if_noted`` is for ``Annotated``: it counts only if a note in it is for pydantic.
    """
    pydantic: Any = sys.modules.get("pydantic")
    if not hasattr(pydantic, "TypeAdapter"):
        return None
    if only_if_noted:
        notes = typing.get_args(hint)[1:]
        if not any(type(note).__module__.partition(".")[0] in _NOTES for note in notes):
            return None
    elif not any(hasattr(hint, name) for name in _MARKS):
        return None
    try:
        adapter = pydantic.TypeAdapter(hint)
        schema = completed(adapter.json_schema())
    except (pydantic.PydanticUserError, NameError, TypeError):
        return None

    return CheckedKind(schema=schema, validate=_Validation(adapter))


class _Validation:
    """Checks and builds a value. As JSON, so that even a strict model takes a date as text."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def __call__(self, value: Any) -> Any:
        return self._adapter.validate_json(json.dumps(value))

    def __deepcopy__(self, memo: object) -> _Validation:
        return self
