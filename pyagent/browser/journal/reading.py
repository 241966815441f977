"""Reads the parts of a conversation that a page kept, whatever has become of them.

What cannot be read is left out, and the rest is used: a damaged step costs itself, not the
conversation. Nothing here raises for what is in the parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pyagent.agents.result import AgentState
from pyagent.agents.run.resuming.progress import UnfinishedRun
from pyagent.browser.journal.parts import VERSION, interaction_number, with_images
from pyagent.errors import ProtocolError
from pyagent.memory import Interaction, Step, images_of, without_images
from pyagent.messages import Image
from pyagent.protocol import Bundle, Json, Problem
from pyagent.wire import from_data

_UNKNOWN = "(What was here could not be read again.)"


@dataclass(kw_only=True)
class Restored:
    """What a conversation was, as far as its parts can be read."""

    interactions: list[Interaction] = field(default_factory=list)
    state: AgentState = field(default_factory=AgentState)
    member_states: dict[str, AgentState] = field(default_factory=dict)
    variables: dict[str, Json] = field(default_factory=dict)
    image_files: dict[str, Bundle] = field(default_factory=dict)
    unfinished: UnfinishedRun | None = None
    unread: list[str] = field(default_factory=list)
    """The names of the parts that could not be read."""
    version: Json = VERSION

    @property
    def is_known(self) -> bool:
        """Whether the parts are of a version that can be read."""
        return bool(self.version == VERSION)

    @property
    def problem(self) -> Problem | None:
        """What a person should know; None if everything could be read."""
        if not self.is_known:
            return Problem(
                kind="version",
                message=f"The conversation was kept in version {self.version!s:.20} of its format, "
                f"and this pyagent reads version {VERSION}. The agent knows nothing of it.",
                advice="Use the newest pyagent. What was kept stays as it is.",
            )
        if not self.unread:
            return None
        named = ", ".join(name[:60] for name in self.unread[:3])
        more = f" and {len(self.unread) - 3} more" if len(self.unread) > 3 else ""
        return Problem(
            kind="damaged",
            message=f"Some parts of the conversation could not be read: {named}{more}. The agent "
            "goes on without them.",
        )


def read_parts(parts: Mapping[str, Json]) -> Restored:
    """Read the parts. Those that are missing or damaged are named in ``unread``."""
    read = Restored(version=parts.get("version", VERSION if not parts else None))
    if not read.is_known:
        return read
    for name, data in parts.items():
        if name == "version" or interaction_number(name):
            continue
        try:
            _take(read, name, data)
        except (ProtocolError, ValueError, TypeError):
            read.unread.append(name)
    _read_memory(read, parts)
    if "run" in parts and read.interactions:
        read.unfinished = _run(read, parts)
    return read


def _run(read: Restored, parts: Mapping[str, Json]) -> UnfinishedRun | None:
    """The run that has not ended, which the last interaction belongs to."""
    try:
        run: UnfinishedRun = from_data(parts["run"], UnfinishedRun)
        task, asked = from_data(parts.get("run/task"), list[str])
    except (ProtocolError, ValueError):
        read.unread.append("run")
        return None
    return replace(run, task=task, asked=asked)


def _take(read: Restored, name: str, data: Json) -> None:
    kind, _, rest = name.partition("/")
    if name in ("run", "run/task"):
        return  # see _read_run
    if name == "state":
        read.state = from_data(data, AgentState)
    elif kind == "variables":
        read.variables[rest] = data
    elif kind == "image_files":
        read.image_files[rest] = from_data(data, dict[str, Json])
    elif kind == "agents" and rest.endswith("/state"):
        read.member_states[rest.removesuffix("/state")] = from_data(data, AgentState)
    else:
        raise ValueError(name)


def _read_memory(read: Restored, parts: Mapping[str, Json]) -> None:
    by_number: dict[int, dict[str, Json]] = {}
    for name, data in parts.items():
        if number := interaction_number(name):
            inner = name.split("/", 2)[2] if name.count("/") > 1 else ""
            by_number.setdefault(number, {})[inner] = data
    for number in sorted(by_number):
        inside = by_number[number]
        read.interactions.append(_interaction(read, f"memory/{number}", inside))


def _interaction(read: Restored, at: str, inside: dict[str, Json]) -> Interaction:
    task, count = _UNKNOWN, 0
    try:
        told = from_data(inside.pop("task", None), dict[str, Json])
        task, count = from_data(told.get("task"), str), from_data(told.get("images"), int)
    except ProtocolError:
        read.unread.append(f"{at}/task")
    images = [_image(read, at, f"task/image/{i}", inside) for i in range(min(count, 1_000))]
    output, closing = None, ""
    if "end" in inside:
        try:
            end = from_data(inside.pop("end"), dict[str, Json])
            output, closing = end.get("output"), from_data(end.get("closing"), str)
        except ProtocolError:
            read.unread.append(f"{at}/end")
    steps = tuple(_steps(read, at, inside))
    read.unread += [f"{at}/{name}" for name in inside]
    kept = tuple(image for image in images if image is not None)
    return Interaction(task=task, images=kept, steps=steps, output=output, closing=closing)


def _steps(read: Restored, at: str, inside: dict[str, Json]) -> Iterator[Step]:
    numbers = [name.removeprefix("step/") for name in inside if name.count("/") == 1]
    known = sorted(int(n) for n in numbers if n.isascii() and n.isdecimal() and len(n) < 16)
    for number in known:
        name = f"step/{number}"
        try:
            step: Step = from_data(inside.pop(name, None), Step)
        except ProtocolError:
            read.unread.append(f"{at}/{name}")
            continue
        found = [_image(read, at, f"{name}/image/{i}", inside) for i in range(len(images_of(step)))]
        if not all(found):
            yield without_images(step)
        else:
            yield with_images(step, (image for image in found if image is not None))


def _image(read: Restored, at: str, name: str, inside: dict[str, Json]) -> Image | None:
    try:
        image: Image = from_data(inside.pop(name, None), Image)
    except ProtocolError:
        read.unread.append(f"{at}/{name}")
        return None
    return image
