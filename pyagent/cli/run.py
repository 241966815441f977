"""``pyagent run``: solves a task, or holds a conversation, in the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from rich.console import Console

from pyagent import wire
from pyagent.agents.base import Agent
from pyagent.agents.inputs.files import Files
from pyagent.agents.result import RunResult, problem_of
from pyagent.agents.run.options import RunOptions
from pyagent.agents.terminal.run_view import RunView
from pyagent.cli.approval_prompt import ApprovalPrompt, InputPrompt
from pyagent.cli.conversation_folder import check_folder, resume, save, save_after_steps
from pyagent.cli.exit_codes import BAD_USAGE, FAILED, STOPPED, SUCCESS
from pyagent.cli.model_choice import ModelOptions, choose_model
from pyagent.cli.options import (
    AgentChoice,
    agent_options,
    make_agent,
    model_options,
    runs_code_here,
    split_options,
)
from pyagent.cli.output_files import figure_in, save_files
from pyagent.cli.trace_option import trace_option
from pyagent.cli.variables import variables_option
from pyagent.concurrency import background
from pyagent.errors import AgentError, FileError
from pyagent.models.demo.model import DEMO_TASK, demo_files
from pyagent.protocol import (
    ApprovalRequested,
    Event,
    InputRequested,
    Json,
    RunFinished,
    StepDisplay,
)

TAKES_NO_INPUTS = (
    "The run that was interrupted goes on with what it was given, and takes no more files, images "
    "or variables. Leave them out, or give a new TASK with them."
)
NO_TASK = "Give a task, or --interactive."
_FAREWELL = re.compile(
    r"\s*[/:\\]?(quit|exit|bye|logout)\s*(\(\))?\s*[;.!]?\s*|\s*[/:\\](q|x|wq)!?\s*", re.I
)
"""What people write to leave a conversation."""


class Output:
    """Where the output of a run goes.

    Progress and problems go to standard error, the answer goes to standard output. The files of
    the run go to ``folder``, and the conversation goes to ``saved_in`` unless that is None.
    """

    def __init__(self, folder: Path, saved_in: Path | None, *, quiet: bool, as_json: bool) -> None:
        self.folder = folder
        self.saved_in = saved_in
        self.as_json = as_json
        self.problems = Console(stderr=True)
        self.progress = Console(stderr=True, quiet=quiet or as_json)
        self.view = RunView(self.progress, Console(), self.problems)
        self.approvals = ApprovalPrompt(self.problems)
        self.inputs = InputPrompt(self.problems)

    def show(self, event: Event) -> None:
        """Show one event. If it is a question, ask the person."""
        if self.as_json:
            click.echo(wire.dumps(event))
        else:
            self.view.show(event)
        if isinstance(event, ApprovalRequested):
            self.approvals.ask(event)
        elif isinstance(event, InputRequested):
            self.inputs.ask(event)


@click.command("run")
@click.argument("task", required=False)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--image", "images", multiple=True, metavar="PATH", help="Shown to the model.")
@model_options
@click.option("--demo", is_flag=True, help="Play the demonstration: a scripted model, no key.")
@agent_options
@click.option(
    "--approve",
    multiple=True,
    metavar="TOOL",
    help="Ask before this tool runs; '*' for all. May be given several times.",
)
@click.option(
    "-o",
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("pyagent-output"),
    show_default=True,
    help="Folder for the files that the run makes. Nothing is overwritten.",
)
@variables_option
@click.option(
    "--save",
    "save_folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Save the conversation, variables and files there after each step; see --resume.",
)
@click.option(
    "--resume",
    "resume_folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Continue the conversation in this folder; without TASK, the run that was interrupted. "
    "Use only folders of your own.",
)
@click.option(
    "-i",
    "--interactive",
    is_flag=True,
    help="Ask for another task after each one; 'quit' ends. The same as chat.",
)
@trace_option
@click.option("-q", "--quiet", is_flag=True, help="Only the answer and problems.")
@click.option("--json", "as_json", is_flag=True, help="Every event as a line of JSON.")
def run_command(
    task: str | None,
    files: tuple[Path, ...],
    images: tuple[str, ...],
    approve: tuple[str, ...],
    output_dir: Path,
    variables: dict[str, Json],
    save_folder: Path | None,
    resume_folder: Path | None,
    interactive: bool,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Solve TASK, which may read FILES. "-" reads the task from standard input.

    The code that the model writes runs on this machine with your rights.
    """
    options, choice = split_options(given)
    output = Output(output_dir, save_folder, quiet=quiet, as_json=as_json)
    if task == "-":
        task = sys.stdin.read()
    if not ((task or "").strip() or interactive or options.demo or resume_folder):
        raise click.UsageError(NO_TASK)
    _check_there(task or "", files, images)
    given_files: Files = files
    try:
        if options.demo:
            task, given_files = _demonstration(task, files)
        if resume_folder is None:
            ask = output.approvals.decide
            agent = make_agent(choice, choose_model(options), approve=approve, on_approval=ask)
        else:
            agent = _resume(resume_folder, options, choice, output, _said(given), approve)
        if save_folder is not None:
            check_folder(save_folder, resume_folder)
            save_after_steps(agent, save_folder)
    except AgentError as error:
        output.view.problem(problem_of(error))
        sys.exit(BAD_USAGE)
    agent.tools.questions.ask = output.inputs.decide
    if runs_code_here(agent):
        output.progress.print("Code runs on this machine with your rights.", style="dim")
    inputs: RunOptions = {
        "files": given_files,
        "images": list(images),
        "additional_args": variables,
    }
    task = (task or "").strip()
    if not task and agent.progress.unfinished is not None:
        task, inputs = None, _only_resumed(inputs)
    elif not (task or interactive):
        raise click.UsageError(f"{NO_TASK} The last run in {resume_folder} is finished.")
    try:
        code = _converse(agent, task, inputs, output, interactive=interactive)
    finally:
        agent.close()
        background.call(agent.model.aclose())
    sys.exit(code)


chat_command = click.Command(
    "chat",
    params=[option for option in run_command.params if option.name != "interactive"],
    callback=partial(run_command.callback, interactive=True) if run_command.callback else None,
    help="Solve TASK, if there is one, and ask for another after each; 'quit' or Ctrl-D ends.",
)
"""``run --interactive`` by another name."""


def _only_resumed(inputs: RunOptions) -> RunOptions:
    """The options for a run that goes on. Raises ``UsageError`` for inputs: it takes none."""
    if any(inputs.values()):
        raise click.UsageError(TAKES_NO_INPUTS)
    return {"resume": True}


def _check_there(task: str, files: Iterable[Path], images: Iterable[str]) -> None:
    """Raise ``UsageError`` for a file that is not there, before anything is done."""
    for path in (*files, *(Path(image) for image in images if "://" not in image)):
        if path.exists():
            continue
        if len(task.split()) == 1 and Path(task).is_file():
            raise click.UsageError(
                f'The task comes first and the files second: pyagent run "{path}" {task}'
            )
        raise click.UsageError(f"{path} cannot be read: No such file or directory.")


def _resume(
    folder: Path,
    options: ModelOptions,
    choice: AgentChoice,
    output: Output,
    said: set[str],
    approve: tuple[str, ...],
) -> Agent:
    """The agent saved in the folder, whose questions are asked in the terminal."""
    return resume(
        folder,
        options,
        choice,
        said=said,
        approve=approve,
        on_approval=output.approvals.decide,
        on_input=output.inputs.decide,
    )


def _said(given: Iterable[str]) -> set[str]:
    """The options that the command line or the environment gives."""
    context = click.get_current_context()
    default = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    return {name for name in given if context.get_parameter_source(name) not in default}


def _demonstration(task: str | None, files: tuple[Path, ...]) -> tuple[str, Files]:
    """The demonstration's own task and file. A file may be named in place of the task."""
    if task and not _names_file(task):
        return task, files
    given = (*([Path(task)] if task else []), *files)
    if given:
        return DEMO_TASK, given
    return DEMO_TASK, demo_files()


def _names_file(text: str) -> bool:
    return Path(text).exists() or bool(Path(text).suffix and len(text.split()) == 1)


def _converse(
    agent: Agent, task: str | None, inputs: RunOptions, output: Output, *, interactive: bool
) -> int:
    """Run the task, then ask for more tasks; returns the exit code of the last run.

    Without a task, the run that was interrupted goes on.
    """
    code = SUCCESS
    while True:
        if task is None or task.strip():
            code = _run_once(agent, task, inputs, output)
            code = _save_conversation(agent, output) or code
            inputs = {}
        if not interactive:
            return code
        try:
            task = click.prompt("task", default="", show_default=False, err=True)
        except click.Abort:  # Ctrl-D and Ctrl-C
            return code
        if _FAREWELL.fullmatch(task):
            return code


def _run_once(agent: Agent, task: str | None, inputs: RunOptions, output: Output) -> int:
    figures: dict[str, bytes] = {}
    try:
        for event in agent.stream(task, **inputs):
            output.show(event)
            if isinstance(event, StepDisplay | RunFinished) and event.bundle:
                figures |= figure_in(event.bundle, number=len(figures) + 1)
    except KeyboardInterrupt:
        output.problems.print("\nStopped.")
        _save_files(agent.last_result, figures, output)
        return STOPPED
    _save_files(agent.last_result, figures, output)
    return SUCCESS if agent.last_result is not None and agent.last_result.success else FAILED


def _save_conversation(agent: Agent, output: Output) -> int:
    """Save the conversation if that is wanted; returns the exit code."""
    if output.saved_in is None:
        return SUCCESS
    try:
        save(agent, output.saved_in)
    except AgentError as error:
        output.view.problem(problem_of(error))
        return FAILED
    _tell_saved(output, output.saved_in)
    return SUCCESS


def _save_files(result: RunResult | None, figures: dict[str, bytes], output: Output) -> None:
    files = (result.files if result is not None else {}) | figures
    try:
        for path in save_files(output.folder, files):
            _tell_saved(output, path)
    except FileError as error:
        output.view.problem(problem_of(error))


def _tell_saved(output: Output, path: Path) -> None:
    output.problems.print(f"Saved {path}", highlight=False, markup=False, soft_wrap=True)
