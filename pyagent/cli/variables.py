"""The option ``--arg`` of ``pyagent run``: values that become the task's ``additional_args``."""

from __future__ import annotations

import json
import shlex
from keyword import iskeyword

import click

from pyagent.errors import ProtocolError
from pyagent.protocol import Json
from pyagent.wire import parse_json


def _variables(
    context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
) -> dict[str, Json]:
    """Parse each ``NAME=JSON``. A name may be given only once."""
    variables: dict[str, Json] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.isidentifier() or iskeyword(name):
            raise click.BadParameter(f"{text!r} is not NAME=JSON, such as rows=[1,2].")
        if name in variables:
            raise click.BadParameter(f"{name} is given twice.")
        try:
            variables[name] = parse_json(value)
        except ProtocolError as error:
            quoted = shlex.quote(f"{name}={json.dumps(value, ensure_ascii=False)}")
            raise click.BadParameter(
                f"the value of {name} is not JSON. Text needs quotes: --arg {quoted}."
            ) from error
    return variables


variables_option = click.option(
    "--arg",
    "variables",
    multiple=True,
    metavar="NAME=JSON",
    callback=_variables,
    help="A variable for the task, such as rows=[1,2]. May be given several times.",
)
