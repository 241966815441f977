"""The providers we know: ``providers.json``, which the page offers first, and a longer table.

The longer one, ``more_providers.json``, is made by build/providers.py from published sources,
which its first line names. Names of models and prices are ``catalog``'s.
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
    """Where a provider is and what it accepts from a page."""

    id: str
    name: str
    base_url: str
    """Where the paths of its wire format start; empty for an unknown server."""
    wire_format: WireFormat = "openai"
    aliases: tuple[str, ...] = ()
    """Its ids elsewhere, such as litellm's."""
    key_env: str = ""
    """Environment variable that holds its key on a person's machine; empty: needs no key."""
    key_url: str = ""
    """Where a person gets a key."""
    models: tuple[str, ...] = ()
    """Models to offer, best first choice first; empty where the server decides."""
    cors: bool | None = None
    """Whether it answers pages of other origins; None when unknown. ``advice`` tells a page."""
    headers: tuple[str, ...] | None = None
    """Headers it lets a page send beyond content-type and authorization; None: any."""
    hides_wrong_key: bool = False
    """Its refusal of a key carries no CORS header, so a page cannot read it."""
    local: bool = False
    """Runs on the person's own machine."""
    start: str = ""
    """Command that starts a local server so that a page at ``{origin}`` may call it."""

    @property
    def needs_key(self) -> bool:
        """Whether a request without a key is pointless."""
        return bool(self.key_env)


def providers() -> tuple[Provider, ...]:
    """Those to offer, in the order in which to offer them; the last is an unknown server."""
    return _OFFERED


def all_providers() -> tuple[Provider, ...]:
    """Every provider with an address, those to offer first."""
    return (*_OFFERED[:-1], *_MORE)


def provider_named(name: str) -> Provider | None:
    """The provider with this id or alias, whatever its case and its hyphens."""
    return _by_name().get(_plain(name))


def names_like(name: str) -> list[str]:
    """Ids of providers that a misspelled ``name`` may mean, likeliest first."""
    by_name = _by_name()
    found = get_close_matches(_plain(name), by_name, n=3, cutoff=0.75)
    return list(dict.fromkeys(by_name[plain].id for plain in found))


def provider_at(base_url: str) -> Provider:
    """The provider whose host and port ``base_url`` names, or the unknown server.

    Where several share a host, the one whose path ``base_url`` starts with.
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


# Read at import: what a browser's memory snapshot holds needs no file afterwards.
_OFFERED = tuple(map(_checked, json.loads(_text("providers.json"))))
_MORE = tuple(map(_checked, json.loads(_text("more_providers.json"))["providers"]))
