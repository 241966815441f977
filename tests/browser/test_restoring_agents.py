"""A managed agent that was at work when its caller's run was interrupted begins anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyagent.messages import ChatMessage
from pyagent.protocol import AddAgent, Json, ToolReturn
from support.browser.kept import Journal, KeepingPage, StepsModel, with_worker
from support.browser.page_end import PageEnd

CALLER = ("x = 1", "final_answer([x, helper('Order it.')])")
HELPER = ("got = order(to='a')", "final_answer(['got' in globals(), got])")


class TwoAgents(StepsModel):
    """Gives the replies of the caller, and those of the agent that it calls."""

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        is_helper = any("Task: Order it." in message.content for message in messages)
        self._steps = HELPER if is_helper else CALLER
        return super().reply_to(messages)


def worked(journal: Journal, made: list[Json], *, resume: bool) -> Any:
    """Do the task, or go on with it. Returns the page and the output."""

    def order(to: str) -> Json:
        made.append(to)
        return len(made)

    outcome: list[Any] = []

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, Journal() if not resume else journal, {"order": order})
        page.add_tools()
        end.send(AddAgent(name="helper", description="Orders.", kind="code", tools=["order"]))
        finished = await (page.resume("r1") if resume else page.begin("r1", {}))
        outcome.extend([page, finished.output])

    with_worker(scenario, TwoAgents([]))
    return outcome


def test_it_is_called_anew_and_what_it_did_is_not_done_twice() -> None:
    made: list[Json] = []
    page, output = worked(Journal(), made, resume=False)
    assert (output, made) == ([1, [True, 1]], ["a"])
    journal = Journal()
    for message, buffers in page.messages:  # killed after the managed agent's first call
        journal.take(message, buffers)
        if isinstance(message, ToolReturn):
            break

    page, output = worked(journal, made, resume=True)

    assert (output, made) == ([1, [True, 1]], ["a"])
    assert page.questions == []
