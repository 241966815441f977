"""``pyagent map``: solves the tasks of a file, many at a time, with a progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any, Literal

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from pyagent.agents.base import Agent
from pyagent.agents.batch import BatchItem, BatchSummary, MapOptions
from pyagent.agents.result import problem_of
from pyagent.agents.terminal.printing import plain, usage_line
from pyagent.cli.exit_codes import BAD_USAGE, FAILED, STOPPED, SUCCESS
from pyagent.cli.model_choice import KEY_VARIABLE, choose_model
from pyagent.cli.options import (
    agent_options,
    make_agent,
    model_options,
    runs_code_here,
    split_options,
)
from pyagent.cli.output_files import save_files
from pyagent.cli.task_files import Task, read_tasks
from pyagent.cli.tasks import drop_failed, read_done, write_result
from pyagent.cli.trace_option import trace_option
from pyagent.concurrency import background
from pyagent.errors import AgentError, FileError
from pyagent.texts import counted


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@model_options
@agent_options
@click.option(
    "-c",
    "--concurrency",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Number of agents that work at the same time.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where the agents work: in this process, or on a Ray cluster (that of RAY_ADDRESS, or one "
    "on this machine).",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes on the Ray cluster; one for each core by default.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the results, one line of JSON each, in place of standard output. Tasks whose "
    "answers it already holds are skipped; those that failed are tried again.",
)
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files that the runs make; each task gets a folder in it.",
)
@trace_option
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def map_command(
    file: Path,
    concurrency: int,
    engine: Literal["local", "ray"],
    workers: int | None,
    output: Path | None,
    output_dir: Path | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Solve every task in FILE, each by an agent of its own.

    A .jsonl file has one task in each line: a text, or an object with "task" and optionally
    "files", "images", "max_steps", "additional_args". A .json file has a list of these. A .csv file
    has a column "task"; its other columns are variables. In a text file each line is a task. "-"
    reads tasks from standard input, as lines or JSON.
    """
    console = Console(stderr=True)
    options, choice = split_options(given)
    try:
        tasks = read_tasks(file)
        done = read_done(output, tasks) if output else {}
        model = choose_model(options)
        if output and not all(done.values()):
            drop_failed(output)
        results = _opened(output)
    except AgentError as error:
        _tell(console, error)
        sys.exit(BAD_USAGE)
    how = _how(concurrency, engine, workers)
    if engine == "ray" and options.api_key:
        os.environ[KEY_VARIABLE] = options.api_key  # for workers on this machine, as all keys
    agent = make_agent(choice, model)
    if runs_code_here(agent) and not quiet:
        console.print("Code runs on this machine with your rights.", style="dim")
    work = _Work(console, tasks, done, output_dir, quiet=quiet)
    try:
        with results as file_of_results:
            code = work.do(agent, how, file_of_results)
    except AgentError as error:  # the engine cannot work
        _tell(console, error)
        code = BAD_USAGE
    finally:
        agent.close()
        background.call(model.aclose())
    sys.exit(code)


def _how(concurrency: int, engine: Literal["local", "ray"], workers: int | None) -> MapOptions:
    if workers is not None and engine == "local":
        raise click.UsageError("--workers needs --engine ray.")
    if workers is not None and workers > concurrency:
        raise click.UsageError("--workers is at most --concurrency.")
    return {"concurrency": concurrency, "engine": engine, "workers": workers}


def _opened(path: Path | None) -> AbstractContextManager[IO[str]]:
    """Open the file for the results, or standard output. Raises ``FileError``."""
    if path is None:
        return nullcontext(sys.stdout)
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}.") from error


class _Work:
    """Does the tasks that are not done yet."""

    def __init__(
        self,
        console: Console,
        tasks: list[Task],
        done: Mapping[int, bool],
        folder: Path | None,
        *,
        quiet: bool,
    ) -> None:
        self._console = console
        self._left = [index for index in range(len(tasks)) if not done.get(index)]
        self._failed = sum(not answered for answered in done.values())
        self._tasks = tasks
        self._folder = folder
        self._quiet = quiet

    def do(self, agent: Agent, how: MapOptions, results: IO[str]) -> int:
        """Do the remaining tasks; returns the exit code."""
        if len(self._left) < len(self._tasks):
            self._say(f"{len(self._tasks) - len(self._left):,} of {self._all} were done before.")
        if self._failed:
            self._say(f"{counted(self._failed, 'task')} failed before: tried again.")
        batch = agent.map([self._tasks[index] for index in self._left], **how)
        try:
            with batch, self._progress() as progress:
                bar = progress.add_task("", total=len(self._left))
                for item in batch:
                    self._take(item, results)
                    _show(progress, bar, batch.summary)
        except KeyboardInterrupt:
            self._say("Stopped. With --output, the same command goes on where this one ended.")
            self._say(_in_words(batch.summary))
            return STOPPED
        self._say(_in_words(batch.summary))
        return SUCCESS if batch.summary.answered == batch.summary.done else FAILED

    @property
    def _all(self) -> str:
        return counted(len(self._tasks), "task")

    def _take(self, item: BatchItem, results: IO[str]) -> None:
        index = self._left[item.index]
        write_result(results, index, item)
        if item.result.problem is not None:
            self._say(f"Task {index + 1}: {item.result.problem.message}", "red")
        if self._folder is not None:
            try:
                save_files(self._folder / str(index + 1), item.result.files)
            except AgentError as error:
                _tell(self._console, error)

    def _progress(self) -> Progress:
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=self._quiet or not self._console.is_terminal,
        )

    def _say(self, text: str, style: str = "none") -> None:
        self._console.print(Text(plain(text), style), soft_wrap=True)


def _show(progress: Progress, bar: TaskID, summary: BatchSummary) -> None:
    answered = f"{summary.answered_rate:.0%} answered"
    progress.update(bar, completed=summary.done, description=answered)


def _in_words(summary: BatchSummary) -> str:
    ends = sorted(summary.counts.items(), key=lambda end: -end[1])
    named = ", ".join(f"{number:,} {name} ({summary.share(name):.0%})" for name, number in ends)
    usage = usage_line(summary.token_usage, summary.seconds, in_all=True)
    done = counted(summary.done, "task")
    return f"{done}{': ' * bool(named)}{named} · {usage} · {summary.per_second:.1f} a second"


def _tell(console: Console, error: AgentError) -> None:
    problem = problem_of(error)
    text = f"{problem.message}\n{problem.advice}".strip()
    console.print(Text(plain(text), "bold red"), soft_wrap=True)
