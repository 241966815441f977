"""The providers we know: ``providers.json``, which the page offers first, and a longer table.

build/providers.py makes the longer one, ``more_providers.json``, from published sources, which its
first line names. ``model_facts`` has the names of models and their prices.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from pyagent.protocol import WireFormat


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The address of a provider, and what it accepts from a page."""

    id: str
    name: str
    base_url: str
    """The address before the paths of the wire format; empty for an unknown server."""
    wire_format: WireFormat = "openai"
    aliases: tuple[str, ...] = ()
    """Ids that others use for the provider, such as litellm."""
    key_env: str = ""
    """Environment variable that holds the key on a person's machine; empty if none is needed."""
    key_url: str = ""
    """Where a person gets a key."""
    models: tuple[str, ...] = ()
    """Models to offer, the best choice first; empty where the server decides."""
    cors: bool | None = None
    """Whether pages of other origins may call the provider (CORS); None when unknown."""
    headers: tuple[str, ...] | None = None
    """Headers that a page may send beside content-type and authorization; None means any."""
    hides_wrong_key: bool = False
    """Whether a page cannot read the refusal of its key, for lack of a CORS header."""
    local: bool = False
    """Whether the server runs on the person's own machine."""
    start: str = ""
    """Command that starts a local server so that pages at ``{origin}`` may call it."""

    @property
    def needs_key(self) -> bool:
        """Whether a request without a key is pointless."""
        return bool(self.key_env)


def providers() -> tuple[Provider, ...]:
    """The providers to offer, in order; the last entry stands for an unknown server."""
    return _OFFERED


def all_providers() -> tuple[Provider, ...]:
    """All providers with an address; those to offer come first."""
    return (*_OFFERED[:-1], *_MORE)


def provider_named(name: str) -> Provider | None:
    """The provider with this id or alias; case and hyphens do not matter."""
    return _by_name().get(_plain(name))


def names_like(name: str) -> list[str]:
    """Ids of providers that a misspelled ``name`` may mean, likeliest first."""
    by_name = _by_name()
    found = get_close_matches(_plain(name), by_name, n=3, cutoff=0.75)
    return list(dict.fromkeys(by_name[plain].id for plain in found))


def provider_at(base_url: str) -> Provider:
    """The provider whose host and port ``base_url`` names, or the unknown server.

    If several share a host, it is the one whose path ``base_url`` starts with.
    """
    there = _split(base_url)
    at_host = [provider for provider in all_providers() if _split(provider.base_url)[0] == there[0]]
    on_path = [p for p in at_host if there[1].startswith(_split(p.base_url)[1])]
    longest = max(on_path, key=lambda p: len(p.base_url), default=None)
    return longest or (at_host[0] if at_host else _OFFERED[-1])


def _split(base_url: str) -> tuple[str, str]:
    """Host with port, and path."""
    parts = urlsplit(base_url)
    return parts.netloc.replace("localhost", "127.0.0.1"), parts.path.rstrip("/") + "/"


@cache
def _by_name() -> dict[str, Provider]:
    named: dict[str, Provider] = {}
    for provider in all_providers():
        for name in (provider.id, *provider.aliases):
            named.setdefault(_plain(name), provider)
    return named


def _plain(name: str) -> str:
    return re.sub(r"[-_. ]", "", name.lower())


def _checked(entry: dict[str, Any]) -> Provider:
    for name in ("aliases", "models", "headers"):
        if name in entry:
            entry[name] = tuple(entry[name])
    return Provider(**entry)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


# Read at import, so that a browser's memory snapshot holds them and needs no files afterwards.
_OFFERED = tuple(map(_checked, json.loads(_text("providers.json"))))
_MORE = tuple(map(_checked, json.loads(_text("more_providers.json"))["providers"]))
