"""Weighs how likely a text is in an encoding: by its letters, and by how they stand in words.

``encodings`` asks it about the old encodings, whose bytes mean something in all of them. A score
is the logarithm of a probability, so the evidence of every letter adds up: a name alone says
little, and ten lines are nearly always enough. Measured on ``tests/support/tables/languages.json``.
"""

# ruff: noqa: RUF001 - the letters and signs of many languages are data here.
from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache, partial

from pyagent.tables import languages
from pyagent.tables.languages import CJK_SIGNS, LANGUAGES, PRIORS, SIGNS

_VOWELS = frozenset("aeiouyæøœıаеёиоуыэюяіїєαειουηωъ")
_FINAL = frozenset("ךםןףץςةى")
"""Letters that stand at the end of a word only."""
_BEFORE_LETTERS = frozenset("כמנפצσ")
"""Letters that another form replaces at the end of a word."""
_UNITS = frozenset("€£¥°§²³½‰№")
"""Signs that stand beside numbers."""
_WITHIN_WORDS = frozenset("’·'-\xad")
_UNLIKELY = {"letter": -11.0, "sign": -13.0, "control": -18.0}
_ASCII = math.log(1 / 40)
_PLAIN_WEIGHT = 0.7
_WORD = re.compile(r"[^\W\d_]+")

CJK_PRIORS = {"gb18030": 0.0, "cp949": -0.5, "cp932": 0.0, "euc_jp": -1.0, "cp950": -0.5}


def scores(sample: bytes) -> dict[str, tuple[float, str]]:
    """Encoding → how likely it is, and the text of the sample in it. Higher is likelier."""
    found = {}
    for name in [*PRIORS, *CJK_PRIORS]:
        text = sample.decode(name, "replace")
        counts = Counter(text)
        if counts["\ufffd"] * 50 > len(text):
            continue
        plain = Counter("".join(filter(_is_high, _WORD.findall(text))).lower())
        best = max(
            sum(n * model(char) for char, n in counts.items())
            + sum(n * bonus[char] for char, n in plain.items() if char in bonus)
            for model, bonus in _models(name)
        )
        prior = PRIORS.get(name, CJK_PRIORS.get(name, 0.0))
        found[name] = (best + _structure(text) + prior, text)
    return found


def is_odd(char: str, name: str) -> bool:
    """Whether a character hardly occurs in the texts of an encoding of one byte a character."""
    if char in SIGNS:
        return False
    if char.isalpha():
        known = "".join(language.letters for language in LANGUAGES[name])
        return char not in known and char.lower() not in known
    return unicodedata.category(char) in ("Cc", "Cn", "Co", "So")


@cache
def _models(name: str) -> list[tuple[Callable[[str], float], dict[str, float]]]:
    """For each language of an encoding, the logarithm of how common a character is."""
    if name not in LANGUAGES:
        return [(cache(partial(_cjk, name)), {})]
    return [
        (
            cache(partial(_letter, _weights(language.letters, language.share))),
            _bonus(language.plain),
        )
        for language in LANGUAGES[name]
    ]


def _bonus(plain: str) -> dict[str, float]:
    """How much commoner a letter of ASCII is in a language than in the mean of all letters."""
    weights = _weights(plain, 1.0)
    return {
        letter: _PLAIN_WEIGHT * (weight - math.log(1 / 26)) for letter, weight in weights.items()
    }


def _is_high(word: str) -> bool:
    return not word.isascii()


def _weights(letters: str, share: float) -> dict[str, float]:
    """Letters get rarer along their order as those of most languages do: exponentially."""
    slope = max(2.0, len(letters) * 0.27)
    raw = [math.exp(-i / slope) for i in range(len(letters))]
    scale = share / sum(raw) if raw else 0.0
    return {letter: math.log(scale * weight) for letter, weight in zip(letters, raw, strict=True)}


def _letter(weights: dict[str, float], char: str) -> float:
    if char < "\x80":
        return _ASCII
    if char in weights:
        return weights[char]
    lower = char.lower()
    if lower in weights:
        return weights[lower] - 0.4
    if char in SIGNS:
        return -6.5 if char in "€–’“”\xa0°" else -7.5
    return _UNLIKELY[_sort(char)]


_CJK_CODECS = {"gb18030": "gb2312", "cp949": "euc_kr", "cp932": "cp932", "euc_jp": "cp932"}
_LEVEL_1 = {
    "gb18030": (0xB0, 0xD7, 3755),
    "cp949": (0xB0, 0xC8, 2350),
    "cp932": (0x88, 0x97, 2965),
    "euc_jp": (0x88, 0x97, 2965),
    "cp950": (0xA4, 0xC6, 5401),
}


def _by_rank(order: str) -> dict[str, float]:
    """The logarithm of how common each character is, if their orders are as Zipf found."""
    ranks = {char: i for i, char in reversed(list(enumerate(order)))}
    total = sum(1 / (rank + 60) for rank in ranks.values())
    return {char: math.log(0.75 / total / (rank + 60)) for char, rank in ranks.items()}


_COMMON = {
    "gb18030": _by_rank(languages.COMMON_CHINESE),
    "cp949": _by_rank(languages.COMMON_KOREAN),
    "cp932": _by_rank(languages.COMMON_JAPANESE),
    "euc_jp": _by_rank(languages.COMMON_JAPANESE),
    "cp950": _by_rank(languages.COMMON_TAIWANESE),
}


def _cjk(name: str, char: str) -> float:
    if char < "\x80":
        return _ASCII
    if char in _COMMON[name]:
        return _COMMON[name][char]
    if char in CJK_SIGNS or char in SIGNS:
        return -7.0
    if "ぁ" <= char <= "ヿ":
        return math.log(0.5 / 160) if name in ("cp932", "euc_jp") else -12.0
    if "\uff61" <= char <= "\uff9f":
        return -9.0
    first, last, size = _LEVEL_1[name]
    try:
        lead = char.encode(_CJK_CODECS.get(name, name))[0]
    except UnicodeEncodeError:
        return -15.0
    if first <= lead <= last:
        return math.log(0.22 / size)
    return -13.0 if _sort(char) == "letter" else -14.0


def _sort(char: str) -> str:
    if char.isalpha() or unicodedata.category(char)[0] == "M":
        return "letter"
    return "sign" if char.isprintable() else "control"


class _Kinds(dict[int, str]):
    """Code point → a letter for the part that the character plays in a word."""

    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind(chr(code))
        return kind


def _kind(char: str) -> str:
    """``aA`` vowels, ``bB`` consonants of ASCII; ``vVcC`` other Latin; ``wWdD`` other with case."""
    if char.isalpha():
        base = unicodedata.normalize("NFD", char)[0].lower()
        if char >= "\u2e80":
            return "i"
        if char.lower() == char.upper():
            return "f" if char in _FINAL else "n" if char in _BEFORE_LETTERS else "x"
        if char == "ς":
            return "f"
        latin = base < "\u0250" and base != "µ"
        pair = "ab" if char < "\x80" else "vc" if latin else "wd"
        kind = pair[base not in _VOWELS]
        return kind.upper() if char.isupper() else kind
    if char < "\x80":
        return "0" if char.isdigit() else " "
    if unicodedata.category(char)[0] == "M":
        return "m"
    if char in _WITHIN_WORDS:
        return "'"
    if char == "\xa0":
        return "_"
    if char in _UNITS:
        return "$"
    return "s" if char.isprintable() else "!"


_KINDS = _Kinds()


def _structure(text: str) -> float:
    """What the places of letters say: capitals inside words, mixed scripts, signs in words."""
    kinds = text.translate(_KINDS)
    triples = Counter(zip(" " + kinds, kinds, kinds[1:] + " ", strict=False))
    return sum(n * _triple(*triple) for triple, n in triples.items())


_HIGH = frozenset("vVcCwWdDxfnims$_!")
_SCRIPTS = {**dict.fromkeys("aAbBvVcC", "Latin"), **dict.fromkeys("wWdD", "cased")} | (
    {**dict.fromkeys("xfnm", "uncased"), "i": "ideographs"}
)


_ALONE = {"v": -2.0, "c": -2.5, "w": -4.0, "d": -5.0, "x": -6.0, "n": -6.0}
_ALONE |= {"f": -6.0, "m": -6.0, "i": -1.0}
"""How unlikely words of one letter are."""


@cache
def _triple(before: str, middle: str, after: str) -> float:
    """How odd it is that ``middle`` stands between the two."""
    return _pair(middle, after) + _between(before, middle, after)


def _pair(before: str, after: str) -> float:
    if before not in _HIGH and after not in _HIGH:
        return 0.0
    scripts = _SCRIPTS.get(before), _SCRIPTS.get(after)
    if after == "m" and scripts[0] is None:
        return -6.0
    if before == "n" and scripts[1] is None:
        return -2.5
    if before == "f" and scripts[1] is not None:
        return -5.0
    if None in scripts:
        return 0.0
    if scripts[0] != scripts[1]:
        return -6.0
    if scripts[0] in ("uncased", "ideographs"):
        return 0.0
    score = 0.0
    if after.isupper():
        score = -0.3 if before.isupper() else -6.0
    elif scripts[0] == "cased" and before.isupper():
        score = -0.3
    vowels = before.lower() in "avw", after.lower() in "avw"
    return score + (-1.0 if all(vowels) else -0.5 if not any(vowels) else 0.2)


def _between(before: str, middle: str, after: str) -> float:
    """A sign inside a word, a letter that stands alone, and three consonants or vowels."""
    letters = before in _SCRIPTS, after in _SCRIPTS
    digits = (before == "0") + (after == "0")
    if middle in "_'" and digits == 2:  # it groups thousands
        return 3.0
    if middle in "s$":
        if any(letters) or middle == "s":
            return -4.0 if all(letters) else 0.0
        return 2.5 if digits else 1.5
    if middle not in _SCRIPTS:
        return 0.0
    if middle in _HIGH and not any(letters):
        return _ALONE.get(middle.lower(), 0.0) - 1.5 * middle.isupper() - 2.0 * digits
    kinds = {before, middle, after}
    if not all(letters) or not _HIGH & kinds or {"x", "i"} & kinds:
        return 0.0
    vowels = [kind.lower() in "avw" for kind in (before, middle, after)]
    return -0.8 if all(vowels) or not any(vowels) else 0.0
