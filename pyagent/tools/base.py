"""What every tool is: a function of the trusted side that model-written code may call.

``Tool`` is the base. Authors subclass it, or write ``@tool`` on a function (``FunctionTool``);
tools of pages and of other programs are made by ``from_schema`` (``SchemaTool``). Agents show
``stub()`` to the model and call ``call()``.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import keyword
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from types import MappingProxyType
from typing import Any, Self, TypeAlias

from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.errors import ToolDefinitionError
from pyagent.protocol import Json, ToolParameter, ToolStub
from pyagent.recipes import Recorded
from pyagent.tools.arguments import bind, build
from pyagent.tools.completing import (
    completed,
    describes_object,
    plain_text,
    with_alternatives,
)
from pyagent.tools.declared import (
    declared_by,
    declared_in,
    not_taken_by,
    read_docstring,
    resolve_hints,
)
from pyagent.tools.hints import kind_of
from pyagent.tools.holders import Holders
from pyagent.tools.images import HINT, result_image, returns_image
from pyagent.tools.kinds import Kind
from pyagent.tools.results import to_json
from pyagent.tools.schema import (
    Schema,
    description_of,
    identifier,
    key_lines,
    python_type,
)
from pyagent.tools.setup_once import SetupOnce
from pyagent.tools.signature import in_order, signature_text, stub_parameters

MAX_DEFINITION_CHARS = 500_000
"""The longest definition: no model could read more, and all tools must fit into one message."""

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
    ``image`` is an image and whose ``any`` and ``audio`` stand for any JSON here.
    """

    name: str = ""
    description: str = ""
    inputs: Mapping[str, Schema] = {}
    output_type: str = ""
    parameters: Schema
    """JSON Schema of type ``object``; property names are Python identifiers."""
    returns: str = "Any"
    """The result's type as Python source."""
    in_guest = False
    """True if the sandbox has the function itself, so that no call crosses."""
    side_effects = True
    """Whether a call may change something outside. If not, a run that was interrupted may make a
    call again without asking a person."""
    fetches = False
    """True if a call can send what is in its arguments to servers outside. A conversation may make
    some such calls unasked; more are a question to the person, if somebody can be asked."""
    stop_grace_s = 0.5
    """How long a run that is stopped waits for a cancelled call of the tool. Together with the time
    that its code takes to stop, the run ends within a second."""

    forward: Callable[..., Any]
    _holders: Holders
    _keyword_only: frozenset[str] = frozenset()
    _kinds: Mapping[str, Kind] = MappingProxyType({})
    """How the arguments with type hints are built for ``forward``."""
    _result: Mapping[str, Json] = MappingProxyType({})
    """The schema of the result, if its type hint says more than ``returns``."""

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
        bound = self.bound(args, kwargs or {})
        arguments = build(self.name, self.parameters, self._kinds, bound)
        if not self._set_up.is_done:
            await self._set_up.in_turn(call_blocking, self.setup)
        result = await call_either(call_blocking, self.forward, **arguments)
        return to_json(result_image(result) if self.output_type == "image" else result)

    def bound(self, args: Sequence[Json], kwargs: Mapping[str, Json]) -> dict[str, Json]:
        """The arguments of a call by name. Raises ``ToolError`` for those that do not fit."""
        return bind(
            self.name,
            self.parameters,
            args,
            kwargs,
            keyword_only=self._keyword_only,
            unchecked=self.image_parameters,
        )

    @property
    def image_parameters(self) -> tuple[str, ...]:
        """The parameters that take images."""
        return tuple(name for name, kind in self._kinds.items() if kind.takes_images)

    def stub(self) -> ToolStub:
        """The tool as the head of a function: name, signature, docstring."""
        return ToolStub(
            name=self.name,
            signature=self.signature,
            doc=self.doc,
            parameters=self._stub_parameters(),
            returns=self.returns,
        )

    @property
    def signature(self) -> str:
        """The signature in Python's syntax: ``(query: str, limit: int = 5) -> str``."""
        return signature_text(self._stub_parameters(), self.returns)

    def _stub_parameters(self) -> list[ToolParameter]:
        kinds = self._kinds.items()
        hints = {n: kind.hint for n, kind in kinds if kind.takes_images or not self.inputs}
        return stub_parameters(self.parameters, self._keyword_only, hints)

    @property
    def doc(self) -> str:
        """Description and ``Args:`` section, with the keys of dicts."""
        lines = []
        for name, schema in self.parameters["properties"].items():
            lines.append(f"    {name}: {description_of(schema)}")
            lines += key_lines(schema, "    ")
        result = key_lines(self._result, "")
        return "\n".join(
            [
                self.description,
                *(["", "Args:", *lines] if lines else []),
                *(["", "Returns:", *result] if result else []),
            ]
        )

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
        faults = list(self._faults_of_texts())
        if inspect.iscoroutinefunction(self.setup):
            faults.append("its setup() is async, and only forward() may be")
        if not callable(getattr(self, "forward", None)):
            faults.append("it has no forward() method")
        elif not hasattr(self, "parameters"):
            self._declare_parameters(faults)
            self.returns = self._declared_return(faults)
        elif not isinstance(self.parameters, Mapping):
            faults.append("its parameters are not a JSON Schema")
        if not faults:
            self.parameters = self._completed_parameters(faults)
        if faults:
            name = self.name or type(self).__name__
            raise ToolDefinitionError(f"Tool '{name}' cannot be used: {'; '.join(faults)}.")
        self.description = plain_text(self.description)

    def _faults_of_texts(self) -> Iterator[str]:
        name, description = self.name, self.description
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            yield f"its name {name!r} is not a Python identifier"
        elif identifier(name) != name:
            yield f"code cannot call it by its name '{name}'; use '{identifier(name)}'"
        if not isinstance(description, str) or not description.strip():
            yield "it has no description (for a function: the docstring's first lines)"

    def _declare_parameters(self, faults: list[str]) -> None:
        inputs: Any = self.inputs
        if not isinstance(inputs, Mapping):
            faults.append("its inputs are not a dict of parameter → JSON Schema")
            return
        declared = (
            declared_in(inputs, self.forward, faults)
            if inputs
            else declared_by(self.forward, faults)
        )
        self.parameters = declared.schema
        self._keyword_only, self._kinds = declared.keyword_only, declared.kinds

    def _declared_return(self, faults: list[str]) -> str:
        if self.output_type:
            return HINT if self.output_type == "image" else python_type({"type": self.output_type})
        hints = resolve_hints(self.forward, faults)
        if "return" not in hints:
            faults.append("it does not say what it returns, as in '-> str'")
            return "Any"
        kind = kind_of(hints["return"])
        if returns_image(hints["return"]):
            return HINT
        if kind is not None and kind.takes_images:
            return kind.hint
        self._result = completed(kind.schema) if kind else {}
        return python_type(self._result)

    def _completed_parameters(self, faults: list[str]) -> Schema:
        """The parameters in the form and order that models, providers and guests take."""
        made = {"type": "object", "properties": {}, **completed(self.parameters)}
        made["required"] = [n for n in made.get("required", ()) if n in made["properties"]]
        for name in made["properties"]:
            if identifier(name) != name:
                faults.append(f"Python cannot have a parameter '{name}'")
        if unknown := not_taken_by(self.forward, made["properties"]):
            faults.append(f"forward() does not take {', '.join(unknown)}")
        size = len(json.dumps(made)) + len(self.description)
        if size > MAX_DEFINITION_CHARS:
            faults.append(
                f"its definition has {size:,} characters, and {MAX_DEFINITION_CHARS:,} are allowed"
            )
        return in_order(made, self._keyword_only)


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
        self.description = (description or "").strip() or f"The tool {name}."
        self._handler = handler
        self._given_names: dict[str, str] = {}
        whole = with_alternatives(completed(schema))
        properties = {
            self._named(given): inner for given, inner in whole.get("properties", {}).items()
        }
        needed = whole.get("required", ())
        required = [name for name, given in self._given_names.items() if given in needed]
        self.parameters = {"type": "object", "properties": properties, "required": required}
        if (more := whole.get("additionalProperties")) not in (None, False):
            self.parameters["additionalProperties"] = more

    def _named(self, given: str) -> str:
        name = identifier(given)
        while name in self._given_names:
            name += "_"
        self._given_names[name] = given
        return name

    def python_name(self, given: str) -> str:
        """The parameter's name in Python for the name that the schema gave it."""
        return next((name for name, other in self._given_names.items() if other == given), given)

    def forward(self, /, **arguments: Json) -> Any:
        given = self._given_names
        return self._handler({given.get(name, name): value for name, value in arguments.items()})


def from_schema(name: str, description: str, schema: Schema, handler: Handler) -> SchemaTool:
    """Make a tool of another program's function: of the page, or of a tool server.

    ``schema`` is a JSON Schema of type ``object``. Names that are not Python identifiers are
    changed for the model and changed back for ``handler``, which gets one dict of arguments.
    Raises ``ToolDefinitionError`` if the schema does not describe an object.
    """
    if not isinstance(name, str) or not isinstance(description, str | None):
        raise ToolDefinitionError(f"Tool {name!r}: its name and its description must be text.")
    if not describes_object(schema):
        raise ToolDefinitionError(
            f"Tool '{name}': parameters must be a JSON Schema of type 'object'."
        )
    return SchemaTool(name, description, schema, handler)
