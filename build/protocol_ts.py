"""Write web/src/protocol.ts from pyagent/protocol: the types, and the table wire.ts checks by.

``python build/protocol_ts.py`` writes the file; with ``--check`` it only says whether the file is
current.
"""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeGuard, get_args, get_origin, get_type_hints

from pyagent import protocol
from pyagent.wire import to_data

TARGET = Path(__file__).parent.parent / "web" / "src" / "protocol.ts"
BORDERS = ("ToGuest", "FromGuest", "Event", "ToAgent", "FromAgent")
SCALARS = {int: "int", float: "float", str: "str", bool: "bool", Any: "json"}
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
    hints = get_type_hints(cls)
    lines = [f"  {field.name}: {_ts(_declared(hints[field.name]))};" for field in fields(cls)]
    doc = (inspect.getdoc(cls) or "").replace("\n", "\n * ")
    return f"/** {doc} */\nexport interface {cls.__name__} {{\n" + "\n".join(lines) + "\n}\n"


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
