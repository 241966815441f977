"""Small files in many languages and encodings, to try the search for an encoding on.

The sentences and names of ``languages.json`` are in two halves. The rules were tuned on one half;
the other was only ever measured.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support import SUPPORT

LANGUAGES: dict[str, dict[str, Any]] = json.loads(
    (SUPPORT / "tables" / "languages.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True, kw_only=True)
class LanguageFile:
    """A file of some lines of one language."""

    language: str
    encoding: str
    text: str

    @property
    def data(self) -> bytes:
        return self.text.encode(self.encoding)


def language_files(part: str, lines: int) -> Iterator[LanguageFile]:
    """Files of ``lines`` lines, or fewer at the end of a language's own lines."""
    for language, known in LANGUAGES.items():
        for encoding in known["encodings"]:
            fitting = [line for line in known[part] if _fits(line, encoding)]
            for start in range(0, len(fitting), lines):
                text = "".join(f"{line}\n" for line in fitting[start : start + lines])
                file = LanguageFile(language=language, encoding=encoding, text=text)
                if not text.isascii():
                    yield file


def long_file(part: str, language: str, encoding: str, *, lines: int = 60) -> LanguageFile:
    """A table of lines that come again and again, with numbers between them."""
    chance = random.Random(language)
    fitting = [line for line in LANGUAGES[language][part] if _fits(line, encoding)]
    text = "".join(
        f"{number};{chance.choice(fitting)};{chance.randrange(1_000)}\n" for number in range(lines)
    )
    return LanguageFile(language=language, encoding=encoding, text=text)


def _fits(line: str, encoding: str) -> bool:
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
