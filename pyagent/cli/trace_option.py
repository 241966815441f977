"""The option ``--trace``: the spans of what a command runs, in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pyagent.errors import FileError
from pyagent.tracing.otlp_file import TraceFile
from pyagent.tracing.sinks import add_sink, remove_sink

Command = TypeVar("Command", bound=Callable[..., Any])
_CONTENTS = "pyagent.trace_contents"


def trace_option(command: Command) -> Command:
    """Add ``--trace FILE`` and ``--trace-contents`` to a command, which need not know of them."""
    contents = click.option(
        "--trace-contents",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_keep,
        help="With --trace: also tasks, code, arguments and answers.",
    )
    file = click.option(
        "--trace",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        expose_value=False,
        callback=_trace,
        help="Append spans to this file, as OTLP/JSON; see pyagent report.",
    )
    return file(contents(command))


def _keep(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    context.meta[_CONTENTS] = given


def _trace(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        sink = TraceFile(path, contents=context.meta[_CONTENTS])
    except FileError as error:
        raise click.UsageError(str(error)) from error
    add_sink(sink)
    context.call_on_close(sink.close)
    context.call_on_close(lambda: remove_sink(sink))
