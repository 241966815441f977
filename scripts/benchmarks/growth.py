"""Measures how cost grows over the steps of a long run: tokens sent, our own time, memory.

One script of small steps runs with pyagent and, if it is installed, with smolagents. Tokens are
counted by the bytes of requests. The part that a request repeats from the start of the request
before is what a provider has in its cache. Our own time is the time between a reply and the next
request.
"""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncGenerator, Sequence
from importlib.util import find_spec
from itertools import accumulate
from time import perf_counter
from typing import Any

from benchmarks.cpython import QuickModel, step_replies
from benchmarks.report import Figure
from pyagent import CodeAgent
from pyagent.models.base import ModelEvent, ModelRequest, ReplyDone
from support.models.wire_replies import tokens_of

STEPS = 200
EARLY = 10
_WINDOW = 20


class Meter:
    """Counts what one run sends and takes. ``asked`` and ``replied`` enclose the model's part."""

    def __init__(self, *, with_memory: bool) -> None:
        self.sent: list[int] = []
        """The tokens of each request."""
        self.repeated: list[int] = []
        """How many of them repeat the start of the request before."""
        self.own_s: list[float] = []
        self.held: list[int] = []
        """The bytes that are allocated when a request comes."""
        self._with_memory = with_memory
        self._before: list[int] = []
        self._replied_at = 0.0

    def asked(self, texts: Sequence[str]) -> None:
        """Count a request that has come."""
        if self._replied_at:
            self.own_s.append(perf_counter() - self._replied_at)
        if self._with_memory:
            gc.collect()
            self.held.append(tracemalloc.get_traced_memory()[0])
        sizes = [tokens_of(text.encode()) for text in texts]
        marks = [hash(text) for text in texts]
        same = _common(self._before, marks)
        self._before = marks
        self.sent.append(sum(sizes))
        self.repeated.append(sum(sizes[:same]))

    def replied(self) -> None:
        """Note that the reply is complete."""
        self._replied_at = perf_counter()


class MeteredModel(QuickModel):
    """A scripted model whose requests are metered and not kept."""

    def __init__(self, replies: list[str], meter: Meter) -> None:
        super().__init__(replies)
        self._meter = meter

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self._meter.asked([f"{message.role}: {message.content}" for message in request.messages])
        async for event in super().reply(request):
            if isinstance(event, ReplyDone):
                self.requests.clear()
                self._meter.replied()
            yield event


def growth(steps: int = STEPS, *, smolagents: bool | None = None) -> dict[str, Figure]:
    """How much more the later half of the steps costs than the earlier; 1 is a straight line.

    ``smolagents`` says whether smolagents runs the same script; None means if it is installed.
    """
    measured = {"pyagent": _both(ours, steps)}
    if find_spec("smolagents") is not None if smolagents is None else smolagents:
        measured["smolagents"] = _both(theirs, steps)
    details = {name: _details(*meters) for name, meters in measured.items()}
    timed, weighed = measured["pyagent"]
    return {
        "growth_of_input_tokens": Figure(
            value=_bend(timed.sent),
            unit="x",
            at_most=1.1,
            details={name: values["input_tokens"] for name, values in details.items()},
        ),
        "growth_of_uncached_tokens": Figure(
            value=_bend(list(accumulate(_fresh(timed)))),
            unit="x",
            at_most=1.1,
            details={name: values["uncached_tokens"] for name, values in details.items()},
        ),
        "growth_of_own_time": Figure(
            value=_late(timed.own_s) / _early(timed.own_s),
            unit="x",
            at_most=1.5,
            details={name: values["own_ms_a_step"] for name, values in details.items()},
        ),
        "growth_of_memory": Figure(
            value=_bend(weighed.held),
            unit="x",
            at_most=1.3,
            details={name: values["memory_kb"] for name, values in details.items()},
        ),
    }


def ours(steps: int, meter: Meter) -> None:
    """Run the script with a ``CodeAgent`` of ours."""

    async def run() -> None:
        model = MeteredModel(step_replies(steps), meter)
        async with CodeAgent([], model, max_steps=steps) as agent:
            (await agent.arun("Measure.")).raise_for_problem()

    asyncio.run(run())


def theirs(steps: int, meter: Meter) -> None:
    """Run the script with smolagents' ``CodeAgent`` and its local executor."""
    import smolagents as s  # takes most of a second, and may not be installed

    replies = iter(step_replies(steps))

    class Metered(s.Model):  # type: ignore[misc]
        def generate(self, messages: list[Any], **_: Any) -> Any:
            meter.asked([f"{m.role}: {_text(m.content)}" for m in messages])
            code = next(replies).partition("```python\n")[2].removesuffix("\n```")
            usage = s.TokenUsage(
                input_tokens=meter.sent[-1], output_tokens=tokens_of(code.encode())
            )
            reply = f"I run this.\n<code>\n{code}\n</code>"
            meter.replied()
            return s.ChatMessage(role="assistant", content=reply, token_usage=usage)

    agent = s.CodeAgent([], Metered(), max_steps=steps, verbosity_level=s.LogLevel.OFF)
    agent.run("Measure.")


def _both(run: Any, steps: int) -> tuple[Meter, Meter]:
    """Run once with timing, and once more with memory tracing, which would slow the first run."""
    timed, weighed = Meter(with_memory=False), Meter(with_memory=True)
    run(steps, timed)
    tracemalloc.start()
    try:
        run(steps, weighed)
    finally:
        tracemalloc.stop()
    return timed, weighed


def _details(timed: Meter, weighed: Meter) -> dict[str, dict[str, float]]:
    fresh = _fresh(timed)
    first, last = min(EARLY, len(timed.sent) // 4), len(timed.sent) - 1
    return {
        "input_tokens": {
            f"step_{first}": timed.sent[first],
            f"step_{last}": timed.sent[last],
            "bend": _bend(timed.sent),
            "all_steps": sum(timed.sent),
        },
        "uncached_tokens": {
            "a_step": sum(fresh[1:]) / len(fresh[1:]),
            "all_steps": sum(fresh),
            "cached_share": sum(timed.repeated) / sum(timed.sent),
        },
        "own_ms_a_step": {"early": _early(timed.own_s) * 1e3, "late": _late(timed.own_s) * 1e3},
        "memory_kb": {
            "gained": (weighed.held[last] - weighed.held[first]) / 1e3,
            "bend": _bend(weighed.held),
        },
    }


def _fresh(meter: Meter) -> list[int]:
    """The tokens of each request that its provider has not seen yet."""
    return [sent - known for sent, known in zip(meter.sent, meter.repeated, strict=True)]


def _bend(values: Sequence[float]) -> float:
    """Growth over the later half of the steps divided by that over the earlier; 1 is a line."""
    first, last = min(EARLY, len(values) // 4), len(values) - 1
    middle = (first + last) // 2
    earlier = (values[middle] - values[first]) / (middle - first)
    return (values[last] - values[middle]) / (last - middle) / earlier


def _early(values: Sequence[float]) -> float:
    """The least of some early steps, so that a busy machine makes no difference."""
    first = min(EARLY, len(values) // 4)
    return min(values[first : first + _WINDOW])


def _late(values: Sequence[float]) -> float:
    """The least of the last steps."""
    return min(values[-_WINDOW:])


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """How many items at the start are the same in both."""
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _text(content: Any) -> str:
    """The text of a message's content in smolagents."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or ())
