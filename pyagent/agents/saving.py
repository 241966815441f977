"""``Savable``: saves an agent as data or in a folder, and loads it again. ``Agent`` inherits it.

Everything that is data is kept: options, model, tools, managed agents, memory, totals. Functions
and classes are kept by their import name. One without such a name, such as a lambda, is marked in
the data as missing and must be given again. Keys are never kept.
"""

from __future__ import annotations

import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from zlib import crc32

from pyagent.agents.copies import check_takes
from pyagent.agents.managed import AgentTool
from pyagent.agents.result import AgentState
from pyagent.agents.run.resuming.progress import Progress, UnfinishedRun
from pyagent.agents.step_callbacks import callbacks_for
from pyagent.agents.toolbox import Toolbox
from pyagent.concurrency import background
from pyagent.errors import FileError, LoadError, ProtocolError
from pyagent.memory import ActionStep, Memory, PlanningStep, SummaryStep
from pyagent.models.base import Model
from pyagent.protocol import Json, Limits
from pyagent.recipes import class_named, missing_parts, reference_to, remake, to_recipe
from pyagent.tools.base import Tool
from pyagent.wire import from_data, parse_json, to_data

VERSION = 1
"""The version of the format. A file of another version is refused."""

AGENT_FILE = "agent.json"
MEMORY_FILE = "memory.json"
SANDBOX_FILE = "sandbox.bin"
_SANDBOX = "the latest variables and files"
_NOT_LOADED = "they were not loaded"
_CUT_SHORT = "the program ended while they were saved"
_MAX_CHARS = 512 * 1024 * 1024
_STEPS = {cls.__name__: cls for cls in (ActionStep, PlanningStep, SummaryStep)}
_NOT_KEPT = ("tools", "model", "call_blocking", "on_input")
"""Arguments that are kept elsewhere, or that belong to the place where an agent is loaded: whether
there are threads there, and who answers questions."""
_PARTS = (Model, Tool, Limits)
"""The classes that saved data may make, besides agents."""


class Savable(ABC):
    """An agent, as far as saving and loading are concerned."""

    model: Model
    memory: Memory
    state: AgentState
    tools: Toolbox
    progress: Progress
    """How far the run under way has come; its ``unfinished`` is the run to go on with."""

    @property
    @abstractmethod
    def managed_agents(self) -> Mapping[str, Savable]:
        """The agents that this one may call, by name."""

    @abstractmethod
    def _arguments(self) -> dict[str, Any]:
        """The arguments that make an agent like this one."""

    def to_dict(self) -> dict[str, Json]:
        """Return the arguments of the agent as JSON data for ``from_dict``. Keys are left out.

        Your functions and classes are kept by the name under which they are imported, with their
        source for people to read. One without such a name is marked as missing, with its own name,
        and must be given to ``from_dict``. The memory is not included; see ``save``.
        """
        return {"format": "pyagent agent", "version": VERSION, **_agent_data(self, None)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Json], **given: Any) -> Self:
        """Make the agent that ``to_dict`` described, of the same class.

        ``given`` are arguments of that class that replace saved ones. ``tools`` and
        ``managed_agents`` replace those of the same name and add others. Managed agents take a
        missing model and missing tools from ``given`` too. The model's key comes from the
        environment, or with ``model``.

        No text of the data is run. But the modules that it names are imported, and their functions
        become checks, callbacks and tools. Only modules that can be imported already are, and none
        of the standard library. So load only what you would install.

        Raises ``LoadError`` that names all that is missing, and what the model's class raises.
        """
        _check_format(data, "agent")
        agent: Self = _well_formed(lambda: _complete(data, given, cls))
        return agent

    def save(self, folder: Path | str) -> None:
        """Write the agent, its memory, its totals and its sandbox's variables into ``folder``.

        Files of an earlier save are replaced. Use this with ``run`` and ``stream``.
        """
        has_run = self.state.runs > 0  # otherwise there is no sandbox, so no thread is needed
        self._write(Path(folder), background.call(self._checkpoint()) if has_run else b"")

    async def asave(self, folder: Path | str) -> None:
        """Do what ``save`` does, with ``arun`` and ``astream``; works between steps too."""
        self._write(Path(folder), await self._checkpoint())

    @classmethod
    def load(cls, folder: Path | str, *, with_sandbox: bool = False, **given: Any) -> Self:
        """Load the agent that was saved in ``folder``, with its memory and its totals.

        The agent goes on with the conversation, and ``run(resume=True)`` goes on with a run that
        was saved before its end. ``given`` and the errors are those of
        ``from_dict``. ``with_sandbox`` also restores the variables and files of its code, if they
        were kept. That runs code from the folder in the sandbox, so if the executor does not
        isolate, do it only with folders of your own.
        """
        folder = Path(folder)
        agent = cls.from_dict(_read(folder / AGENT_FILE), **given)
        remembered: Mapping[str, Json] = {}
        if (folder / MEMORY_FILE).exists():
            remembered = _read(folder / MEMORY_FILE)
            _check_format(remembered, "memory")
            _well_formed(lambda: agent._recall(remembered))
        checkpoint = b""
        if with_sandbox and (folder / SANDBOX_FILE).exists():
            checkpoint = (folder / SANDBOX_FILE).read_bytes()
            agent._restore(checkpoint)
        if remembered.get("sandbox_crc32", crc32(checkpoint)) != crc32(checkpoint):
            agent._note_lost(_CUT_SHORT if checkpoint else _NOT_LOADED)
        return agent

    async def _checkpoint(self) -> bytes:
        """The variables and files of the agent's sandbox; empty when it has none."""
        return b""

    @property
    def _lost(self) -> dict[str, str]:
        """The names of variables and files that the checkpoint does not hold → why."""
        return {}

    def _note_lost(self, why: str) -> None:
        """Note for a run to go on with that its sandbox is not as it was."""
        if (unfinished := self.progress.unfinished) is not None:
            self.progress.unfinished = replace(unfinished, lost={_SANDBOX: why} | unfinished.lost)

    def _restore(self, checkpoint: bytes) -> None:  # noqa: B027 - not every agent has a sandbox
        """Put the variables and files of ``checkpoint`` into the next sandbox."""

    def _remembered(self) -> dict[str, Json]:
        """The memory and totals of the agent and its managed agents, for ``_recall``."""
        return {
            "memory": self.memory.to_dict(),
            "state": to_data(self.state),
            "unfinished": self._unfinished_data(),
            "managed_agents": {n: agent._remembered() for n, agent in self.managed_agents.items()},
        }

    def _unfinished_data(self) -> Json:
        unfinished = self.progress.unfinished
        return None if unfinished is None else to_data(replace(unfinished, lost=self._lost))

    def _recall(self, data: Mapping[str, Json]) -> None:
        """Take back what ``_remembered`` returned."""
        self.memory.restore(Memory.from_dict(data["memory"]).interactions)
        self.state = from_data(data["state"], AgentState)
        unfinished = from_data(data.get("unfinished"), UnfinishedRun | None)
        self.progress.unfinished = unfinished if self.memory.interactions else None
        saved = data.get("managed_agents", {})
        for name, agent in self.managed_agents.items():
            # An agent that was given and has worked already keeps its own memory.
            if name in saved and agent.state == AgentState():
                agent._recall(saved[name])

    def _write(self, folder: Path, checkpoint: bytes) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise FileError(
                f"{folder} cannot be a folder, because a file is there.",
                advice="Name a folder; an agent is saved as several files.",
            ) from error
        _replace(folder / AGENT_FILE, _text(self.to_dict()))
        remembered = {
            "format": "pyagent memory",
            "version": VERSION,
            "sandbox_crc32": crc32(checkpoint),
            **self._remembered(),
        }
        _replace(folder / MEMORY_FILE, _text(remembered))
        if checkpoint:
            _replace(folder / SANDBOX_FILE, checkpoint)
        else:
            (folder / SANDBOX_FILE).unlink(missing_ok=True)


# --- writing -------------------------------------------------------------------------------------


def _agent_data(agent: Savable, caller: Savable | None) -> dict[str, Json]:
    arguments = agent._arguments()
    options = {k: v for k, v in arguments.items() if k not in _NOT_KEPT}
    shared = caller is not None and caller.model is agent.model
    own = [tool for tool in agent.tools if not isinstance(tool, AgentTool)]
    options["step_callbacks"] = _by_kind(options["step_callbacks"])
    listed = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    return {
        "class": reference_to(type(agent)),
        "model": None if shared else to_recipe(agent.model),
        "tools": {tool.name: to_recipe(tool) for tool in own},
        "managed_agents": {n: _agent_data(a, agent) for n, a in agent.managed_agents.items()},
        "options": {name: to_recipe(value) for name, value in listed.items()},
    }


def _by_kind(callbacks: Any) -> Any:
    """Step callbacks by the name of each kind of step, for whatever classes they were given."""
    if not isinstance(callbacks, Mapping):
        return callbacks
    by_kind = {name: callbacks_for(callbacks, kind) for name, kind in _STEPS.items()}
    return {name: concerned for name, concerned in by_kind.items() if concerned}


def _text(data: Json) -> bytes:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    return f"{text}\n".encode("utf-8", "backslashreplace")  # half of a surrogate pair


def _replace(path: Path, data: bytes) -> None:
    """Replace a file so that a reader finds the whole old file or the whole new one."""
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(data)
    os.replace(new, path)


# --- reading -------------------------------------------------------------------------------------


def _read(path: Path) -> Mapping[str, Json]:
    try:
        data = parse_json(path.read_text("utf-8"), max_chars=_MAX_CHARS)
    except (OSError, UnicodeDecodeError, ProtocolError) as error:
        raise LoadError(f"{path} cannot be read: {error}") from error
    return data if isinstance(data, dict) else {}


def _check_format(data: Mapping[str, Json], what: str) -> None:
    if data.get("format") != f"pyagent {what}":
        raise LoadError(f"This is not a saved {what} of pyagent.")
    if data.get("version") != VERSION:
        raise LoadError(
            f"The saved {what} has version {data.get('version')!r} of the format; this pyagent "
            f"reads version {VERSION}.",
            advice="Use the pyagent that saved it, or a newer one.",
        )


def _missing(data: Any, given: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Name the parts that were not kept and are not given."""
    tools = {tool.name for tool in given.get("tools", ())}
    agents = {agent.name for agent in given.get("managed_agents", ())}
    if "model" not in given:
        yield from missing_parts(data.get("model"), f"{path}model")
    for name, tool in data.get("tools", {}).items():
        if name not in tools:
            yield from missing_parts(tool, f"{path}tools.{name}")
    for name, option in data.get("options", {}).items():
        if name not in given or path:
            yield from missing_parts(option, f"{path}{name}")
    for name, agent in data.get("managed_agents", {}).items():
        if name not in agents:
            yield from _missing(agent, given, f"{path}managed_agents.{name}.")


def missing_in(data: Mapping[str, Json]) -> list[str]:
    """The parts of ``to_dict`` that must be given again: where, and what."""
    return list(_missing(data, {}))


def _as_options(missing: Sequence[str]) -> str:
    """The code that gives the missing parts again: each option once."""
    names = dict.fromkeys(re.split(r"[.\[ ]", part)[0] for part in missing)
    lists = ("tools", "managed_agents", "step_callbacks", "final_answer_checks")
    return ", ".join(f"{name}={'[...]' if name in lists else '...'}" for name in names)


def _complete(data: Any, given: Mapping[str, Any], cls: type[Any]) -> Any:
    """Make the agent. Raises ``LoadError`` if something is missing."""
    if missing := list(_missing(data, given)):
        raise LoadError(
            f"The agent cannot be made again without: {'; '.join(missing)}.",
            advice=f"Give these again, as in load(folder, {_as_options(missing)}).",
        )
    return _made(data, given, cls)


def _made(data: Any, given: Mapping[str, Any], cls: type[Any]) -> Any:
    model = given["model"] if "model" in given else remake(data["model"], _PARTS)
    tools = {tool.name: tool for tool in given.get("tools", ())}
    agents = {agent.name: agent for agent in given.get("managed_agents", ())}
    for name, saved in data["managed_agents"].items():
        if name not in agents:
            agents[name] = _made_managed(saved, given, model)
    made = {n: tools.pop(n, None) or remake(t, _PARTS) for n, t in data["tools"].items()}
    options = {n: remake(o, _PARTS) for n, o in data["options"].items() if n not in given}
    if isinstance(by_class := options.get("step_callbacks"), dict):
        options["step_callbacks"] = {_STEPS[name]: call for name, call in by_class.items()}
    options.update(given)
    options.update(
        tools=[*made.values(), *tools.values()],
        managed_agents=list(agents.values()),
        model=model,
    )
    saved_as = str(data["class"]).rpartition(":")[2]
    try:
        found = class_named(data["class"], (cls,))
    except LoadError as error:
        if saved_as not in ("CodeAgent", "ToolCallingAgent") or saved_as == cls.__name__:
            raise
        raise LoadError(
            f"This is a saved {saved_as}, and not a {cls.__name__}.",
            advice=f"Use {saved_as}.load, or Agent.load for either.",
        ) from error
    check_takes(found, options, LoadError)
    return found(**options)


def _made_managed(data: Any, given: Mapping[str, Any], model: Model) -> Any:
    """Make a managed agent. What is given for its caller fills only gaps."""
    saved = data["tools"]
    tools = [tool for tool in given.get("tools", ()) if any(missing_parts(saved.get(tool.name)))]
    gaps: dict[str, Any] = {"tools": tools}
    if data["model"] is None or any(missing_parts(data["model"])):
        gaps["model"] = model
    gaps |= {name: given[name] for name in ("call_blocking", "on_input") if name in given}
    return _made(data, gaps, Savable)


def _well_formed(read: Callable[[], Any]) -> Any:
    """Return what ``read`` returns. Raises ``LoadError`` if the data is not well formed."""
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, ProtocolError) as error:
        raise LoadError(f"The saved data is not well formed: {error!r}.") from error
