"""What a failure comes down to: two failures are alike if nothing that matters differs.

Only ``failures.py`` asks, after a step that failed. What matters of code is the statement that
failed with the statements that set what it uses, in this step or in earlier ones. Comments, texts
that are printed or raised, and names of variables do not matter, nor does what stands beside.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain, repeat
from typing import Any, TypeGuard

from pyagent.memory import ActionStep
from pyagent.protocol import ErrorInfo, Json

_MAX_CHARS = 50_000
"""Longer code is compared as it is."""
_CHANGING = re.compile(
    r"\b0x[0-9a-f]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d\d?:\d\d(?::\d\d)?(?:\.\d+)?"
    r"|(?<=\bline )\d+",
    re.I,
)
"""Addresses, identifiers, times and line numbers in the message of an error."""
_LOOKS = {"len", "str", "repr", "type", "dir", "id", "round", "int", "float", "isinstance"}
"""Functions that change nothing."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def essence_of_code(code: str, error: ErrorInfo, earlier: Sequence[str]) -> Json:
    """What failed in ``code`` and how, as data to compare. ``earlier`` are the codes before it."""
    body = _statements(code)
    if body is None:  # no Python: all there is to compare is the line
        return [error.type, _steady(error.message), " ".join((error.source_line or code).split())]
    failed = [facts for facts in body if _covers(facts.statement, error.line)]
    message = error.message
    if not failed or isinstance(failed[0].statement, _DEFINITIONS):
        concerned = [facts for facts in body if not _only_says(facts.statement)]
    else:
        concerned = _slice(body[: body.index(failed[0])], failed, earlier)
        nodes = [node for facts in failed for node in ast.walk(facts.statement)]
        at_fault = [node for node in nodes if _covers(node, error.line)]
        if any(isinstance(node, ast.Raise | ast.Assert) for node in at_fault):
            message = ""  # its words are the model's own
    renamed = _Plain([facts.statement for facts in concerned])
    told = re.sub(r"\w+", lambda word: renamed.names.get(word[0], word[0]), message)
    return [error.type, _steady(told), renamed.text]


def essence_of_calls(step: ActionStep, error: ErrorInfo) -> Json:
    """The calls of a step that failed and how, as data to compare."""
    failed = {result.tool_use_id for result in step.tool_results if result.error is not None}
    calls: list[Json] = [
        [use.name, _squeezed(use.arguments), use.fault]
        for use in step.tool_uses
        if not failed or use.id in failed
    ]
    return [error.type, _steady(error.message), calls]


def _squeezed(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict):
        return {key: _squeezed(item) for key, item in value.items()}
    return [_squeezed(item) for item in value] if isinstance(value, list) else value


def _steady(message: str) -> str:
    return " ".join(_CHANGING.sub("…", message).split())


@lru_cache(maxsize=64)
def _statements(code: str) -> list[_Facts] | None:
    if len(code) > _MAX_CHARS:
        return None
    try:
        return [_Facts(statement) for statement in ast.parse(code).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _covers(node: ast.AST, line: int | None) -> bool:
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return line is not None and first <= line <= last


# --- what matters ----------------------------------------------------------------------------


class _Facts:
    """What a statement uses and sets, found out when it is first asked for."""

    def __init__(self, statement: ast.stmt) -> None:
        self.statement = statement

    @cached_property
    def text(self) -> str:
        return ast.dump(self.statement)

    @cached_property
    def loaded(self) -> set[str]:
        return _loaded(self.statement)

    @cached_property
    def bound(self) -> set[str]:
        return _set_by(self.statement)

    @cached_property
    def changed(self) -> set[str]:
        return _changed_by(self.statement)


def _slice(before: list[_Facts], failed: list[_Facts], earlier: Sequence[str]) -> list[_Facts]:
    """What failed and the statements that set what it uses, in the order in which they ran.

    A statement that ran several times, in several steps, is there once.
    """
    kept, needed = failed[::-1], set[str]().union(*(facts.loaded for facts in failed))
    known = {facts.text for facts in kept}
    past = (facts for code in reversed(earlier) for facts in reversed(_statements(code) or []))
    for facts, is_near in chain(zip(before[::-1], repeat(True)), zip(past, repeat(False))):
        # A call may change what it gets; in earlier steps, only what was set again counts.
        if needed.isdisjoint(facts.bound) and not (is_near and needed & facts.changed):
            continue
        if facts.text not in known:
            known.add(facts.text)
            kept.append(facts)
        needed = (needed - _surely_set_by(facts.statement)) | facts.loaded
    return kept[::-1]


def _loaded(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    }


def _set_by(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, or whose items or attributes it sets."""
    names = set(_bound(statement))
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            names |= {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
    return names


def _bound(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.alias):
            yield (part.asname or part.name).partition(".")[0]
        elif isinstance(part, _DEFINITIONS):
            yield part.name
        elif isinstance(part, ast.arg):
            yield part.arg
        elif isinstance(part, ast.ExceptHandler) and part.name:
            yield part.name


def _changed_by(statement: ast.stmt) -> set[str]:
    """What the calls in a statement without a result may change."""
    if isinstance(statement, ast.Expr) and not _only_says(statement):
        called = {node.func for node in ast.walk(statement) if isinstance(node, ast.Call)}
        return _loaded(statement) - {func.id for func in called if isinstance(func, ast.Name)}
    is_compound = hasattr(statement, "body") and not isinstance(statement, _DEFINITIONS)
    return _loaded(statement) if is_compound else set()


def _surely_set_by(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id} if statement.value is not None else set()
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef):
        return set(_bound(statement))
    return set()


def _only_says(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but print what is there, or is a text, or ``pass``."""
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    if isinstance(value, ast.Constant):
        return True
    inner = [node for node in ast.walk(value) if node is not value]
    return _is_print(value) and not any(
        isinstance(node, ast.NamedExpr | ast.Await)
        or (isinstance(node, ast.Call) and _called(node) not in _LOOKS)
        for node in inner
    )


def _is_print(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and _called(node) == "print"


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


# --- in one form -----------------------------------------------------------------------------


class _Plain:
    """Statements as text without what does not matter, and the names that stand for variables."""

    def __init__(self, concerned: Sequence[ast.stmt]) -> None:
        self.names: dict[str, str] = {}
        for statement in concerned:
            for name in _bound(statement):
                self.names.setdefault(name, f"_{len(self.names)}")
        for statement in concerned:  # a name that an import gives without "as" is no variable
            for alias in (part for part in ast.walk(statement) if isinstance(part, ast.alias)):
                if alias.asname is None:
                    self.names.pop(alias.name.partition(".")[0], None)
        self.text = "\n".join(self._written(statement) for statement in concerned)

    def _written(self, node: Any) -> str:
        if isinstance(node, list):
            return f"[{','.join(map(self._written, node))}]"
        if not isinstance(node, ast.AST):
            return repr(node)
        if _is_print(node):
            return f"print{self._written(list(_told(node.args)))}"
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            return (
                f"raise {self._written(node.exc.func)}{self._written(list(_told(node.exc.args)))}"
            )
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            node = ast.Assign(targets=[node.target], value=node.value)
        return f"{type(node).__name__}({','.join(self._fields(node))})"

    def _fields(self, node: ast.AST) -> Iterator[str]:
        for field, value in ast.iter_fields(node):
            if field in ("ctx", "annotation", "returns", "type_comment", "kind"):
                continue
            if field == "msg" and isinstance(node, ast.Assert):
                continue
            if field == "body" and isinstance(value, list):
                value = [part for part in value if not _only_says(part)]
            is_variable = field == "id" or (
                field in ("name", "arg", "asname") and not isinstance(node, ast.keyword)
            )
            if is_variable and isinstance(value, str) and not _names_a_module(node, field):
                yield self.names.get(value, value)
            else:
                yield self._written(value)


def _names_a_module(node: ast.AST, field: str) -> bool:
    return isinstance(node, ast.alias) and field == "name"


def _told(parts: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """The values in what is printed or raised, without the texts around them."""
    for part in parts:
        if isinstance(part, ast.JoinedStr):
            yield from (it.value for it in part.values if isinstance(it, ast.FormattedValue))
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Mod):
            yield from _told([part.left, part.right])
        elif not (isinstance(part, ast.Constant) and isinstance(part.value, str)):
            yield part
