"""What to do when an address does not answer as it should. ``explain`` uses this."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pyagent.models.catalog.wire_formats import FORMAT_FACTS
from pyagent.models.http.endpoint import Endpoint

_WAY_AROUND = (
    "reach its models through OpenRouter or a proxy such as litellm's, or run pyagent in a"
    " terminal."
)
"""How to reach a provider that pages may not call. litellm's proxy allows pages by default."""


def base_url_advice(endpoint: Endpoint) -> str:
    """What the base URL should be, when nothing is served there."""
    known = endpoint.provider.base_url
    if endpoint.wire != endpoint.provider.wire_format:
        known = ""
    if known and urlsplit(known).path != urlsplit(endpoint.base_url).path:
        return f"The base URL of {endpoint.provider.name} is {known}."
    version = FORMAT_FACTS[endpoint.wire].version
    if not urlsplit(endpoint.base_url).path.rstrip("/"):
        return f"Most servers want {endpoint.base_url}/{version} as base URL."
    return f"Check the base URL; for most servers it ends with /{version}."


def page_advice(endpoint: Endpoint) -> str:
    """Why a page's fetch may have failed: the browser gives a page no reason."""
    https_page = endpoint.page_origin.startswith("https:")
    local_page = bool(re.match(r"https?://(localhost|127\.|\[::1\])", endpoint.page_origin))
    if endpoint.is_local:
        advice = start_advice(endpoint)
        if not local_page:
            advice += " Allow this page to reach the local network when the browser asks."
        if https_page:
            advice += " Safari does not let https pages reach a local server: use another browser."
        return advice
    if https_page and endpoint.base_url.startswith("http:"):
        return "An https page may only call https addresses: use one in the base URL."
    provider = endpoint.provider
    if not provider.base_url:
        return (
            "Check the base URL and the network. If both are right, the server does not let pages"
            f" call it: it must allow the origin {endpoint.page_origin} (CORS)."
        )
    if provider.hides_wrong_key:
        return (
            f"A wrong key looks like this too, as {provider.name} hides its refusal from"
            " pages: check the key first, then the network."
        )
    if provider.cors is None:
        return (
            f"{provider.name} is not known to allow calls from web pages (CORS). If the network is"
            f" fine, {_WAY_AROUND}"
        )
    if not provider.cors:
        return f"{provider.name} allows no calls from web pages (CORS): {_WAY_AROUND}"
    return "Check the network, and blockers in the browser."


def start_advice(endpoint: Endpoint) -> str:
    """How to start a local server so that it answers, and answers this page."""
    provider, origin = endpoint.provider, endpoint.page_origin
    if not origin:
        return f"Start {provider.name if provider.start else 'the server'}, or correct the port."
    if not provider.start:
        return f"Check that the server is running, and that it allows {origin} (CORS)."
    command = provider.start.format(origin=origin)
    return f"Start {provider.name} so that it allows this page: `{command}`."
