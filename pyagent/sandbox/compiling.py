"""Compiles a step's source into code objects: the body to run, the last expression to show."""

from __future__ import annotations

import ast
from collections.abc import Container
from dataclasses import dataclass
from types import CodeType

from pyagent.sandbox.sources import remember_source

PASSING_NAME = "__pyagent_passing__"
"""The builtin that holds the exceptions which handlers in the code must not catch."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A step, ready to run. ``last`` is the final expression, None when there is none."""

    body: CodeType | None
    last: CodeType | None
    set_last: tuple[str, ...] = ()
    """The names that the final statement gives values to, if it is an assignment."""


def compile_step(code: str, filename: str, tools: Container[str] = ()) -> Compiled:
    """Compile a step. Top-level ``await`` is allowed.

    Raises SyntaxError, ValueError, RecursionError. Raises NameError for code that defines one of
    ``tools``: small models like to write the function that they should call.
    """
    remember_source(filename, code)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(code, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in tools:
            raise NameError(
                f"{node.name} is already defined as a tool: call it instead of defining it"
            )
    if "try" in code:
        tree = _PassThrough().visit(tree)
    set_last = names_set_last(tree)
    last: CodeType | None = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = ast.Expression(tree.body.pop().value)
        last = compile(expression, filename, "eval", flags, dont_inherit=True)
    body = compile(tree, filename, "exec", flags, dont_inherit=True) if tree.body else None
    return Compiled(body=body, last=last, set_last=set_last)


def names_set_last(tree: ast.Module) -> tuple[str, ...]:
    """The names in ``a = …``, ``a, b = …``, ``a: int = …`` or ``a += …`` at the end of the code."""
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Assign):
        targets = last.targets
    elif isinstance(last, ast.AnnAssign | ast.AugAssign):
        targets = [last.target]
    else:
        return ()
    nodes = (node for target in targets for node in ast.walk(target))
    stored = (n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return tuple(dict.fromkeys(stored))


class _PassThrough(ast.NodeTransformer):
    """Gives each ``try`` a first handler that lets the exceptions of ``PASSING_NAME`` through.

    The handler costs nothing until an exception is raised. ``try`` with ``except*`` stays as it
    is, because Python does not allow both kinds of handler in one ``try``.
    """

    def visit_Try(self, node: ast.Try) -> ast.AST:
        self.generic_visit(node)
        if node.handlers:
            where = node.handlers[0]
            handler = ast.ExceptHandler(
                type=ast.Name(id=PASSING_NAME, ctx=ast.Load()), name=None, body=[ast.Raise()]
            )
            for new in ast.walk(handler):
                ast.copy_location(new, where)
            node.handlers.insert(0, handler)
        return node
