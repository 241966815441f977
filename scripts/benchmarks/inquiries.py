"""1,000 inquiries over 10 agents at once, against one after another: docs/examples/inquiries.py.

The model takes a while for each reply, as a hosted one does; what is left of ten times the speed is
what our own work costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

from benchmarks.report import Figure
from inquiries import ESCALATED, INSTRUCTIONS, QUESTIONS, order_status, verdict
from pyagent import BatchSummary, ChatMessage, ScriptedModel, ToolCallingAgent
from pyagent.messages import ToolUse

COUNT = 1_000
SAMPLE = 100
AGENTS = 10
REPLY_S = 0.05
_FOR_A_PERSON = ("money back", "lawyer", "charged")


class Desk(ScriptedModel):
    """Looks each order up and answers; passes on what a person must decide."""

    def __init__(self, *, reply_s: float = 0.0) -> None:
        super().__init__(supports_tools=True, delay_s=reply_s)

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        self.requests.clear()
        task = messages[1].content
        if any(words in task for words in _FOR_A_PERSON):
            return _calls("final_answer", answer=ESCALATED)
        if messages[-1].role == "tool":
            return _calls("final_answer", answer="It arrives tomorrow.")
        return _calls("order_status", number=int("".join(filter(str.isdigit, task))))


def inquiries(
    count: int = COUNT, *, sample: int = SAMPLE, reply_s: float = REPLY_S
) -> dict[str, Figure]:
    """All by ten agents, and ``sample`` of them by one."""
    tasks = [text.format(number) for number, text in enumerate(islice(cycle(QUESTIONS), count))]
    model = Desk(reply_s=reply_s)
    together = _solved(model, tasks, AGENTS)
    alone = _solved(model, tasks[:sample], 1)
    return {
        "inquiries_together": Figure(
            value=together.per_second / alone.per_second,
            unit="x",
            at_least=9,
            details={
                "counts": dict(together.counts),
                "resolution_rate": together.share("answered"),
                "seconds": together.seconds,
                "one_after_another_s": count / alone.per_second,
                "agents": AGENTS,
                "model_s_a_reply": reply_s,
            },
        )
    }


def _solved(model: Desk, tasks: list[str], agents: int) -> BatchSummary:
    with ToolCallingAgent([order_status], model, instructions=INSTRUCTIONS) as agent:
        batch = agent.map(tasks, concurrency=agents, count_by=verdict)
        for _ in batch:
            pass
    return batch.summary


def _calls(name: str, **arguments: Any) -> list[str | ToolUse]:
    return ["…", ToolUse(id="call", name=name, arguments=arguments)]
