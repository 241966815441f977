"""What is known of hosted models: sizes, prices, abilities, from ``models.jsonl``.

``http`` asks when a model is made. The table is made by build/providers.py, which names its
sources in the first line. It is read at the first question, and of it one provider's line at a
time: a browser has little time at its start. What the table does not say is None, never a guess.
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

from pyagent.models.base import Price
from pyagent.models.catalog.providers import provider_named
from pyagent.protocol import WireFormat

_DATED = re.compile(r"[-@](20\d{6}|20\d\d-\d\d-\d\d|latest)$")
_ANSWERS = {"y": True, "n": False}

_Row = list[Any]
"""Context, longest output, prices of input, output, cached input and cache writes, flags."""


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What a provider says of a model; None for what is unknown.

    A price is that of ordinary requests: no batches, no surcharge for very long prompts, no cache
    kept for longer than usual.
    """

    context_tokens: int | None = None
    """How much it reads."""
    max_output_tokens: int | None = None
    price: Price | None = None
    supports_tools: bool | None = None
    supports_schema: bool | None = None
    supports_images: bool | None = None
    supports_reasoning: bool | None = None
    wire_format: WireFormat | None = None
    """Set where the model does not answer in its provider's usual one."""


def facts_of(provider_id: str, model_id: str) -> ModelFacts:
    """What is known of a model at a provider, which may go by any of its names.

    ``model_id`` may begin with the provider's name, and end in a date or in ``-latest`` that the
    table lacks or has. What a variant after a colon costs is unknown where the table lacks it.
    """
    provider = provider_named(provider_id)
    if provider is None:
        return ModelFacts()
    facts = _found(_by_name(provider.id), model_id.lower())
    return replace(facts, price=Price(input=0, output=0)) if provider.local else facts


def models_at(provider_id: str) -> list[str]:
    """The models of a provider that the table knows, in alphabetical order."""
    provider = provider_named(provider_id)
    return list(_rows(provider.id)) if provider else []


def _found(rows: Mapping[str, _Row], model_id: str) -> ModelFacts:
    head, _, tail = model_id.partition("/")
    names = [model_id, tail] if tail and provider_named(head) else [model_id]
    for name in (*names, *map(_undated, names)):
        if name in rows:
            return _facts(rows[name])
    base, _, variant = model_id.rpartition(":")
    return replace(_found(rows, base), price=None) if base and variant else ModelFacts()


@cache
def _by_name(provider_id: str) -> dict[str, _Row]:
    """The rows by all that means one model: its id, that without a date, its last part."""
    exact = {model.lower(): row for model, row in _rows(provider_id).items()}
    # In the table's order, so that the newest date stands for a name without one.
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
        wire_format="responses" if flags.endswith("r") else None,
    )


def _undated(model_id: str) -> str:
    return _DATED.sub("", model_id)
