"""Prints the texts of models, tools and files safely on a terminal.

``replay``, the trees and the command line use it. Such a text is data: it is printed as ``Text``,
never as markup, and without control characters, which could steer the terminal. Imports ``rich``,
so nothing that runs in the browser may import this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from pyagent.protocol import Bundle, ErrorInfo, Json, TokenUsage
from pyagent.sandbox.results.tables import TABLE_TYPE
from pyagent.texts import as_text

LINE_CHARS = 200
_MAX_ROWS = 20
_CELL_CHARS = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """Return the text without control characters."""
    return _CONTROL.sub("", text)


def plain_text(text: str, style: str = "none") -> Text:
    """Return the text without control characters, in a style of ``rich``."""
    return Text(plain(text), style)


def one_line(text: str, limit: int = LINE_CHARS) -> str:
    """Return the text as one line of at most ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def highlighter() -> Syntax:
    """Make a highlighter for Python that uses the terminal's own colours."""
    return Syntax("", "python", theme="ansi_dark", background_color="default")


def python(code: str) -> Text:
    """Return Python code with highlights."""
    highlighted = highlighter().highlight(plain(code))
    highlighted.rstrip()
    return highlighted


def call_line(name: str, arguments: Mapping[str, Json]) -> str:
    """A tool call in one line."""
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return one_line(f"→ {name}({given})")


def error_line(error: ErrorInfo) -> str:
    """An error in one line."""
    where = f" (line {error.line}: {error.source_line})" if error.source_line else ""
    return f"{error.type}: {error.message}{where}"


def usage_line(usage: TokenUsage, seconds: float, *, in_all: bool = False) -> str:
    """Tokens in and out, cost, and seconds. ``in_all`` also mentions that a cost is unknown."""
    about = "about " if usage.estimated else ""
    parts = [f"{about}{usage.input_tokens:,} + {usage.output_tokens:,} tokens"]
    if usage.cost_usd is not None:
        parts.append(cost_text(usage.cost_usd))
    elif in_all and (usage.input_tokens or usage.output_tokens):
        parts.append("cost unknown")
    return " · ".join([*parts, f"{seconds:.1f} s"])


def cost_text(cost_usd: float) -> str:
    """A cost in US dollars, with as many digits as are useful."""
    return f"${cost_usd:.2f}" if cost_usd >= 1 or not cost_usd else f"${cost_usd:.2g}"


def show_answer(console: Console, output: Json, bundle: Bundle | None) -> None:
    """Print the answer: Markdown and tables on a terminal, plain text or JSON in a pipe."""
    if not console.is_terminal:
        console.print(Text(as_text(output)), soft_wrap=True)
    elif isinstance(output, str):
        console.print(Markdown(plain(output), hyperlinks=False))
    else:
        show_bundle(console, bundle or {"text/plain": as_text(output)})


def show_bundle(console: Console, bundle: Bundle) -> None:
    """Print what code showed: a table as a table, an image by its text, the rest as text."""
    table = bundle.get(TABLE_TYPE)
    if isinstance(table, dict):
        console.print(_table(table))
        return
    kinds = [kind for kind in bundle if kind.startswith("image/")]
    text = str(bundle.get("text/plain", ""))
    console.print(Text(plain(f"[{kinds[0]}] {text}" if kinds else text)), soft_wrap=True)


def _table(data: dict[str, Json]) -> Table:
    rows = data.get("data", [])
    names = [str(field["name"]) for field in data["schema"]["fields"]]
    table = Table(header_style="bold")
    for name in names:
        table.add_column(Text(plain(name)))
    for row in rows[:_MAX_ROWS]:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    if len(rows) > _MAX_ROWS:
        table.caption = f"{len(rows) - _MAX_ROWS:,} more rows"
    return table


def _cell(value: Json) -> str:
    return "" if value is None else one_line(plain(str(value)), _CELL_CHARS)
