"""Prints a run as a tree on the terminal, for ``result.visualize``.

Imported only when needed, because it imports ``rich``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.tree import Tree

from pyagent.agents.terminal.printing import (
    call_line,
    error_line,
    one_line,
    plain_text,
    usage_line,
)
from pyagent.agents.terminal.replay import summary_line, thought_of
from pyagent.memory import ActionStep, PlanningStep, Step
from pyagent.texts import as_text, counted

if TYPE_CHECKING:
    from pyagent.agents.result import RunResult

_TEXT_CHARS = 100


def show_result(result: RunResult) -> None:
    """Print the run with its steps, their calls, and the runs of managed agents."""
    Console().print(_result_tree(result))


def _result_tree(result: RunResult) -> Tree:
    name = f"{result.agent}: " if result.agent else ""
    tree = Tree(plain_text(name + one_line(result.task, _TEXT_CHARS), "bold"))
    for step in result.steps:
        called = [run for run in result.children if run.parent_step == _number(step)]
        _add_step(tree, step, called if isinstance(step, ActionStep) else [])
    if result.output is not None:
        tree.add(plain_text(f"answer: {one_line(as_text(result.output), _TEXT_CHARS)}", "green"))
    if result.problem is not None:
        tree.add(plain_text(one_line(result.problem.message), "red"))
    tree.add(plain_text(summary_line(result), "dim"))
    return tree


def _number(step: Step) -> int:
    return step.number if isinstance(step, ActionStep) else 0


def _add_step(tree: Tree, step: Step, called: list[RunResult]) -> None:
    usage = usage_line(step.token_usage, step.seconds)
    if not isinstance(step, ActionStep):
        kind = ("plan", step.plan) if isinstance(step, PlanningStep) else ("summary", step.text)
        branch = tree.add(plain_text(f"{kind[0]} · {usage}"))
        branch.add(plain_text(one_line(kind[1], _TEXT_CHARS), "italic"))
        return
    branch = tree.add(plain_text(f"step {step.number} · {usage}"))
    if thought := thought_of(step):
        branch.add(plain_text(one_line(thought, _TEXT_CHARS), "italic"))
    if step.code:
        lines = counted(len(step.code.strip().splitlines()), "line")
        branch.add(plain_text(f"code, {lines}: {one_line(step.code, _TEXT_CHARS)}"))
    results = {result.tool_use_id: result for result in step.tool_results}
    for use in step.tool_uses:
        call = branch.add(plain_text(call_line(use.name, use.arguments), "cyan"))
        if (result := results.get(use.id)) is not None:
            call.add(plain_text(f"← {one_line(result.text, _TEXT_CHARS)}", "dim"))
    for run in called:
        branch.add(_result_tree(run))
    if step.variables:
        shown = ", ".join(f"{name} = {text}" for name, text in step.variables.items())
        branch.add(plain_text(one_line(f"variables: {shown}"), "dim"))
    if step.error is not None:
        branch.add(plain_text(one_line(error_line(step.error)), "red"))
