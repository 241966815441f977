"""Asks the person before the index hears the name of a package that is not well known.

The executor calls it for each package that code wants. Names go to the index, so a conversation may
ask for some well-known ones unasked; anything else is a question, which is shown as a call.
"""

from __future__ import annotations

from time import perf_counter

from pyagent.agents.run.setup import Setup
from pyagent.agents.run.state import RunState
from pyagent.executors.known_packages import is_known
from pyagent.protocol import ApprovalRequested, ErrorInfo, ToolFinished, ToolStarted

NAME = "install_package"
"""What the question is called. It is no tool: code installs by importing."""


class PackageQuestions:
    """Decides on the packages of one run: a ``PackageGuard`` for the executor."""

    def __init__(self, setup: Setup, run: RunState) -> None:
        self._setup = setup
        self._run = run

    async def __call__(self, name: str, *, may_ask: bool) -> str:
        """Return why the index may not be asked for a package; empty if it may be."""
        if self._setup.toolbox.approval.ask is None:
            return ""
        step = self._run.bounds.step
        async with self._run.turn_outward() as outward:
            reason = outward.package(name, step, is_known=is_known(name))
            if not reason:
                return ""
            if not may_ask:
                return f"{name} is asked for only while code runs."
            if outward.is_refused(step):
                return "The person did not allow more packages in this step."
            refusal = await self._ask(name, reason)
        return refusal.message if refusal is not None else ""

    async def _ask(self, name: str, reason: str) -> ErrorInfo | None:
        run, started = self._run, perf_counter()
        with run.call(NAME, grace_s=0.0) as number:
            request = ApprovalRequested(
                run_id=run.id,
                step=run.step,
                call_id=number,
                name=NAME,
                arguments={"package": name},
                reason=reason,
            )
            run.emit(
                ToolStarted(
                    run_id=run.id,
                    step=request.step,
                    call_id=number,
                    name=NAME,
                    arguments=request.arguments,
                )
            )
            approval = self._setup.toolbox.approval
            refusal = await approval.refusal_of_package(request, run, self._setup.call_blocking)
            run.emit(
                ToolFinished(
                    run_id=run.id,
                    step=request.step,
                    call_id=number,
                    name=NAME,
                    preview="",
                    error=refusal,
                    seconds=perf_counter() - started,
                )
            )
        return refusal
