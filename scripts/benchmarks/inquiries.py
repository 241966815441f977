"""1,000 inquiries to 10 agents at once, and one after another: docs/examples/inquiries.py.

The model takes a while for each reply, as a hosted one does. What is missing from ten times the
speed is the cost of our own work.
"""

from __future__ import annotations

from itertools import cycle, islice

from benchmarks.report import Figure
from inquiries import INSTRUCTIONS, QUESTIONS, order_status, verdict
from pyagent import BatchSummary, CodeAgent, ToolCallingAgent
from pyagent.agents.base import Agent
from support.agents.desk import CodeDesk, Desk

COUNT = 1_000
SAMPLE = 100
AGENTS = 10
REPLY_S = 0.05
CODE_COUNT = 100
CODE_SAMPLE = 10
CODE_REPLY_S = 1.0


def inquiries(
    count: int = COUNT, *, sample: int = SAMPLE, reply_s: float = REPLY_S
) -> dict[str, Figure]:
    """Ten agents solve all inquiries, and one agent solves ``sample`` of them."""
    model = Desk(reply_s=reply_s)
    return {"inquiries_together": _compared(ToolCallingAgent, model, count, sample, at_least=9)}


def inquiries_by_code(
    count: int = CODE_COUNT, *, sample: int = CODE_SAMPLE, reply_s: float = CODE_REPLY_S
) -> dict[str, Figure]:
    """The same with code, each in a fresh process, whose start takes time of the cores."""
    model = CodeDesk(reply_s=reply_s)
    return {"inquiries_together_code": _compared(CodeAgent, model, count, sample)}


def _compared(
    kind: type[Agent], model: Desk, count: int, sample: int, *, at_least: float | None = None
) -> Figure:
    tasks = [text.format(number) for number, text in enumerate(islice(cycle(QUESTIONS), count))]
    with kind([order_status], model, instructions=INSTRUCTIONS) as agent:
        together = _solved(agent, tasks, AGENTS)
        alone = _solved(agent, tasks[:sample], 1)
    return Figure(
        value=together.per_second / alone.per_second,
        unit="x",
        at_least=at_least,
        details={
            "counts": dict(together.counts),
            "resolution_rate": together.share("answered"),
            "seconds": together.seconds,
            "one_after_another_s": count / alone.per_second,
            "agents": AGENTS,
            "model_s_a_reply": model.reply_s,
        },
    )


def _solved(agent: Agent, tasks: list[str], agents: int) -> BatchSummary:
    batch = agent.map(tasks, concurrency=agents, count_by=verdict)
    for _ in batch:
        pass
    return batch.summary
