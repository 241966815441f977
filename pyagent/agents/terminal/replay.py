"""Prints a past run or conversation on the terminal, for ``result.replay`` and ``agent.replay``.

Nothing runs again. Imported only when needed, because it imports ``rich``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from pyagent.agents.run.observation import describe_error
from pyagent.agents.terminal.printing import (
    call_line,
    one_line,
    plain,
    python,
    usage_line,
)
from pyagent.memory import OBSERVATION, ActionStep, Memory, PlanningStep, Step
from pyagent.messages import ToolSpec
from pyagent.parsing.code import parse_reply, parse_structured
from pyagent.parsing.tool_calls import read_tool_uses
from pyagent.protocol import Problem
from pyagent.texts import as_text, counted, cut_middle

if TYPE_CHECKING:
    from pyagent.agents.result import RunResult

_OBSERVATION_CHARS = 1_500


def replay_agent(
    system_prompt: str, memory: Memory, *, last: RunResult | None, detailed: bool
) -> None:
    """Print everything that an agent remembers; with ``detailed``, its prompt too.

    The problem of the ``last`` run follows, with its task if the memory does not hold it.
    """
    replay = _Replay(detailed=detailed)
    if detailed:
        replay.part("System prompt", system_prompt)
    for interaction in memory.interactions:
        replay.part("Task", interaction.task)
        replay.steps(interaction.steps)
        if interaction.output is not None:
            replay.part("Answer", as_text(interaction.output))
        replay.text(interaction.closing, "yellow")
    if last is not None and last.problem is not None:
        kept = memory.interactions[-1].task if memory.interactions else ""
        if last.task.strip() not in kept or not kept:
            replay.part("Task", last.task)
        replay.problem(last.problem)


def replay_result(result: RunResult, *, detailed: bool) -> None:
    """Print one run."""
    replay = _Replay(detailed=detailed)
    replay.part(f"Task of {result.agent}" if result.agent else "Task", result.task)
    replay.steps(result.steps)
    if result.output is not None:
        title = "Answer" if result.success else "Best guess"
        replay.part(title, as_text(result.output))
    if result.problem is not None:
        replay.problem(result.problem)
    replay.text(summary_line(result), "dim")


def summary_line(result: RunResult) -> str:
    """How a run ended and what it used, in one line."""
    usage = usage_line(result.token_usage, result.timing.total_s, in_all=True)
    return f"{result.reason} · {counted(len(result.steps), 'step')} · {usage}"


def thought_of(step: ActionStep) -> str:
    """The words of the model around its code or its calls."""
    if step.code:
        reply = parse_structured(step.reply) or parse_reply(step.reply)
        return reply.thought
    if step.tool_uses and not step.tool_results:
        tools = [ToolSpec(name=u.name, description="", parameters={}) for u in step.tool_uses]
        return read_tool_uses(step.reply, tools)[0]
    return step.reply.strip()


class _Replay:
    """Prints the parts of a run."""

    def __init__(self, *, detailed: bool) -> None:
        self._console = Console()
        self._detailed = detailed

    def part(self, title: str, text: str) -> None:
        """Print a headline and a text."""
        self._console.rule(Text(plain(title), "bold"), align="left")
        self.text(text)

    def text(self, text: str, style: str = "none") -> None:
        """Print a text, unless it is empty."""
        if text:
            self._console.print(Text(plain(text), style), soft_wrap=True)

    def problem(self, problem: Problem) -> None:
        """Print what went wrong, and what to do."""
        self.text(f"{problem.message} {problem.advice}".strip(), "red")

    def steps(self, steps: tuple[Step, ...]) -> None:
        """Print all steps of a run."""
        for step in steps:
            usage = usage_line(step.token_usage, step.seconds)
            if isinstance(step, ActionStep):
                self._headline(f"Step {step.number} · {usage}")
                self._action(step)
            elif isinstance(step, PlanningStep):
                self._headline(f"Plan before step {step.number} · {usage}")
                self.text(step.plan)
            else:
                self._headline(f"Summary of {counted(step.steps, 'earlier step')} · {usage}")
                self.text(step.text)

    def _headline(self, text: str) -> None:
        self._console.rule(Text(text, "dim"), align="left", style="dim")

    def _action(self, step: ActionStep) -> None:
        if self._detailed:
            self.text(step.reply)
        else:
            self.text(thought_of(step))
            if step.code:
                self._console.print(python(step.code), soft_wrap=True)
        self._calls(step)
        self._observation(step)

    def _calls(self, step: ActionStep) -> None:
        results = {result.tool_use_id: result for result in step.tool_results}
        for use in step.tool_uses:
            self.text(call_line(use.name, use.arguments), "cyan")
            if (result := results.get(use.id)) is not None:
                said = result.text if self._detailed else one_line(result.text)
                self.text(f"← {said}", "red" if result.error else "dim")

    def _observation(self, step: ActionStep) -> None:
        said = step.observation.removeprefix(OBSERVATION).strip()
        if not self._detailed:
            said = cut_middle(said, _OBSERVATION_CHARS)
        if not said:
            return
        shown = Text(plain(said), "dim")
        if step.error is not None:
            wrong = plain(describe_error(step.error))
            start = shown.plain.find(wrong)
            if start >= 0:
                shown.stylize("not dim red", start, start + len(wrong))
        self._console.print(shown, soft_wrap=True)
