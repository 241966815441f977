"""``Toolbox``: the tools of an agent, and how their calls are answered.

A call passes through the methods below ``handler``, each with one concern: events, approval,
errors, and at last the tool itself.
"""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter

from pyagent.agents.approval import Approval
from pyagent.agents.arguments import not_a_tool
from pyagent.agents.questions import Questions
from pyagent.agents.run.bounds import Bounds
from pyagent.agents.run.resuming.made_calls import MAY_BE_MADE, NotedCall, nobody_to_ask
from pyagent.agents.run.state import RunState
from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import AgentError, ToolDefinitionError, ToolError
from pyagent.executors.base import ToolHandler
from pyagent.messages import ToolSpec
from pyagent.other_names import TOOLBOX_ATTRIBUTES, Explained
from pyagent.pictures import in_words
from pyagent.protocol import (
    ApprovalRequested,
    ErrorInfo,
    Json,
    ToolCall,
    ToolFinished,
    ToolReturn,
    ToolStarted,
    ToolStub,
)
from pyagent.sandbox.asking import INPUT
from pyagent.texts import as_text, cut_middle
from pyagent.tools.base import SchemaTool, Tool

FINAL_ANSWER = "final_answer"
RESERVED = {FINAL_ANSWER, "display", "HTML", "SVG", "Markdown", "Image", "print", INPUT}
CLOSE_TIMEOUT_S = 10.0
"""How long a tool may take to close before the next one is closed."""
_PREVIEW_CHARS = 500
_ARGUMENT_CHARS = 2_000


logger = logging.getLogger(__name__)


class RunAwareTool(Tool):
    """A tool that gets the state of the run that calls it, as a managed agent needs."""

    @abstractmethod
    async def call_in(self, call: ToolCall, run: RunState) -> Json:
        """Answer ``call`` as part of ``run``. Raises ``ToolError``, which the model reads."""


class Toolbox(Explained):
    """Tools by name, in the order in which they were added. Closing it closes them."""

    other_attributes = TOOLBOX_ATTRIBUTES

    def __init__(
        self, tools: Iterable[Tool], call_blocking: CallBlocking, approval: Approval | None = None
    ) -> None:
        self.approval = approval or Approval()
        self.questions = Questions()
        self.bounds = Bounds()
        """What the conversation has used of its bounds."""
        self._call_blocking = call_blocking
        self._tools: dict[str, Tool] = {}
        self._former: list[Tool] = []
        """Tools with an ``aclose`` that were removed or replaced, to be closed with the others."""
        for tool in tools:
            if getattr(tool, "name", None) in self._tools:
                raise ToolDefinitionError(f"Two tools are called '{tool.name}'.")
            self.add(tool)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __contains__(self, name: str) -> bool:
        return name in self._tools

    def __getitem__(self, name: str) -> Tool:
        if name not in self._tools:
            there = ", ".join(self._tools) or "none"
            raise KeyError(f"There is no tool {name!r}. There is: {there}.")
        return self._tools[name]

    def __setitem__(self, name: str, tool: Tool) -> None:
        if getattr(tool, "name", name) != name:
            raise ValueError(f"The tool is called {tool.name!r} and not {name!r}: use add(tool).")
        self.add(tool)

    def __delitem__(self, name: str) -> None:
        self.remove(self[name].name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{', '.join(self._tools)}])"

    def add(self, tool: Tool) -> None:
        """Add a tool, or replace the one of that name. Raises ``ToolDefinitionError``."""
        if not isinstance(tool, Tool):
            raise not_a_tool(tool)
        if tool.in_guest:
            return
        if tool.name in RESERVED and not _ends_runs(tool):
            raise ToolDefinitionError(f"A tool cannot be called '{tool.name}'.")
        former = self._tools.get(tool.name)
        self._tools[tool.name] = tool
        tool.held_by(self)
        self._former = [kept for kept in self._former if kept is not tool]
        if former is not None and former is not tool:
            self._retire(former)

    def remove(self, name: str) -> None:
        """Remove a tool, if it is there. It is closed together with the others."""
        if (tool := self._tools.pop(name, None)) is not None:
            self._retire(tool)

    def _retire(self, tool: Tool) -> None:
        if tool.can_close:
            self._former.append(tool)

    def hold(self) -> None:
        """Keep the tools open until ``aclose``. A run begins with this, as it may follow one."""
        for tool in self:
            tool.held_by(self)

    def stubs(self) -> list[ToolStub]:
        """What the guest and the prompt need to know of the tools."""
        return [tool.stub() for tool in self]

    def specs(self) -> list[ToolSpec]:
        """What a model with tool calls needs to know of the tools."""
        return [
            ToolSpec(name=tool.name, description=tool.description, parameters=tool.parameters)
            for tool in self
        ]

    def image_parameters(self, name: str) -> tuple[str, ...]:
        """The parameters of a tool that take images; none for a tool that is not there."""
        tool = self._tools.get(name)
        return tool.image_parameters if tool is not None else ()

    def receive_files(self, files: Mapping[str, bytes]) -> list[str]:
        """Give the files of a task to the tools. Returns what the model should know about that."""
        return [note for tool in self if (note := tool.receive_files(files))]

    def reset(self) -> None:
        """Make the tools forget what belongs to the conversation, and its bounds begin anew."""
        self.bounds.reset()
        for tool in self:
            tool.reset()

    async def aclose(self) -> None:
        """Close the tools that no other toolbox holds, managed agents included."""
        await self._let_go(list(self))
        await self.close_former()

    async def close_former(self) -> None:
        """Close the tools that were removed or replaced, unless another toolbox holds them."""
        former, self._former = self._former, []
        await self._let_go(former)

    async def _let_go(self, tools: Iterable[Tool]) -> None:
        for tool in tools:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await tool.let_go(self)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                logger.warning("The tool %s cancelled its own closing", tool.name)
            except Exception:
                # A tool that cannot be closed must not keep the others open.
                logger.exception("The tool %s could not be closed", tool.name)

    def handler(self, run: RunState, *, for_code: bool = False) -> ToolHandler:
        """Make the function that answers the calls of a run.

        ``for_code`` says that code makes them, whose ``input()`` is a call too.
        """

        async def handle(call: ToolCall) -> ToolReturn:
            # A sandbox may repeat an id, and a new sandbox starts from the first one again. So the
            # run numbers calls itself: a person must allow this call and no other.
            grace_s = self._tools.get(call.name, Tool).stop_grace_s
            with run.call(call.name, grace_s=grace_s) as number:
                try:
                    numbered = ToolCall(
                        call_id=number, name=call.name, args=call.args, kwargs=call.kwargs
                    )
                    if for_code and call.name == INPUT:
                        answer = await self.questions.answer(numbered, run, self._call_blocking)
                    else:
                        answer = await self._answer_with_events(numbered, run)
                except (Exception, asyncio.CancelledError, GeneratorExit):
                    raise
                except BaseException as error:
                    run.leave(error)
                    raise asyncio.CancelledError from error
            return ToolReturn(call_id=call.call_id, value=answer.value, error=answer.error)

        return handle

    async def _answer_with_events(self, call: ToolCall, run: RunState) -> ToolReturn:
        number, started = run.step, perf_counter()
        arguments = self._named_arguments(call)
        run.emit(
            ToolStarted(
                run_id=run.id,
                step=number,
                call_id=call.call_id,
                name=call.name,
                arguments={name: _shortened(value) for name, value in arguments.items()},
            )
        )
        answer = await self._answer_if_approved(call, arguments, run)
        run.emit(
            ToolFinished(
                run_id=run.id,
                step=number,
                call_id=call.call_id,
                name=call.name,
                preview="" if answer.error else _preview(answer.value),
                error=answer.error,
                seconds=perf_counter() - started,
            )
        )
        return answer

    async def _answer_if_approved(
        self, call: ToolCall, arguments: dict[str, Json], run: RunState
    ) -> ToolReturn:
        tool = self._tools.get(call.name)
        noted = run.made_calls.take(tool, call) if tool is not None else None
        if noted is not None and (made := noted.made).is_known:
            return ToolReturn(call_id=call.call_id, value=made.value, error=made.error)
        is_repeated = tool is not None and noted is not None and tool.side_effects
        if noted is not None and is_repeated and self.approval.ask is None:
            run.made_calls.put_back(noted)
            return ToolReturn(call_id=call.call_id, error=nobody_to_ask(call.name))
        is_asked = is_repeated or (tool is not None and self.approval.concerns(call.name))
        if is_asked or (tool is not None and tool.fetches):
            request = ApprovalRequested(
                run_id=run.id,
                step=run.step,
                call_id=call.call_id,
                name=call.name,
                arguments=arguments,
                reason=MAY_BE_MADE if is_repeated else "",
            )
            ask = self.approval.refusal if is_asked else self.approval.refusal_beyond
            refusal = await ask(request, run, self._call_blocking)
            if refusal is not None:
                if noted is not None:
                    run.made_calls.put_back(noted)
                return ToolReturn(call_id=call.call_id, error=refusal)
        if tool is None or not tool.side_effects:
            return await self._answer(call, run)
        return await self._answer_and_note(tool, call, run, noted)

    async def _answer_and_note(
        self, tool: Tool, call: ToolCall, run: RunState, noted: NotedCall | None
    ) -> ToolReturn:
        if isinstance(tool, RunAwareTool):  # its run notes its calls, and can be done again
            answer = await self._answer(call, run)
            if answer.error is None:
                run.made_calls.note(call).ended(answer)
            return answer
        noted = noted or run.made_calls.note(call)
        answer = await self._answer(call, run)
        noted.ended(answer)
        return answer

    async def _answer(self, call: ToolCall, run: RunState) -> ToolReturn:
        tool = self._tools.get(call.name)
        if tool is None:
            return ToolReturn(call_id=call.call_id, error=self._unknown(call.name))
        try:
            value = await self._value(tool, call, run)
        except AgentError as error:
            may_retry = error.can_retry if isinstance(error, ToolError) else True
            info = ErrorInfo(type=type(error).__name__, message=str(error), can_retry=may_retry)
            return ToolReturn(call_id=call.call_id, error=info)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            info = ErrorInfo(type="CancelledError", message=f"{call.name}() cancelled itself.")
            return ToolReturn(call_id=call.call_id, error=info)
        except Exception as error:
            # Whatever a tool raises is for the model to read.
            info = ErrorInfo(type=type(error).__name__, message=f"{call.name}() failed: {error}")
            return ToolReturn(call_id=call.call_id, error=info)
        return ToolReturn(call_id=call.call_id, value=value)

    async def _value(self, tool: Tool, call: ToolCall, run: RunState) -> Json:
        if isinstance(tool, RunAwareTool):
            return await tool.call_in(call, run)
        try:
            return await tool.call(call.args, call.kwargs, call_blocking=self._call_blocking)
        except SystemExit as error:
            # A tool may be a program for the terminal. A managed agent's exit is a person's wish.
            raise ToolError(f"{call.name}() failed: SystemExit: {error}") from error

    def _unknown(self, name: str) -> ErrorInfo:
        there = ", ".join(self._tools) or "none"
        return ErrorInfo(type="NameError", message=f"There is no tool '{name}'. There is: {there}.")

    def _named_arguments(self, call: ToolCall) -> dict[str, Json]:
        """The arguments as a person reads them, with words in place of images."""
        tool = self._tools.get(call.name)
        names = list(tool.parameters["properties"]) if tool else []
        names += [f"argument_{i + 1}" for i in range(len(names), len(call.args))]
        named = dict(zip(names, call.args, strict=False)) | call.kwargs
        return {name: in_words(value) for name, value in named.items()}


def _ends_runs(tool: Tool) -> bool:
    """Whether a program has written this tool to end runs. A page or a server may not do so."""
    return tool.name == FINAL_ANSWER and not isinstance(tool, SchemaTool | RunAwareTool)


def _shortened(value: Json) -> Json:
    """The value, or the start and end of its text when it is long."""
    text = as_text(value)
    return value if len(text) <= _ARGUMENT_CHARS else cut_middle(text, _ARGUMENT_CHARS)


def _preview(value: Json) -> str:
    text = as_text(value)
    return text if len(text) <= _PREVIEW_CHARS else f"{text[: _PREVIEW_CHARS - 1]}…"
