"""Compaction: shortens a conversation that outgrows the model's context.

The asker calls it before a request that would not fit, and after one that a provider refused.
First it cuts what older steps printed and returned. If that is not enough, the model writes a
summary that replaces the oldest part; if the model cannot, that part is left out. The running task
and the newest steps stay. The conversation ends up well below the limit, so that its beginning
stays the same for a while and prompt caches keep hitting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeAlias

from pyagent.memory import (
    ActionStep,
    Interaction,
    Memory,
    PlanningStep,
    Step,
    SummaryStep,
    images_of,
)
from pyagent.messages import ChatMessage
from pyagent.models.capabilities import without_tool_uses
from pyagent.models.tokens import (
    BYTES_PER_TOKEN,
    IMAGE_TOKENS,
    estimate_tokens,
    estimate_usage,
)
from pyagent.prompts import summary_prompt
from pyagent.protocol import TokenUsage
from pyagent.texts import counted, cut_middle

MAX_SUMMARY_WORDS = 600
_CHARS_PER_WORD = 12
_OUTPUT_CHARS = (10_000, 2_000, 500, 150)
"""How many characters of each output are summarised: the first number at which everything fits."""
_KEPT = 0.5
"""The share of the wanted size that the newest steps may take."""
_READ = 0.7
"""The share of the limit that a request for a summary may take."""
_WORTH = 0.1
"""A part smaller than this share of the wanted size is left out without asking for a summary."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A summary that the model wrote; without text when the model failed."""

    text: str = ""
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


Summarize: TypeAlias = Callable[[str], Awaitable[Summary]]
"""Sends a prompt to the model, without the conversation. An empty summary means a model error."""


class Compactor:
    """Shortens ``memory``. Sizes are estimated tokens; ``size`` gives that of the next request."""

    def __init__(self, memory: Memory, size: Callable[[], int], summarize: Summarize) -> None:
        self._memory = memory
        self._size = size
        self._summarize = summarize
        self.summary: SummaryStep | None = None
        """The step that replaced the oldest part; None when nothing was replaced."""

    async def compact(self, *, wanted: float, limit: float) -> str:
        """Shorten the memory to about ``wanted``; ``limit`` is the most that fits.

        Returns what was done, in words for a person; empty when there was nothing to do.
        """
        whole = self._memory.interactions
        done = self._shorten(wanted)
        if self._size() > wanted and (older := _older(whole, keep=wanted * _KEPT)):
            # Undo the cuts: the kept part stays whole, and the summary is made from whole steps.
            self._memory.restore(whole)
            done = await self._condense(older, wanted, limit)
            self._shorten(wanted)
        if self._size() > limit and self._shorten(limit, spare=0):
            done = done or "the newest results were shortened"
        return done

    def _shorten(self, wanted: float, *, spare: int = 1) -> str:
        done = ""
        while (excess := self._size() - wanted) > 0:
            if not self._memory.shorten(int(excess * BYTES_PER_TOKEN) + 1, spare=spare):
                break
            done = "older results were shortened"
        return done

    async def _condense(self, older: _Older, wanted: float, limit: float) -> str:
        words = max(min(int(wanted / 8), MAX_SUMMARY_WORDS), 30)
        summary = Summary()
        if older.size > wanted * _WORTH:
            prompt = summary_prompt(older.transcript(int(limit * _READ)), words=words)
            summary = await self._summarize(prompt)
        text = cut_middle(summary.text.strip(), words * _CHARS_PER_WORD)
        are, were, them = ("is", "was", "it") if older.is_one_step else ("are", "were", "them")
        known = f" Summary of {them}:\n{text}" if text else ""
        self.summary = SummaryStep(
            text=f"({older.name} before this {are} no longer shown.{known})",
            steps=older.steps,
            interactions=older.tasks,
            token_usage=summary.token_usage,
            seconds=summary.seconds,
        )
        self._memory.condense(*older.end, self.summary)
        return f"{older.name} {were} {'replaced by a summary' if text else 'left out'}"


class _Older:
    """The oldest part of a memory: everything before the step ``end``.

    ``end`` is the index of an interaction and the index of a step in it.
    """

    def __init__(self, interactions: Sequence[Interaction], end: tuple[int, int]) -> None:
        i, j = end
        self.end = end
        self._part = list(interactions[:i])
        if j:
            self._part.append(replace(interactions[i], steps=interactions[i].steps[:j]))
        steps = list(chain.from_iterable(interaction.steps for interaction in self._part))
        before = [step for step in steps if isinstance(step, SummaryStep)]
        self.steps = len(steps) - len(before) + sum(step.steps for step in before)
        """How many steps the part has, including those that an earlier summary replaced."""
        self.tasks = i + sum(step.interactions for step in before)
        """How many whole interactions the part has, counted in the same way."""

    @property
    def name(self) -> str:
        """What the part is called, for the person and for the model."""
        tasks = f"{counted(self.tasks, 'earlier task')} and " if self.tasks else ""
        return tasks + counted(self.steps, "step")

    @property
    def is_one_step(self) -> bool:
        """Whether ``name`` is in the singular."""
        return not self.tasks and self.steps == 1

    @property
    def size(self) -> int:
        return estimate_usage(self._messages(), "").input_tokens

    def transcript(self, limit: int) -> str:
        """The part as one text of at most about ``limit`` estimated tokens."""
        for chars in _OUTPUT_CHARS:
            turns = [
                f"{message.role.upper()}: {cut_middle(message.content, chars)}"
                for message in self._messages()
                if message.content
            ]
            text = "\n\n".join(turns)
            tokens = estimate_tokens(text)
            if tokens <= limit:
                return text
        return cut_middle(text, len(text) * limit // tokens)

    def _messages(self) -> tuple[ChatMessage, ...]:
        memory = Memory()
        memory.restore(self._part)
        return without_tool_uses(tuple(memory.conversation()))


def _older(interactions: Sequence[Interaction], *, keep: float) -> _Older | None:
    """Everything before the newest steps that fit into ``keep``; None when that is nothing.

    The newest step always counts as fitting, however large it is.
    """
    last = len(interactions) - 1
    end, used = (last, max(len(interactions[last].steps) - 1, 0)), 0.0
    for i, j, size in _backwards(interactions):
        used += size
        if used > keep:
            break
        end = (i, j)
    i, j = end
    only_a_summary = i == 0 and all(isinstance(s, SummaryStep) for s in interactions[0].steps[:j])
    return None if only_a_summary else _Older(interactions, end)


def _backwards(interactions: Sequence[Interaction]) -> Iterator[tuple[int, int, int]]:
    """Yield each step, newest first: its interaction, its index in it, and its size.

    The size of a first step includes the task.
    """
    for i in reversed(range(len(interactions))):
        steps = interactions[i].steps
        for j in reversed(range(len(steps))):
            task = interactions[i].task if j == 0 else ""
            images = len(images_of(steps[j])) + (len(interactions[i].images) if j == 0 else 0)
            words = estimate_tokens(_text_of(steps[j]) + task)
            yield i, j, words + IMAGE_TOKENS * images


def _text_of(step: Step) -> str:
    if isinstance(step, ActionStep):
        uses = "".join(f"{use.name}{use.arguments}" for use in step.tool_uses)
        return "".join([step.reply, uses, step.observation, *(r.text for r in step.tool_results)])
    return step.asked + step.plan if isinstance(step, PlanningStep) else step.text
