"""Other names for options, which smolagents, litellm and providers' own clients use."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pyagent.recipes import is_secret

OTHER_OPTIONS: Mapping[str, str] = {
    **dict.fromkeys(("max_completion_tokens", "max_output_tokens", "max_new_tokens"), "max_tokens"),
    **dict.fromkeys(("api_base", "endpoint", "base_uri", "url"), "base_url"),
    **dict.fromkeys(("timeout", "request_timeout", "read_timeout"), "timeout_s"),
    **dict.fromkeys(("retry", "retries", "num_retries"), "max_retries"),
    **dict.fromkeys(("token", "key", "openai_api_key", "hf_token"), "api_key"),
    **dict.fromkeys(("default_headers", "extra_headers"), "headers"),
    **dict.fromkeys(("http_client", "client"), "transport"),
    "model": "model_id",
    "model_list": "models",
    "routing_strategy": "choose",
}
"""Options that other libraries have for the same thing → our name."""
_ROLES = "Leave it out: each wire format knows what it takes."
_AZURE = 'Use LiteLLMModel("azure/…"), with litellm installed.'
WITHOUT_A_NAME: Mapping[str, str] = {
    "client_kwargs": "Use timeout_s=, max_retries= and headers=.",
    "requests_per_minute": "Leave it out: if a provider says how long to wait, we wait.",
    "stream": "Leave it out: models always stream.",
    **dict.fromkeys(("custom_role_conversions", "flatten_messages_as_text"), _ROLES),
    **dict.fromkeys(("tool_name_key", "tool_arguments_key"), _ROLES),
    **dict.fromkeys(("azure_endpoint", "api_version"), _AZURE),
}
"""Options that have no counterpart → what to do."""

_PARAMETERS = ("stop", "top_p", "top_k", "min_p", "seed", "n", "user", "reasoning", "tools")
"""Parameters of servers whose short names may look like an option of ours."""


def is_misspelled(name: str, known: Collection[str]) -> bool:
    """Whether ``name`` is more likely an option of ours than a parameter of a server."""
    return name not in _PARAMETERS and bool(get_close_matches(name, known, 1))


def value_as_code(name: str, value: object) -> str:
    """The value of an option as JSON, if it is short and no secret."""
    shown = json.dumps(value) if isinstance(value, str | int | float) else "…"
    return "…" if len(shown) > 60 or is_secret(name) else shown


def explain_option(name: str, known: Collection[str]) -> str:
    """What to write for an option of another library; empty if we do not know it."""
    if OTHER_OPTIONS.get(name) in known:
        return f"Use {OTHER_OPTIONS[name]}=."
    return WITHOUT_A_NAME.get(name, "")


def also_called(options: Any, name: str, **given: Any) -> None:
    """Put into ``options``, keyword arguments, as ``name`` what was given by another name.

    None means not given. Raises ``ValueError`` when both names were given.
    """
    for alias, value in given.items():
        if value is None:
            continue
        if options.get(name):
            raise ValueError(f"{alias} and {name} are two names for one option; give one.")
        options[name] = value
