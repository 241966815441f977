"""The parameters of a tool as Python has them, from its JSON Schema: their order and their text.

``Tool`` uses this for its stub. Nobody runs the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pyagent.protocol import ToolParameter
from pyagent.tools.schema import Schema, python_type


def in_order(parameters: Schema, keyword_only: Collection[str]) -> Schema:
    """``parameters`` in an order that Python allows.

    Required parameters come first, and those that are passed only by name come last.
    """
    properties, required = parameters["properties"], parameters["required"]

    def rank(name: str) -> int:
        return 2 if name in keyword_only else int(name not in required)

    ordered = {name: properties[name] for name in sorted(properties, key=rank)}
    return {**parameters, "properties": ordered}


def stub_parameters(
    parameters: Schema, keyword_only: Collection[str], hints: Mapping[str, str]
) -> list[ToolParameter]:
    """The parameters that a guest needs, from a schema that is complete and in order.

    ``hints`` are types of parameters that say more than their schemas.
    """
    required = parameters["required"]
    made = [
        ToolParameter(
            name=name,
            hint=hints.get(name) or python_type(schema),
            kind="keyword_only" if name in keyword_only else "usual",
            required=name in required,
            default=[schema["default"]] if "default" in schema and name not in required else [],
        )
        for name, schema in parameters["properties"].items()
    ]
    more = parameters.get("additionalProperties")
    if more is True or isinstance(more, dict):
        hint = "Any" if more is True else python_type(more)
        made.append(ToolParameter(name=_free_name("more", made), hint=hint, kind="more"))
    return made


def signature_text(parameters: Sequence[ToolParameter], returns: str) -> str:
    """The text of a signature: ``(query: str, *, limit: int = 5) -> str``."""
    texts = []
    for parameter in parameters:
        if parameter.kind == "keyword_only" and "*" not in texts:
            texts.append("*")
        texts.append(_text(parameter))
    return f"({', '.join(texts)}) -> {returns}"


def _text(parameter: ToolParameter) -> str:
    if parameter.kind == "more":
        return f"**{parameter.name}: {parameter.hint}"
    text = f"{parameter.name}: {parameter.hint}"
    if parameter.required:
        return text
    return f"{text} = {repr(parameter.default[0]) if parameter.default else '...'}"


def _free_name(name: str, taken: Sequence[ToolParameter]) -> str:
    while any(name == parameter.name for parameter in taken):
        name += "_"
    return name
