"""Write web/src/protocol.ts from pyagent/protocol: the types, and the table wire.ts checks by.

The docstrings of classes and fields become comments, which editors show. What a page gives as an
object of options is declared a second time with names in camel case.

``python build/protocol_ts.py`` writes the file; with ``--check`` it only says whether the file is
current.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeGuard, get_args, get_origin, get_type_hints

from pyagent import protocol
from pyagent.wire import to_data

TARGET = Path(__file__).parent.parent / "web" / "src" / "protocol.ts"
BORDERS = ("ToGuest", "FromGuest", "Event", "ToAgent", "FromAgent")
SCALARS = {int: "int", float: "float", str: "str", bool: "bool", Any: "json"}
TS_WORDS = {"``": "`", "None": "null", "True": "true", "False": "false"}
OPTIONS = {"Limits": "LimitsConfig", "AgentSettings": "AgentConfig", "AddAgent": "HostAgent"}
"""The classes whose fields a page gives as options → the type of these options."""
TS_NAMES = {"int": "number", "float": "number", "str": "string", "bool": "boolean", "json": "Json"}

HEAD = """\
/** The messages of pyagent/protocol. Made by build/protocol_ts.py: do not edit. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A MIME bundle as in Jupyter: media type → data. */
export type Bundle = { [mediaType: string]: Json };

export type Scalar = "int" | "float" | "str" | "bool" | "json";

/** How a field is declared, for wire.ts. */
export type FieldType =
  | Scalar
  | { literal: readonly string[] }
  | { list: FieldType }
  | { dict: FieldType }
  | { optional: FieldType }
  | { part: PartName };
export type Declaration = { readonly [field: string]: { type: FieldType; default?: Json } };
"""


def main(*, check: bool) -> None:
    text = protocol_ts()
    if check:
        if TARGET.read_text("utf-8") != text:
            sys.exit(f"{TARGET} is not what pyagent/protocol says: run build/protocol_ts.py.")
    else:
        TARGET.write_text(text, "utf-8")


def protocol_ts() -> str:
    modules = [import_module(f"pyagent.protocol.{name}") for name in protocol.MODULES]
    # A module also holds the classes that it imports from earlier ones: each class counts once.
    classes = list(
        dict.fromkeys(cls for m in modules for cls in vars(m).values() if _is_message(cls))
    )
    borders = {name: get_args(getattr(protocol, name)) for name in BORDERS}
    blocks = [HEAD, _constants(modules)]
    blocks += [_interface(cls) for cls in classes]
    blocks += [_options(cls) for cls in classes if cls.__name__ in OPTIONS]
    blocks += [_union(name, [cls.__name__ for cls in borders[name]]) for name in BORDERS]
    blocks.append(_parts(classes))
    blocks.append(_table("declarations", "{ [name in PartName]: Declaration }", _rows(classes)))
    borders_rows = {
        name: json.dumps([cls.__name__ for cls in members]) for name, members in borders.items()
    }
    blocks.append(_table("borders", "{ [border: string]: readonly PartName[] }", borders_rows))
    return "\n".join(blocks)


def _constants(modules: list[Any]) -> str:
    """The limits that both languages keep: every number that a module declares."""
    numbers = {k: v for m in modules for k, v in vars(m).items() if type(v) is int and k.isupper()}
    return "".join(f"export const {name} = {value};\n" for name, value in numbers.items())


def _is_message(declared: Any) -> TypeGuard[type[Any]]:
    return isinstance(declared, type) and is_dataclass(declared)


def _interface(cls: Any) -> str:
    hints, docs = get_type_hints(cls), field_docs(cls)
    lines = [
        f"{_comment(docs.get(field.name, ''), '  ')}"
        f"  {field.name}: {_ts(_declared(hints[field.name]))};"
        for field in fields(cls)
    ]
    return _declaration(cls, cls.__name__, lines)


def _options(cls: Any) -> str:
    """The options that a page gives for the fields of a class. One with a default may be missing.

    A mapped type that renames the fields would be shorter, but editors show no comments for it.
    """
    hints, docs = get_type_hints(cls), field_docs(cls)
    lines = []
    for field in fields(cls):
        if field.name == "type":
            continue
        if field.name not in docs:
            raise ValueError(f"{cls.__name__}.{field.name} needs a docstring: editors show it.")
        declared = _declared(hints[field.name])
        inner = OPTIONS.get(declared["part"]) if "part" in declared else None
        optional = "" if field.default is field.default_factory is MISSING else "?"
        lines.append(
            f"{_comment(docs[field.name], '  ')}"
            f"  {_camel_case(field.name)}{optional}: {inner or _ts(declared)};"
        )
    return _declaration(cls, OPTIONS[cls.__name__], lines)


def _declaration(cls: Any, name: str, lines: list[str]) -> str:
    doc = _comment(inspect.getdoc(cls) or "", "")
    return f"{doc}export interface {name} {{\n" + "\n".join(lines) + "\n}\n"


def field_docs(cls: Any) -> dict[str, str]:
    """The docstring under each field of a class that has one."""
    (tree,) = ast.parse(inspect.getsource(cls)).body
    assert isinstance(tree, ast.ClassDef)
    return {
        node.target.id: inspect.cleandoc(str(after.value.value))
        for node, after in pairwise(tree.body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }


def _comment(doc: str, indent: str) -> str:
    """A docstring as a comment, with the words of JavaScript; empty for an empty one."""
    doc = re.sub(r"``|\bNone\b|\bTrue\b|\bFalse\b", lambda word: TS_WORDS[word[0]], doc)
    lines = "\n".join(f"{indent} * {line}".rstrip() for line in doc.splitlines())
    return f"{indent}/** {lines.removeprefix(f'{indent} * ')} */\n" if doc else ""


def _camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _union(name: str, members: list[str]) -> str:
    return "\n  | ".join([f"export type {name} =", *members]) + ";\n"


def _parts(classes: list[Any]) -> str:
    lines = [f"  {cls.__name__}: {cls.__name__};" for cls in classes]
    doc = "/** Name of a declaration → what is declared. */"
    parts = "\n".join([doc, "export interface Parts {", *lines, "}"])
    return f"{parts}\nexport type PartName = keyof Parts;\n"


def _table(name: str, type_: str, rows: dict[str, str]) -> str:
    lines = [f"  {key}: {value}," for key, value in rows.items()]
    return f"export const {name}: {type_} = {{\n" + "\n".join(lines) + "\n};\n"


def _rows(classes: list[Any]) -> dict[str, str]:
    return {
        cls.__name__: json.dumps({field.name: _field(cls, field) for field in fields(cls)})
        for cls in classes
    }


def _field(cls: Any, field: Field[Any]) -> dict[str, Any]:
    row = {"type": _declared(get_type_hints(cls)[field.name])}
    if field.name == "type":
        return row
    if field.default is not MISSING:
        row["default"] = field.default
    elif field.default_factory is not MISSING:
        row["default"] = to_data(field.default_factory())
    return row


def _declared(declared: Any) -> Any:
    """Return a Python type as ``FieldType``."""
    args = get_args(declared)
    if _is_message(declared):
        return {"part": declared.__name__}
    if declared in SCALARS:
        return SCALARS[declared]
    if get_origin(declared) is Literal:
        return {"literal": args}
    if get_origin(declared) is list:
        return {"list": _declared(args[0])}
    if get_origin(declared) is dict:
        return {"dict": _declared(args[1])}
    if len(args) == 2 and NoneType in args:
        return {"optional": _declared(args[0] if args[1] is NoneType else args[1])}
    raise TypeError(f"The protocol uses {declared}, for which there is no TypeScript yet.")


def _ts(declared: Any) -> str:
    """Return a ``FieldType`` as TypeScript."""
    if isinstance(declared, str):
        return TS_NAMES[declared]
    ((kind, inner),) = declared.items()
    if kind == "literal":
        return " | ".join(json.dumps(word) for word in inner)
    if kind == "list":
        return f"{_ts(inner)}[]"
    if kind == "dict":
        return f"{{ [key: string]: {_ts(inner)} }}"
    return inner if kind == "part" else f"{_ts(inner)} | null"


if __name__ == "__main__":
    main(check="--check" in sys.argv)
