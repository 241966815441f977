"""Asks a person for approval before a tool runs: ``approve`` and ``on_approval``."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any, TypeAlias

from pyagent.agents.run.state import RunState
from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.protocol import ApprovalRequested, ErrorInfo, InputRequested
from pyagent.texts import as_text

logger = logging.getLogger(__name__)

Verdict: TypeAlias = bool | str
"""True allows the call. False refuses it; so does a text, which gives the model the reason."""
OnApproval: TypeAlias = Callable[[ApprovalRequested], Verdict | Awaitable[Verdict]]
OnInput: TypeAlias = Callable[[InputRequested], str | Awaitable[str | None] | None]
"""Answers what code wants to know; see ``questions``."""


class Approval:
    """Which tools need approval, and the function that is asked. ``*`` in ``names`` means all."""

    def __init__(self, names: Collection[str] = (), ask: OnApproval | None = None) -> None:
        if isinstance(names, str) or not isinstance(names, Collection):
            raise TypeError("approve must be a list of names of tools, not one string or tool.")
        if names and ask is None:
            raise ValueError("approve names tools, but nobody is there to ask. Give on_approval.")
        self.names = frozenset(getattr(name, "name", name) for name in names)
        self.ask = ask
        self._turn = asyncio.Lock()

    def check_names(self, tools: Collection[str]) -> None:
        """Raise ``ValueError`` for a name that no tool has: its tool would run unasked."""
        unknown = sorted(map(repr, self.names - {"*", *tools}))
        if unknown:
            there = ", ".join(tools) or "none"
            raise ValueError(
                f"approve names {', '.join(unknown)}, but no tool is called so. There is: {there}."
            )

    def concerns(self, name: str) -> bool:
        """Whether the tool needs approval."""
        return name in self.names or "*" in self.names

    async def refusal(
        self, request: ApprovalRequested, run: RunState, call_blocking: CallBlocking
    ) -> ErrorInfo | None:
        """Ask whether the call may run; return why not, or None when it may.

        The deadline of the code does not run while the person decides.
        """
        run.emit(request)
        with run.hold_deadline():
            try:
                verdict = await self._verdict(request, call_blocking)
            except Exception:
                # If nobody can be asked, the call is refused.
                logger.exception("Asking whether %s may run failed", request.name)
                verdict = "the question could not be asked."
        if verdict is True:
            return None
        reason = f" They said: {verdict}" if isinstance(verdict, str) and verdict else ""
        return ErrorInfo(
            type="NotApproved",
            message=f"The person did not allow {request.name}() with these arguments.{reason} "
            "Do not try it again in the same way.",
        )

    async def refusal_beyond(
        self, request: ApprovalRequested, run: RunState, call_blocking: CallBlocking
    ) -> ErrorInfo | None:
        """Let a call that fetches go within the conversation's bounds, and ask about more.

        Returns why it may not run, or None when it may. Where nobody can be asked, it may.
        """
        if self.ask is None:
            return None
        step = run.bounds.step
        chars = sum(len(as_text(value)) for value in request.arguments.values())
        async with run.turn_outward() as outward:
            if not (reason := outward.fetch(chars, step)):
                return None
            if outward.is_refused(step):
                return _refused_before(request.name)
            asked = replace(request, reason=reason)
            refusal = await self.refusal(asked, run, call_blocking)
            outward.allowed() if refusal is None else outward.refused(step)
            return refusal

    async def refusal_of_package(
        self, request: ApprovalRequested, run: RunState, call_blocking: CallBlocking
    ) -> ErrorInfo | None:
        """Ask whether the index may be asked for a package, whose name is the only argument."""
        outward, step = run.bounds.outward, run.bounds.step
        refusal = await self.refusal(request, run, call_blocking)
        if refusal is None:
            outward.allowed(str(request.arguments["package"]))
        else:
            outward.refused(step)
        return refusal

    async def _verdict(self, request: ApprovalRequested, call_blocking: CallBlocking) -> Any:
        assert self.ask is not None
        if inspect.iscoroutinefunction(self.ask):
            return await self.ask(request)
        async with self._turn:  # a function that uses input() must ask one question at a time
            return await call_either(call_blocking, self.ask, request)


def _refused_before(name: str) -> ErrorInfo:
    return ErrorInfo(
        type="NotApproved",
        message=f"The person did not allow more calls of {name}() in this step.",
    )
