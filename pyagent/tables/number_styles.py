"""The ways in which people write numbers, and what they put around them."""

# ruff: noqa: RUF001 - dashes, apostrophes and minus signs as people write them.
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Mark = Literal["", ".", ","]

SPACES = " \xa0\u202f\u2009"
_UNIT = (
    r"[$£€¥₹₩₽₺₴₫฿₪%‰円元]|R\$|US\$|kr\.?|zł|Kč|Ft|Fr\.|(?:USD|EUR|GBP|JPY|CHF|CNY|INR|BRL|CAD|AUD|"
    r"SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|KRW|MXN|ZAR|SGD|HKD|NZD)(?![A-Za-z])"
)
_DRESSED = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+−])?\s?(?P<before>{_UNIT})?\s?(?P<sign2>[-+−])?"
    rf"(?P<core>[0-9.,](?:[0-9.,'’{SPACES}]*[0-9.,])?(?:[eE][+-]?[0-9]+)?)"
    rf"\s?(?P<after>{_UNIT})?(?P<sign3>[-−])?(?P<close>\))?"
)
_PLAIN = re.compile(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?")
_MAX_CHARS = 60
_NUMBER_LIKE = re.compile(r"\s*\(?[-+−$£€¥]?\s?[0-9.,]*[0-9]")


@dataclass(frozen=True, kw_only=True)
class Style:
    """The mark before decimals, and the characters that group thousands."""

    decimal: Mark
    group: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        mark = re.escape(self.decimal)
        whole = "0|[1-9][0-9]*"
        if self.group:
            group = f"[{self.group}]"
            whole = rf"[1-9][0-9]{{0,2}}(?P<g>{group})[0-9]{{3}}(?:(?P=g)[0-9]{{3}})*|{whole}"
        if self.group == ",":  # lakh and crore: 12,34,567
            whole = rf"[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}|{whole}"
        return re.compile(
            rf"[+-]?(?:(?P<whole>{whole})(?:{mark}(?P<part>[0-9]*))?|{mark}[0-9]+)"
            r"(?:[eE][+-]?[0-9]+)?"
        )

    @cached_property
    def fits(self) -> Callable[[str], object]:
        """Whether a text is a short plain number of this style: no groups, no exponent."""
        mark = re.escape(self.decimal)
        return re.compile(rf"-?(?:0|[1-9][0-9]{{0,17}})(?:{mark}[0-9]{{1,15}})?").fullmatch

    @cached_property
    def _changes(self) -> dict[int, str | None]:
        return {**{ord(char): None for char in self.group}, ord(self.decimal): "."}

    def plain(self, core: str) -> str | None:
        """The number as Python writes it, or None if it is not of this style."""
        match = self.pattern.fullmatch(core)
        if match is None:
            return None
        if not self.group and self.decimal == ".":
            return core
        return core.translate(self._changes)


STYLES = (
    Style(decimal="."),
    Style(decimal=","),
    Style(decimal=".", group=","),
    Style(decimal=",", group="."),
    Style(decimal=".", group=SPACES),
    Style(decimal=",", group=SPACES),
    Style(decimal=".", group="'’"),
    Style(decimal=",", group="'’"),
)


@dataclass(frozen=True, kw_only=True)
class Undressed:
    """A number without its sign in words, currency or percent."""

    core: str
    unit: str = ""


def undress(text: str) -> Undressed | None:
    """Take currency, percent, brackets and odd minus signs off a number. None if it is none."""
    text = text.strip()
    if len(text) > _MAX_CHARS:
        return None
    if _PLAIN.fullmatch(text):
        return Undressed(core=text)
    match = _DRESSED.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    signs = [sign for sign in match.group("sign", "sign2", "sign3") if sign]
    units = {unit for unit in match.group("before", "after") if unit}
    if len(signs) + bool(match["open"]) > 1 or len(units) > 1:
        return None
    negative = bool(match["open"]) or (bool(signs) and signs[0] != "+")
    return Undressed(core="-" * negative + match["core"], unit="".join(units))


def looks_like_number(text: str) -> bool:
    """Whether SQL might read the text as a number, rightly or not."""
    return _NUMBER_LIKE.match(text) is not None


def readings(core: str, styles: Sequence[Style]) -> list[str]:
    """The different numbers that a text can be in these styles, as Python writes them."""
    found = [style.plain(core) for style in styles]
    return list(dict.fromkeys(plain.lstrip("+") for plain in found if plain is not None))
