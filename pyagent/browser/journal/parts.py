"""A conversation as small parts under stable names, and the conversation that parts make.

``Parts.changes`` returns what is new since the last time, and compares objects by identity, so its
cost is that of what changed and of a look at the rest. ``read_parts`` reads parts of any origin and
uses what can be used.

    version                     the version of this format
    state                       the totals
    run, run/task               the run that has not ended, if there is one; its task
    variables/NAME              a value that came with a task, or an image that a tool returned
    image_files/NAME            an image among the files of a task
    agents/NAME/state           the totals of an agent that this one calls
    memory/3/task               the third interaction: its task
    memory/3/step/2             its second step, counted from 0
    memory/3/end                its output, once it has ended
    memory/3/task/image/0       an image of its task; those of steps are named in the same way
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from pyagent.agents.base import Agent
from pyagent.agents.inputs.variables import Pickled
from pyagent.agents.run.resuming.progress import UnfinishedRun
from pyagent.memory import ActionStep, Interaction, Step, images_of
from pyagent.messages import Image
from pyagent.protocol import Json
from pyagent.wire import to_data

VERSION = 1
"""The version of the format. Parts of another version are not read."""

Source: TypeAlias = tuple[Any, ...]
"""The objects from which a part is made. As long as they are the same ones, so is the part."""


class Parts:
    """What a page has been sent of a conversation."""

    def __init__(self) -> None:
        self._sent: dict[str, Source] = {}
        self._numbered: list[tuple[int, Interaction]] = []
        """The interactions that were sent, each with its number in the names of parts."""
        self._next = 1

    def changes(self, agent: Agent) -> tuple[dict[str, Json], list[str]]:
        """The parts that are new or changed, and the names of those that are gone."""
        now = dict(self._sources(agent))
        new = {name: source for name, source in now.items() if not self._was_sent(name, source)}
        removed = [name for name in self._sent if name not in now]
        self._sent = now
        return {name: _data(name, source) for name, source in new.items()}, removed

    def know(self, agent: Agent, names: Iterable[str], read: Sequence[Interaction] | None) -> None:
        """Note that the page has parts of these names, from which the agent was restored.

        ``read`` are the interactions that the parts made. None means that not every part could be
        read, so that all must be sent again.
        """
        names = list(names)
        numbers = sorted({number for name in names if (number := interaction_number(name))})
        interactions = agent.memory.interactions
        numbers = numbers[len(numbers) - len(interactions) :]
        self._numbered = list(zip(numbers, interactions, strict=False))
        self._next = max(numbers, default=0) + 1
        now = dict(self._sources(agent))
        is_whole = read is not None and _are_same_steps(read, interactions)
        self._sent = {name: now.get(name, ()) if is_whole else () for name in names}

    def forget(self) -> None:
        """Send everything again, because the conversation is a new one."""
        self._sent = dict.fromkeys(self._sent, ())

    def _was_sent(self, name: str, source: Source) -> bool:
        sent = self._sent.get(name)
        return sent is not None and len(sent) == len(source) and all(map(_is_same, sent, source))

    def _sources(self, agent: Agent) -> Iterator[tuple[str, Source]]:
        unfinished = agent.progress.unfinished
        yield "version", (VERSION,)
        yield "state", (agent.state,)
        if unfinished is not None:
            yield "run", (unfinished,)
            yield "run/task", (unfinished.task, unfinished.asked)
        for name, member in agent.managed_agents.items():
            yield f"agents/{name}/state", (member.state,)
        for name, value in agent.variables.items():
            if not isinstance(value, Pickled):
                yield f"variables/{name}", (value,)
        for name, bundle in agent.variables.image_files.items():
            yield f"image_files/{name}", (bundle,)
        self._numbered = self._number(agent.memory.interactions)
        for number, interaction in self._numbered:
            is_open = unfinished is not None and interaction is self._numbered[-1][1]
            yield from _interaction_sources(f"memory/{number}", interaction, is_open=is_open)

    def _number(self, interactions: tuple[Interaction, ...]) -> list[tuple[int, Interaction]]:
        """Give each interaction the number that it had, and new ones the next numbers.

        The memory drops interactions at its start and adds them at its end. The text of a task is
        the same object as long as its interaction is there.
        """
        before = self._numbered
        first = 0
        while first < len(before) and not (
            interactions and before[first][1].task is interactions[0].task
        ):
            first += 1
        numbers = [number for number, _ in before[first:]][: len(interactions)]
        while len(numbers) < len(interactions):
            numbers.append(self._next)
            self._next += 1
        return list(zip(numbers, interactions, strict=True))


def interaction_number(name: str) -> int:
    """The number of the interaction in the name of a part; 0 if it belongs to none."""
    kind, _, rest = name.partition("/")
    number = rest.partition("/")[0]
    is_one = kind == "memory" and number.isascii() and number.isdecimal() and len(number) < 16
    return int(number) if is_one else 0


def with_images(step: Step, images: Iterator[Image]) -> Step:
    """The step with other images in the places of its own, in the order of ``images_of``."""
    if not isinstance(step, ActionStep) or not images_of(step):
        return step
    results = tuple(
        replace(result, images=tuple(next(images) for _ in result.images))
        for result in step.tool_results
    )
    return replace(step, tool_results=results, images=tuple(next(images) for _ in step.images))


def _interaction_sources(
    at: str, interaction: Interaction, *, is_open: bool
) -> Iterator[tuple[str, Source]]:
    yield f"{at}/task", (interaction.task, *interaction.images)
    yield from _image_sources(f"{at}/task", interaction.images)
    for i, step in enumerate(interaction.steps):
        yield f"{at}/step/{i}", (step,)
        yield from _image_sources(f"{at}/step/{i}", images_of(step))
    if not is_open:
        yield f"{at}/end", (interaction.output, interaction.closing)


def _image_sources(at: str, images: tuple[Image, ...]) -> Iterator[tuple[str, Source]]:
    for i, image in enumerate(images):
        yield f"{at}/image/{i}", (image,)


def _are_same_steps(read: Sequence[Interaction], now: Sequence[Interaction]) -> bool:
    """Whether the memory holds the very steps that were read, in their last interactions."""
    pairs = zip(reversed(read), reversed(now), strict=False)
    return all(
        len(one.steps) == len(other.steps) and all(map(_is_same, one.steps, other.steps))
        for one, other in pairs
    )


def _is_same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    return isinstance(one, str | int) and type(one) is type(other) and bool(one == other)


def _data(name: str, source: Source) -> Json:
    first, *others = source
    if isinstance(first, ActionStep):
        bare = (Image(media_type=image.media_type, data=b"") for image in images_of(first))
        return to_data(with_images(first, bare))
    if isinstance(first, UnfinishedRun):
        return to_data(replace(first, task="", asked="", lost={}))
    if name == "run/task":
        return list(source)
    if name.endswith("/task"):
        return {"task": first, "images": len(others)}
    if name.endswith("/end"):
        return {"output": first, "closing": others[0]}
    return to_data(first)
