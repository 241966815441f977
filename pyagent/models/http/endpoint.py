"""Where a model is served: the checked address and key, used by requests and error messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pyagent.errors import AuthenticationError, EndpointError
from pyagent.models.catalog.providers import Provider, provider_at
from pyagent.protocol import WireFormat

_FULL_PATH = re.compile(r"/(chat/completions|completions|responses|messages|models)/*$")
_LOCAL_HOST = re.compile(
    r"localhost|.*\.local(host)?|127\..*|10\..*|192\.168\..*|172\.(1[6-9]|2\d|3[01])\..*|::1"
)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One model at one address. Made by ``checked_endpoint``."""

    base_url: str
    """The address before the paths of the format, without a slash at its end."""
    model_id: str
    api_key: str = field(default="", repr=False)
    wire: WireFormat = "openai"
    provider: Provider
    page_origin: str = ""
    """Origin of the page that sends the requests; empty outside of browsers."""

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.base_url).netloc

    @property
    def served_by(self) -> str:
        """The provider's name, or the host of a server that we do not know."""
        return self.provider.name if self.provider.base_url else self.host

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine or in this local network."""
        return bool(_LOCAL_HOST.fullmatch(urlsplit(self.base_url).hostname or ""))

    def scrub(self, text: str) -> str:
        """``text`` without the key. Everything that a person or a log sees goes through here."""
        return text.replace(self.api_key, "[key]") if self.api_key else text


def checked_endpoint(
    base_url: str,
    model_id: str,
    *,
    wire: WireFormat = "openai",
    api_key: str = "",
    page_origin: str = "",
) -> Endpoint:
    """The endpoint. Raises ``EndpointError`` or ``AuthenticationError`` if it cannot work."""
    base_url = _FULL_PATH.sub("", base_url.strip()).rstrip("/")
    if not _is_web_address(base_url):
        raise EndpointError(
            "The base URL is not a web address.",
            advice="Write it in full and without a key, for example https://api.openai.com/v1.",
            kind="wrong_url",
        )
    endpoint = Endpoint(
        base_url=base_url,
        model_id=model_id.strip(),
        wire=wire,
        api_key=api_key.strip(),
        provider=provider_at(base_url),
        page_origin=page_origin,
    )
    provider = endpoint.provider
    if not endpoint.model_id:
        example = f", for example {provider.models[0]}" if provider.models else ""
        raise EndpointError(
            "No model is chosen.",
            advice=f"Name one of the models that {endpoint.served_by} serves{example}.",
            kind="no_model",
        )
    if not re.fullmatch(r"[!-~]*", endpoint.api_key):
        raise AuthenticationError(
            "The key holds a character that no key has, such as a space or a line break.",
            advice="Copy the key again: all of it, and nothing else.",
        )
    if provider.needs_key and not endpoint.api_key:
        raise AuthenticationError(
            f"No key is given for {provider.name}.",
            advice=key_advice(endpoint),
            kind="no_key",
        )
    return endpoint


def check_headers(endpoint: Endpoint, headers: Mapping[str, str]) -> None:
    """Raise ``ValueError`` for a header that the provider refuses from pages."""
    allowed = endpoint.provider.headers
    if allowed is None or not endpoint.page_origin:
        return
    for name in headers:
        if name.lower() not in map(str.lower, allowed):
            listed = ", ".join(allowed) or "no further ones"
            raise ValueError(
                f"{endpoint.provider.name} refuses the header {name} from pages; it takes {listed}."
            )


def key_advice(endpoint: Endpoint) -> str:
    """Where to get a key and where to put it: a page has settings, and a program has options."""
    provider = endpoint.provider
    get = f"Get one at {provider.key_url} and " if provider.key_url else ""
    if endpoint.page_origin:
        advice = f"{get}put it into the settings."
    else:
        variable = f", or put it into {provider.key_env}" if provider.key_env else ""
        advice = f"{get}give it as api_key= (in a terminal as --api-key){variable}."
    return advice[0].upper() + advice[1:]


def _is_web_address(url: str) -> bool:
    """Whether ``url`` is an http address without keys and passwords: addresses are logged."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    extra = parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", url)
    return named and parts.scheme in ("http", "https") and not extra
