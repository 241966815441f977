"""``pyagent report``: what the runs in a trace file used, and where their time went."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pyagent.cli.exit_codes import BAD_USAGE
from pyagent.errors import FileError
from pyagent.texts import counted
from pyagent.tracing.otlp_file import read_spans
from pyagent.tracing.report import Report, report_of


@click.command("report")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def report_command(files: tuple[Path, ...], as_json: bool) -> None:
    """Add up the runs in FILES that --trace wrote: tokens, cost, times, errors."""
    try:
        report = report_of(span for path in files for span in read_spans(path))
    except FileError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_USAGE)
    if as_json:
        click.echo(json.dumps(_as_json(report), indent=2))
    else:
        _show(report, Console())


def _show(report: Report, console: Console) -> None:
    ends = ", ".join(f"{count} {reason}" for reason, count in report.runs.most_common())
    console.print(f"{counted(report.runs.total(), 'run')}: {ends}" if ends else "No runs.")
    console.print(
        f"{report.input_tokens:,} tokens read, {report.cached_tokens:,} of them from a cache; "
        f"{report.output_tokens:,} written",
        highlight=False,
    )
    if report.cost_usd is not None:
        more = f", {counted(report.unpriced, 'call')} without a price" if report.unpriced else ""
        console.print(f"${report.cost_usd:.4f}{more}", highlight=False)
    table = Table("", "count", "errors", "median s", "p95 s", "sum s", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, times in report.times.items():
        seconds = (times.median, times.p95, sum(times.seconds))
        table.add_row(
            name,
            f"{len(times.seconds):,}",
            f"{times.errors:,}" if times.errors else "",
            *(f"{value:,.3f}" for value in seconds),
        )
    console.print(table)
    for kind, count in report.errors.most_common():
        console.print(f"{counted(count, 'error')} {kind}", highlight=False)


def _as_json(report: Report) -> dict[str, object]:
    times = {
        name: {
            "count": len(one.seconds),
            "errors": one.errors,
            "median_s": one.median,
            "p95_s": one.p95,
            "sum_s": sum(one.seconds),
        }
        for name, one in report.times.items()
    }
    slowest = [{"name": span.name, "seconds": span.seconds} for span in report.slowest]
    whole = {"runs": dict(report.runs), "errors": dict(report.errors), "slowest": slowest}
    kept = {key: value for key, value in asdict(report).items() if key not in (*whole, "times")}
    return {**kept, **whole, "times": times}
