"""The providers we know, from ``providers.json``; the page reads the same file at build time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Where a provider is and what it accepts from a page."""

    id: str
    name: str
    base_url: str
    """Where the paths of its OpenAI-compatible interface start; empty for an unknown server."""
    key_env: str = ""
    """Environment variable that holds its key on a person's machine; empty: needs no key."""
    key_url: str = ""
    """Where a person gets a key."""
    models: tuple[str, ...] = ()
    """Models to offer, best first choice first; empty where the server decides."""
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
    """All of them, in the order in which to offer them; the last is an unknown server."""
    return _PROVIDERS


def provider_at(base_url: str) -> Provider:
    """The provider whose host and port ``base_url`` names, or the unknown server."""
    netloc = urlsplit(base_url).netloc.replace("localhost", "127.0.0.1")
    *known, unknown = providers()
    return next((p for p in known if urlsplit(p.base_url).netloc == netloc), unknown)


def _checked(entry: dict[str, Any]) -> Provider:
    for name in ("models", "headers"):
        if name in entry:
            entry[name] = tuple(entry[name])
    return Provider(**entry)


# Read at import: what a browser's memory snapshot holds needs no file afterwards.
_TEXT = files("pyagent.models").joinpath("providers.json").read_text("utf-8")
_PROVIDERS = tuple(map(_checked, json.loads(_TEXT)))
