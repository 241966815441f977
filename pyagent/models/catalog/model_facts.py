"""What is known of hosted models: sizes, prices, abilities, from ``models.jsonl``.

``HttpModel`` looks here when it is made. build/providers.py writes the table and names its sources
in the first line. Only the line of one provider is parsed, at the first question about it, because
a browser has little time when it starts. What the table does not say is None, never a guess.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from pyagent.models.catalog.providers import provider_named
from pyagent.models.price import Price
from pyagent.protocol import WireFormat

_DATED = re.compile(r"[-@](20\d{6}|20\d\d-\d\d-\d\d|latest)$")
_STAMPED = re.compile(
    rf"(?:-preview)?(?:{_DATED.pattern[:-1]}|-\d\d-20\d\d|-\d\d-\d\d|-\d{{3,4}})$"
)
"""What people ask for may also end as Google's and Mistral's versions do: -002, -2411, -09-2025."""
_AT_BEDROCK = re.compile(r"(?:[a-z]{2,6}(?:-gov)?\.)?([a-z0-9]+)\.(?=[a-z])(.+)")
"""Amazon's names: a region, which may be missing, a vendor and a model."""
_VERSION = re.compile(r"-v\d+(:\d+)?$")
"""The end of Amazon's names."""
_CLOUDS = {"azure": "openai", "azure_ai": "openai", "vertex_ai": "google", "bedrock": ""}
"""What may stand before a model's name, beside a provider → the provider of the model."""
_TUNED = re.compile(r"ft:([^:]+):")
"""A fine-tuned model of OpenAI begins with the model that it was made from."""
_ANSWERS = {"y": True, "n": False}
_REFUSED = {"s": "stop", "m": "max_tokens", "t": "temperature"}
"""Flags after the first four → parameters that the model refuses."""

_Row = list[Any]
"""Context, longest output, prices of input, output, cached input and cache writes, flags."""


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What a provider says about a model; None for what is unknown.

    The price is that of ordinary requests, without batches, surcharges for very long prompts, or a
    cache that is kept for longer than usual.
    """

    context_tokens: int | None = None
    """How much the model reads."""
    max_output_tokens: int | None = None
    price: Price | None = None
    supports_tools: bool | None = None
    supports_schema: bool | None = None
    supports_images: bool | None = None
    supports_reasoning: bool | None = None
    wire_format: WireFormat | None = None
    """Set if the model does not speak its provider's usual format."""
    refused: frozenset[str] = frozenset()
    """Parameters that the model is known to refuse, by their names in chat completions."""


def facts_of(provider_id: str, model_id: str) -> ModelFacts:
    """What is known of a model at a provider, which may be given by any of its names.

    ``model_id`` may begin with the provider's name or with a cloud's, as in ``azure/…`` and
    ``us.anthropic.…``, and may end in a date or in ``-latest`` even if the table has it without, or
    the other way round. The price of a variant, after a colon, and of a fine-tuned model,
    ``ft:…``, is unknown unless the table has it. At a server that is not in the table, a name with
    a vendor has what is known of the vendor's model, without the price.
    """
    provider, name = provider_named(provider_id), model_id.lower()
    if provider is None:
        vendor, base = _vendor_of(name)
        facts = _found(_by_name(vendor), base) if vendor else ModelFacts()
        return replace(facts, price=None, wire_format=None)
    facts = _found(_by_name(provider.id), name)
    return replace(facts, price=Price(input=0, output=0)) if provider.local else facts


def models_at(provider_id: str) -> list[str]:
    """The models of a provider that the table knows, in alphabetical order."""
    provider = provider_named(provider_id)
    return list(_rows(provider.id)) if provider else []


def _found(rows: Mapping[str, _Row], model_id: str) -> ModelFacts:
    names = [model_id, model_id.removeprefix("models/")]
    if (own := _vendor_of(model_id)[1]) != model_id:
        names.append(own)
    for change in (str, _undated, lambda name: _STAMPED.sub("", name)):
        for name in map(change, names):
            if name in rows:
                return _facts(rows[name])
    if tuned := _TUNED.match(model_id):
        own_row = rows.get(f"ft:{tuned[1]}")
        return _facts(own_row) if own_row else replace(_found(rows, tuned[1]), price=None)
    base, _, variant = model_id.rpartition(":")
    return replace(_found(rows, base), price=None) if base and variant else ModelFacts()


def _vendor_of(model_id: str) -> tuple[str, str]:
    """The provider that a name begins with, or is at home with a cloud, and the name without it.

    The first is empty, and the name as it was, if it begins with none.
    """
    head, _, tail = model_id.partition("/")
    cloud = _CLOUDS.get(head)
    provider = provider_named(cloud if cloud else head)
    if tail and cloud != "" and provider:
        return provider.id, tail
    at_bedrock = _AT_BEDROCK.fullmatch(tail if cloud == "" else model_id)
    if at_bedrock and (provider := provider_named(at_bedrock[1])):
        return provider.id, _VERSION.sub("", at_bedrock[2])
    return "", model_id


@cache
def _by_name(provider_id: str) -> dict[str, _Row]:
    """The rows by every name of a model: its id, its id without a date, the last part of its id."""
    exact = {model.lower(): row for model, row in _rows(provider_id).items()}
    # In the table's order, so that a name without a date means the newest date.
    undated = {_undated(model): row for model, row in exact.items()}
    tails = Counter(model.rpartition("/")[2] for model in exact)
    short = {tail: exact[model] for model in exact if tails[tail := model.rpartition("/")[2]] == 1}
    return short | undated | exact


@cache
def _rows(provider_id: str) -> dict[str, _Row]:
    start = f'{{"provider":{json.dumps(provider_id)},'
    with files(__package__).joinpath("models.jsonl").open(encoding="utf-8") as lines:
        line = next((line for line in lines if line.startswith(start)), '{"models":{}}')
    rows: dict[str, _Row] = json.loads(line)["models"]
    return rows


def _facts(row: _Row) -> ModelFacts:
    context, output, read, written, cached, kept, flags = row
    tools, schema, images, reasoning = (_ANSWERS.get(flag) for flag in flags[:4])
    return ModelFacts(
        context_tokens=context,
        max_output_tokens=output,
        price=None
        if read is None
        else Price(input=read, output=written, cached_input=cached, cache_write=kept),
        supports_tools=tools,
        supports_schema=schema,
        supports_images=images,
        supports_reasoning=reasoning,
        wire_format="responses" if "r" in flags[4:] else None,
        refused=frozenset(_REFUSED[flag] for flag in flags[4:] if flag in _REFUSED),
    )


def _undated(model_id: str) -> str:
    return _DATED.sub("", model_id)
