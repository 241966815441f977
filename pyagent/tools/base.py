"""What every tool is: a function of the trusted side that model-written code may call.

``Tool`` is the base. Authors subclass it, or write ``@tool`` on a function (``FunctionTool``);
tools of pages and of other programs are made by ``from_schema`` (``SchemaTool``). Agents show
``stub()`` to the model and call ``call()``.
"""

from __future__ import annotations

import asyncio
import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Self, TypeAlias

from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.errors import ToolDefinitionError
from pyagent.protocol import Json, ToolStub
from pyagent.recipes import Recorded
from pyagent.tools.arguments import bind
from pyagent.tools.holders import Holders
from pyagent.tools.results import to_json
from pyagent.tools.schema import (
    Schema,
    completed,
    identifier,
    parameters_of,
    python_type,
    read_docstring,
    resolve_hints,
    schema_of_type,
)
from pyagent.tools.setup_once import SetupOnce

Handler: TypeAlias = Callable[[dict[str, Json]], Any]
"""The function behind a tool from a schema. Takes the arguments by name; may be async."""


class _Checked(Recorded):
    """Completes and checks a tool when it is made, even if its ``__init__`` does not call ours."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        tool = super().__call__(*args, **kwargs)
        tool._holders = Holders()
        tool._complete()
        return tool


class Tool(metaclass=_Checked):
    """A function with a name, a description and types that a model can read.

    A subclass sets ``name`` and ``description`` and writes ``forward``, sync or async, with type
    hints and an ``Args:`` section. Instead of hints it may give ``inputs`` (parameter → JSON
    Schema with a ``description``) and ``output_type`` (a JSON type), as in smolagents, whose
    ``any``, ``image`` and ``audio`` stand for any JSON here.
    """

    name: str = ""
    description: str = ""
    inputs: Mapping[str, Schema] = {}
    output_type: str = ""
    parameters: Schema
    """JSON Schema of type ``object``; property names are Python identifiers."""
    returns: str
    """The result's type as Python source."""
    in_guest = False
    """True if the sandbox has the function itself, so that no call crosses."""
    stop_grace_s = 0.5
    """How long a run that is stopped waits for a cancelled call of the tool. Together with the time
    that its code takes to stop, the run ends within a second."""

    forward: Callable[..., Any]
    _holders: Holders

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call ``forward`` directly, without checks or conversion."""
        self._set_up(self.setup)
        return self.forward(*args, **kwargs)

    async def call(
        self,
        args: Sequence[Json] = (),
        kwargs: Mapping[str, Json] | None = None,
        *,
        call_blocking: CallBlocking = asyncio.to_thread,
    ) -> Json:
        """Call the tool with arguments from model-written code. The result is JSON.

        Raises ``ToolError`` for wrong arguments and for results that JSON cannot hold, and
        whatever ``forward`` raises.
        """
        arguments = bind(self.name, self.parameters, args, kwargs or {})
        if not self._set_up.is_done:
            await self._set_up.in_turn(call_blocking, self.setup)
        return to_json(await call_either(call_blocking, self.forward, **arguments))

    def stub(self) -> ToolStub:
        """The tool as the head of a function: name, signature, docstring."""
        return ToolStub(name=self.name, signature=self.signature, doc=self.doc)

    @property
    def signature(self) -> str:
        """The signature in Python's syntax: ``(query: str, limit: int = 5) -> str``."""
        required = self.parameters.get("required", ())
        texts = []
        for name, schema in self.parameters["properties"].items():
            hint = python_type(schema)
            if name in required:
                texts.append(f"{name}: {hint}")
            elif "default" in schema:
                texts.append(f"{name}: {hint} = {schema['default']!r}")
            else:
                texts.append(f"{name}: {hint} = ...")
        return f"({', '.join(texts)}) -> {self.returns}"

    @property
    def doc(self) -> str:
        """Description and ``Args:`` section."""
        lines = [
            f"    {name}: {' '.join(str(schema.get('description', '')).split())}"
            for name, schema in self.parameters["properties"].items()
        ]
        return "\n".join([self.description, *(["", "Args:", *lines] if lines else [])])

    def setup(self) -> None:
        """Do what is needed once before the first call, such as loading a model.

        Runs at the first call whose arguments pass the check. It may block.
        """

    def receive_files(self, files: Mapping[str, bytes]) -> str:
        """Take the files that came with a task. Returns what the model should know about them."""
        return ""

    def reset(self) -> None:
        """Forget what belongs to a conversation."""

    def for_another(self) -> Tool:
        """Return the tool that another agent at work at the same time should use.

        This is the tool itself, unless it holds what belongs to one conversation.
        """
        return self

    async def aclose(self) -> None:
        """Release what the tool holds, such as a connection that ``setup`` opened.

        Called when the last agent that has the tool closes, in that agent's event loop; not called
        if the tool has a ``setup`` that has not run. If a call comes later, ``setup`` runs again.
        """

    @property
    def can_close(self) -> bool:
        """Whether the class writes an ``aclose``."""
        return type(self).aclose is not Tool.aclose

    def held_by(self, holder: object) -> None:
        """Stay open until ``holder`` lets go of the tool. A toolbox calls this."""
        self._holders.add(holder)

    async def let_go(self, holder: object) -> None:
        """Note that ``holder`` no longer has the tool, and close the tool if nobody else has it."""
        if self._holders.leave(holder) and self.can_close and self._set_up.is_done:
            await self._set_up.undo(self.aclose)

    def __copy__(self) -> Self:
        """Copy what the tool holds, but not who holds the tool."""
        made = object.__new__(type(self))
        vars(made).update(vars(self) | {"_holders": Holders(), "_set_up": copy(self._set_up)})
        return made

    def _complete(self) -> None:
        """Set ``parameters`` and ``returns``. Raises ``ToolDefinitionError`` with every fault."""
        self._set_up = SetupOnce(type(self).setup is Tool.setup)
        faults: list[str] = []
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            faults.append(f"its name {self.name!r} is not a Python identifier")
        if not self.description.strip():
            faults.append("it has no description (for a function: the docstring's first lines)")
        if inspect.iscoroutinefunction(self.setup):
            faults.append("its setup() is async, and only forward() may be")
        if not hasattr(self, "forward"):
            faults.append("it has no forward() method")
        elif not hasattr(self, "parameters"):
            self.parameters = self._declared_parameters(faults)
            self.returns = self._declared_return(faults)
        if faults:
            name = self.name or type(self).__name__
            raise ToolDefinitionError(f"Tool '{name}' cannot be used: {'; '.join(faults)}.")
        self.parameters = completed(self.parameters)

    def _declared_parameters(self, faults: list[str]) -> Schema:
        if not self.inputs:
            return parameters_of(self.forward, faults)
        accepted = inspect.signature(self.forward).parameters
        if set(accepted) != set(self.inputs):
            faults.append(f"inputs names {sorted(self.inputs)}, forward() takes {sorted(accepted)}")
        for name, schema in self.inputs.items():
            if not schema.get("description") or not (schema.get("type") or schema.get("anyOf")):
                faults.append(f"input '{name}' needs a 'type' and a 'description'")
        required = [name for name, p in accepted.items() if p.default is p.empty]
        return {"type": "object", "properties": dict(self.inputs), "required": required}

    def _declared_return(self, faults: list[str]) -> str:
        if self.output_type:
            return python_type({"type": self.output_type})
        hints = resolve_hints(self.forward, faults)
        if "return" not in hints:
            faults.append("it does not say what it returns, as in '-> str'")
        return python_type(schema_of_type(hints.get("return")) or {})


class FunctionTool(Tool):
    """A tool made of a plain function by ``@tool``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        docstring = read_docstring(function)
        self.name = getattr(function, "__name__", "")
        self.description = "\n\n".join(
            text for text in (docstring.short_description, docstring.long_description) if text
        )
        self.forward = function
        self.__doc__ = function.__doc__


def tool(function: Callable[..., Any]) -> FunctionTool:
    """Make a tool of a function, sync or async, with type hints and a Google-style docstring.

    Raises ``ToolDefinitionError`` that lists everything that is missing.
    """
    return FunctionTool(function)


class SchemaTool(Tool):
    """A tool made of a JSON Schema and a handler by ``from_schema``."""

    def __init__(self, name: str, description: str, schema: Schema, handler: Handler) -> None:
        self.name = identifier(name)
        self.description = description.strip() or f"The tool {name}."
        self.returns = "Any"
        self._handler = handler
        self._given_names: dict[str, str] = {}
        properties: dict[str, Schema] = {}
        for given, property_schema in (schema.get("properties") or {}).items():
            python_name = self._free_name(given)
            self._given_names[python_name] = given
            properties[python_name] = property_schema if isinstance(property_schema, dict) else {}
        needed = set(schema.get("required") or ())
        required = [name for name, given in self._given_names.items() if given in needed]
        # Python requires parameters without a default to come first.
        ordered = {
            name: properties[name]
            for name in sorted(properties, key=required.__contains__, reverse=True)
        }
        self.parameters = {"type": "object", "properties": ordered, "required": required}

    def _free_name(self, given: str) -> str:
        name = identifier(given)
        while name in self._given_names:
            name += "_"
        return name

    def forward(self, **arguments: Json) -> Any:
        return self._handler({self._given_names[name]: value for name, value in arguments.items()})


def from_schema(name: str, description: str, schema: Schema, handler: Handler) -> SchemaTool:
    """Make a tool of another program's function: of the page, or of a tool server.

    ``schema`` is a JSON Schema of type ``object``. Names that are not Python identifiers are
    changed for the model and changed back for ``handler``, which gets one dict of arguments.
    Raises ``ToolDefinitionError`` if the schema does not describe an object.
    """
    if schema.get("type", "object") != "object" or not isinstance(
        schema.get("properties", {}), dict
    ):
        raise ToolDefinitionError(
            f"Tool '{name}': parameters must be a JSON Schema of type 'object'."
        )
    return SchemaTool(name, description, schema, handler)
