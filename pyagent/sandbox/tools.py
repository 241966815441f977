"""Makes functions in the namespace of the host's tools. They block, and check their arguments."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pyagent.protocol.guest import ErrorInfo, Json, ToolParameter, ToolStub
from pyagent.sandbox.arguments import to_argument
from pyagent.sandbox.results.images import opened
from pyagent.sandbox.values import NotJson

Invocation = tuple[str, list[Json], dict[str, Json]]
"""The tool's name, args, kwargs."""
CallTools = Callable[[Sequence[Invocation]], "list[Json | Exception]"]
"""Calls tools, several at once. Blocks. The exception that a tool raised stands for its value."""

_KINDS = {
    "usual": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "keyword_only": inspect.Parameter.KEYWORD_ONLY,
    "more": inspect.Parameter.VAR_KEYWORD,
}


def make_function(stub: ToolStub, call_all: CallTools) -> Callable[..., Any]:
    """Make the function that stands for a tool. Its ``map`` makes several calls at once.

    Raises ``ValueError`` if Python has no function with these parameters.
    """
    signature = make_signature(stub)
    hints = {parameter.name: parameter.hint for parameter in stub.parameters}
    more = next((p.hint for p in stub.parameters if p.kind == "more"), "Any")

    def invocation(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Invocation:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"{stub.name}() {error}. It is declared as {stub.name}{stub.signature}"
            ) from None
        sent = [
            _argument(stub.name, str(i + 1), value, hint=hint)
            for i, (value, hint) in enumerate(zip(args, hints.values(), strict=False))
        ]
        named = {
            key: _argument(stub.name, key, value, hint=hints.get(key, more))
            for key, value in kwargs.items()
        }
        return stub.name, sent, named

    def tool(*args: Any, **kwargs: Any) -> Any:
        return _value(*call_all([invocation(args, kwargs)]))

    def map_(*iterables: Iterable[Any], return_exceptions: bool = False) -> list[Any]:
        """Call it once for each item, several calls at once; their results in order.

        Several iterables give an argument each, as with Python's ``map``. The first failure is
        raised when all calls have ended, unless ``return_exceptions``.
        """
        results = call_all([invocation(args, {}) for args in zip(*iterables, strict=True)])
        return [
            result if return_exceptions and isinstance(result, Exception) else _value(result)
            for result in results
        ]

    tool.__name__ = tool.__qualname__ = stub.name
    tool.__doc__ = stub.doc
    tool.__module__ = "tools"
    tool.__signature__ = signature  # type: ignore[attr-defined]
    tool.map = map_  # type: ignore[attr-defined]
    return tool


def make_signature(stub: ToolStub) -> inspect.Signature:
    """Make the signature as an object. Annotations stay text. Raises ``ValueError``."""
    return inspect.Signature(
        [_parameter(parameter) for parameter in stub.parameters], return_annotation=stub.returns
    )


def _parameter(declared: ToolParameter) -> inspect.Parameter:
    default: Any = inspect.Parameter.empty
    if not declared.required and declared.kind != "more":
        default = declared.default[0] if declared.default else ...
    return inspect.Parameter(
        declared.name, _KINDS[declared.kind], default=default, annotation=declared.hint
    )


def tool_exception(error: ErrorInfo) -> Exception:
    """An exception for a tool's error, with the type name that the error had in the tool."""
    known = getattr(builtins, error.type, None)
    made: Exception
    if isinstance(known, type) and issubclass(known, Exception):
        try:
            made = known(error.message)
        except TypeError:  # UnicodeDecodeError and others want more than a message
            made = _named(error)
    else:
        made = _named(error)
    made.can_retry = error.can_retry  # type: ignore[attr-defined]
    return made


def _value(result: Json | Exception) -> Any:
    if isinstance(result, Exception):
        raise result
    return opened(result)


def _named(error: ErrorInfo) -> Exception:
    made: Exception = type(error.type, (Exception,), {"__module__": "tools"})(error.message)
    return made


def _argument(tool: str, name: str, value: Any, *, hint: str) -> Json:
    try:
        return to_argument(value, hint)
    except NotJson as error:
        raise TypeError(
            f"{tool}() argument {name} must be text, a number, a list or a dict of these: {error}"
        ) from None


def make_functions(
    stubs: Iterable[ToolStub], call_all: CallTools, refuse: Callable[[str], None]
) -> Mapping[str, Callable[..., Any]]:
    """The function of each tool, by the tool's name.

    A tool for which there can be no function is left out, and ``refuse`` is told why.
    """
    functions = {}
    for stub in stubs:
        try:
            functions[stub.name] = make_function(stub, call_all)
        except (TypeError, ValueError) as error:
            refuse(f"The tool {stub.name} is missing because its definition is invalid: {error}.")
    return functions
