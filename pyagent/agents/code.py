"""``CodeAgent``: the model writes Python, which runs. Its steps are in ``run/code_actor.py``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Unpack

from pyagent.agents.arguments import check_deadline
from pyagent.agents.base import Agent
from pyagent.agents.options import AgentOptions
from pyagent.agents.run.asker import Asker
from pyagent.agents.run.code_actor import CodeActor
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.state import RunState
from pyagent.checked_options import checked
from pyagent.executors.base import Executor
from pyagent.executors.kinds import make_executor
from pyagent.memory import TASK
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.prompts import code_agent_prompt
from pyagent.prompts.small_models import before_task, which_tool, worked_examples
from pyagent.tools.base import Tool

logger = logging.getLogger(__name__)


@cache
def _warn_of_missing(*names: str) -> None:
    """Tell the person of packages that are not installed, once for the same packages."""
    if names:
        logger.warning(
            "authorized_imports names packages that are not installed, so the model is not told "
            "of them: %s.",
            ", ".join(names),
        )


class CodeAgent(Agent):
    """An agent whose model writes Python; tools and managed agents are functions in it.

    ``executor_type`` names where code runs, ``executor_options`` are the options of that executor
    (``executor_kwargs`` is another name for them).
    Or give an ``executor`` of your own, which you must also close. The sandbox lasts between runs.
    ``deadline_s`` is the most seconds that the code of a step may take. Calls of tools count;
    managed agents and a person's approval do not. Longer code fails with a ``TimeoutError``, and
    the run goes on; ``limits.seconds`` ends the run. ``authorized_imports`` are packages that the
    model is told of if they are installed; the executor decides what can really be imported.
    ``structured_output`` lets a model that supports schemas reply with JSON that holds the code,
    instead of a fenced block. The other options are ``AgentOptions``.
    """

    @checked
    def __init__(
        self,
        tools: Sequence[Tool] = (),
        model: Model | None = None,
        *,
        executor_type: str = "local",
        executor: Executor | None = None,
        executor_options: Mapping[str, Any] | None = None,
        executor_kwargs: Mapping[str, Any] | None = None,
        authorized_imports: Sequence[str] = (),
        deadline_s: float = 60.0,
        structured_output: bool = False,
        **options: Unpack[AgentOptions],
    ) -> None:
        super().__init__(tools, model, **options)
        check_deadline(deadline_s)
        self.executor_type = executor_type
        self.authorized_imports = tuple(authorized_imports)
        self.deadline_s = deadline_s
        self.structured_output = structured_output
        self._given_executor = executor
        self._owns_executor = executor is None
        if executor_options and executor_kwargs:
            raise TypeError("executor_options and executor_kwargs are two names; give one.")
        self.executor_kwargs = dict(executor_options or executor_kwargs or {})
        if executor is not None and self.executor_kwargs:
            raise ValueError("executor_options are for executor_type; an executor has its own.")
        self._executor = executor or make_executor(executor_type, self.executor_kwargs)
        there = self._packages
        _warn_of_missing(*(name for name in self._named_imports if name not in there))

    @property
    def system_prompt(self) -> str:
        return code_agent_prompt(
            short=self.model.prompt_style == "short",
            structured=self._is_structured,
            tools=self.tools.stubs(),
            packages=self._packages,
            instructions=self.instructions,
        )

    @property
    def _packages(self) -> list[str]:
        """The packages that the prompt names: those that the code can import.

        ``*``, which allows every import in smolagents, names none.
        """
        return [name for name in self._named_imports if self._executor.can_import(name)]

    @property
    def _named_imports(self) -> list[str]:
        names = (name.removesuffix(".*") for name in self.authorized_imports)
        return [name for name in names if name and name != "*"]

    @property
    def executor_options(self) -> dict[str, Any]:
        """The options of the executor, also called ``executor_kwargs``."""
        return self.executor_kwargs

    @property
    def is_isolated(self) -> bool:
        """Whether the executor keeps code from the files, processes and network of this machine."""
        return self._executor.is_isolated

    @property
    def _facts(self) -> list[str]:
        return [*super()._facts, f"code runs in {self.executor_type}"]

    @property
    def _notes(self) -> list[str]:
        imports = ", ".join(self.authorized_imports)
        return [f"imports: {imports}"] if imports else []

    @property
    def opening(self) -> list[ChatMessage]:
        return self._begin_with(tools=bool(self.tools.stubs()))

    def _opening_without_tools(self) -> list[ChatMessage]:
        return self._begin_with(tools=False)

    def _begin_with(self, *, tools: bool) -> list[ChatMessage]:
        """The system prompt and, for a small model, the examples with or without tools."""
        if self.model.prompt_style == "full":
            return super().opening
        examples = worked_examples(structured=self._is_structured, with_tools=tools)
        return [*super().opening, *examples]

    @property
    def before_task(self) -> str:
        return before_task(self.tools.stubs()) if self.model.prompt_style == "short" else ""

    @property
    def _is_structured(self) -> bool:
        return self.structured_output and self.model.supports_schema

    async def prepare(self) -> None:
        """Start the sandbox and let a local model read the fixed part of the prompt, in advance."""
        await asyncio.gather(self._executor.start(), self._read_ahead())

    async def _read_ahead(self) -> None:
        if self.model.prompt_style == "full":
            return await super().prepare()
        await self.model.prepare(*self._beginnings())

    def _beginnings(self) -> list[list[ChatMessage]]:
        """What the requests to a small model begin with, the first request first.

        With tools there are up to four kinds of requests; see ``ToolChoice``.
        """
        stubs = self.tools.stubs()
        first = [*self._opening_without_tools(), ChatMessage(role="user", content=TASK)]
        if not stubs:
            return [first]
        begun = ChatMessage(role="user", content=f"{self.before_task}{TASK}")
        with_tools = [*self.opening, begun]
        choosing = [which_tool(stubs, "", or_none=False)] if len(stubs) > 1 else []
        if self.planning_interval is not None:  # then a step without tools is not tried
            return [with_tools, *choosing]
        return [first, *choosing, with_tools, which_tool(stubs, "", or_none=True)]

    async def aclear(self) -> None:
        """Forget the conversation, the variables and the files. The totals stay."""
        await super().aclear()
        await self._executor.reset()

    async def read_file(self, path: str) -> bytes:
        """Read a file from the work folder. Raises ``FileError``."""
        self._slot.bind_loop()
        return await self._executor.read_file(path)

    async def aclose(self) -> None:
        """Stop the run and end the sandbox. The model stays open for other agents."""
        try:
            await super().aclose()
        finally:
            if self._owns_executor:
                await self._executor.aclose()

    def _actor(self, setup: Setup, run: RunState, asker: Asker) -> CodeActor:
        return CodeActor(
            setup,
            run,
            asker,
            executor=self._executor,
            variables=self.variables,
            deadline_s=self.deadline_s,
            structured=self.structured_output,
            opening_without_tools=self._opening_without_tools,
        )

    def copy(self) -> CodeAgent:
        agent = super().copy()
        agent._owns_executor = True
        agent._given_executor = self._given_executor
        agent.executor_kwargs = self.executor_kwargs
        return agent

    def _unshared(self) -> dict[str, Any]:
        return super()._unshared() | {
            "executor": self._executor.another(),
            "executor_kwargs": None,
        }

    async def _checkpoint(self) -> bytes:
        return await self._executor.checkpoint()

    @property
    def _lost(self) -> dict[str, str]:
        return dict(self._executor.not_kept)

    def _restore(self, checkpoint: bytes) -> None:
        self._executor.restore(checkpoint)
        self.tools.bounds.outward.note_saved_files()

    def _arguments(self) -> dict[str, Any]:
        return super()._arguments() | {
            "executor_type": self.executor_type,
            "executor": self._given_executor,
            "executor_kwargs": self.executor_kwargs,
            "authorized_imports": self.authorized_imports,
            "deadline_s": self.deadline_s,
            "structured_output": self.structured_output,
        }
