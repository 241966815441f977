"""``input`` and ``getpass`` of generated code: a person answers, through the trusted side.

The kernel puts them into the code's names, into ``builtins`` and in the place of the module
``getpass`` while code runs, so that libraries ask the person too.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

Ask = Callable[[str, bool], str]
"""Asks the person. The arguments are the prompt and whether the answer is a secret. Raises
``EOFError`` if there is no answer."""

INPUT = "input"
"""The name of the call by which a guest asks. No tool can have it."""
NOBODY = "Nobody can answer input() here. Use values that you have, or ask in final_answer(...)."
_MASK = "••••"


class Secret(str):
    """What a person typed unseen. It is a str, but shows itself masked and is never saved."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{_MASK}'"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("what the person typed unseen is not saved")


def nobody(prompt: str, secret: bool) -> str:
    """Ask where nobody is."""
    raise EOFError(NOBODY)


def make_input(ask: Ask) -> Callable[..., str]:
    """The function ``input`` of the code."""

    def input(prompt: object = "", /) -> str:
        """Ask the person for a line of text."""
        return ask(str(prompt), False)

    return input


class Getpass(ModuleType):
    """Stands in for the module ``getpass``."""

    class GetPassWarning(UserWarning):
        """Part of the module; never raised here."""

    def __init__(self, ask: Ask) -> None:
        super().__init__("getpass")
        self._ask = ask

    def getpass(
        self, prompt: str = "Password: ", stream: Any = None, *, echo_char: str | None = None
    ) -> str:
        """Ask the person for a text that is not shown."""
        return Secret(self._ask(str(prompt), True))

    def getuser(self) -> str:
        """The name of the user, which is unknown here."""
        raise OSError("The name of the user is not known here. Ask for it with input()")


@contextmanager
def asking(ask: Ask) -> Iterator[None]:
    """Let everything that asks ask the person, while the context is open."""
    module = Getpass(ask)
    before, known = builtins.input, sys.modules.get("getpass")
    builtins.input, sys.modules["getpass"] = make_input(ask), module
    try:
        yield
    finally:
        builtins.input = before
        if sys.modules.get("getpass") is module:
            del sys.modules["getpass"]
        if known is not None:
            sys.modules["getpass"] = known
