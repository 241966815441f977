"""What every executor does, as plain async functions: ``CASES``, by name.

A case takes a started executor with an empty namespace. It needs only pyagent and the standard
library, so it also runs inside a browser's agent worker. The cases are in the files beside this
one; importing ``all_cases`` fills ``CASES``.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pyagent.executors.base import Executor, ToolHandler
from pyagent.protocol import (
    Bundle,
    Display,
    ErrorInfo,
    Executed,
    Json,
    ToolCall,
    ToolParameter,
    ToolReturn,
    ToolStub,
)

Case = Callable[[Executor], Awaitable[None]]
CASES: dict[str, Case] = {}

LIMIT_S = 60.0
"""The longest wait of any case, for a slow machine. A case that works takes far less."""

TABLE = "application/vnd.dataresource+json"


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@dataclass
class Outcome:
    """Everything that one step reported."""

    executed: Executed
    stdout: str = ""
    stderr: str = ""
    displays: list[Bundle] = field(default_factory=list)

    @property
    def error(self) -> ErrorInfo:
        assert self.executed.error is not None, self.executed
        return self.executed.error

    @property
    def value(self) -> Bundle:
        assert self.executed.value is not None, self.executed
        return self.executed.value

    @property
    def text(self) -> str:
        text = self.value["text/plain"]
        assert isinstance(text, str)
        return text

    @property
    def answer(self) -> Json:
        assert self.executed.answer is not None, self.executed
        return self.executed.answer.value


async def run(executor: Executor, code: str, deadline_s: float | None = 30.0) -> Outcome:
    """Run a step to its end. The caller checks for errors."""
    outcome = Outcome(executed=Executed(id=-1))
    async with asyncio.timeout(LIMIT_S):
        async for event in executor.execute(code, deadline_s=deadline_s):
            assert outcome.executed.id == -1, "an event came after Executed"
            if isinstance(event, Executed):
                outcome.executed = event
            elif isinstance(event, Display):
                outcome.displays.append(event.bundle)
            elif event.stream == "stdout":
                outcome.stdout += event.text
            else:
                outcome.stderr += event.text
    assert outcome.executed.id != -1, "no Executed came"
    return outcome


async def run_ok(executor: Executor, code: str, deadline_s: float | None = 30.0) -> Outcome:
    """Run a step that must not fail."""
    outcome = await run(executor, code, deadline_s)
    assert outcome.executed.error is None, outcome.executed.error
    return outcome


async def offer(executor: Executor, handler: ToolHandler, *signatures: str) -> None:
    """Define tools from ``name(arguments) -> type``."""
    stubs = []
    for text in signatures:
        stubs.append(_stub(text))
    await executor.define_tools(stubs, handler)


def _stub(text: str) -> ToolStub:
    name, _, rest = text.partition("(")
    head = ast.parse(f"def {text}: ...").body[0]
    assert isinstance(head, ast.FunctionDef)
    given, more = head.args, head.args.kwarg
    defaults = [None] * (len(given.args) - len(given.defaults)) + given.defaults
    parameters = [
        *map(_parameter, given.args, defaults),
        *(
            _parameter(arg, value, "keyword_only")
            for arg, value in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        ),
        *([_parameter(more, None, "more")] if more else []),
    ]
    doc = f"What {name} does."
    return ToolStub(name=name, signature=f"({rest}", doc=doc, parameters=parameters)


def _parameter(arg: ast.arg, default: ast.expr | None, kind: Any = "usual") -> ToolParameter:
    return ToolParameter(
        name=arg.arg,
        hint=ast.unparse(arg.annotation) if arg.annotation else "Any",
        kind=kind,
        required=default is None,
        default=[] if default is None else [ast.literal_eval(default)],
    )


async def echo(call: ToolCall) -> ToolReturn:
    return ToolReturn(call_id=call.call_id, value=[call.name, call.args, call.kwargs])


async def close(steps: AsyncIterator[object]) -> None:
    close = getattr(steps, "aclose", None)
    assert close is not None
    async with asyncio.timeout(LIMIT_S):
        await close()


@asynccontextmanager
async def in_time(executor: Executor, deadline_s: float) -> AsyncIterator[None]:
    """Limit the block to the deadline, with room for a busy machine. Starting does not count."""
    await executor.start()
    async with asyncio.timeout(1.2 * deadline_s + 5):
        yield
