"""The figures that are printed: a value, its unit, and its budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value. ``details`` are the values behind it."""

    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the value is within its budget; None if there is no budget."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"value": significant(self.value), "unit": self.unit}
        if self.met is not None:
            sign, budget = (
                ("<=", self.at_most) if self.at_most is not None else (">=", self.at_least)
            )
            shown |= {"budget": f"{sign} {budget:g}", "met": self.met}
        if self.details:
            shown["details"] = significant(self.details)
        return shown


def significant(value: Any) -> Any:
    """Numbers rounded to three significant digits, in dicts and lists too."""
    if isinstance(value, dict):
        return {name: significant(item) for name, item in value.items()}
    if isinstance(value, list):
        return [significant(item) for item in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value
