"""Many tasks at once: ``agent.map`` and ``agent.amap`` return a ``Batch`` or ``AsyncBatch``.

At most ``concurrency`` copies of the agent work, and each forgets a task before it takes the next
one. The memory and the sandbox of the agent itself are not touched.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sized,
)
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, Self, TypeAlias, TypedDict, cast
from weakref import ref

from pyagent.agents.copies import Copyable
from pyagent.agents.result import RunResult, Timing, add_usage, problem_of
from pyagent.agents.run.options import RunOptions
from pyagent.checked_options import checked
from pyagent.concurrency import background
from pyagent.concurrency.sync_iterator import SyncIterator
from pyagent.errors import AgentError
from pyagent.protocol import Event, TokenUsage

Tasks: TypeAlias = Iterable[str | Mapping[str, Any]] | AsyncIterable[str | Mapping[str, Any]]
"""Texts, or mappings with ``task`` and the options of ``RunOptions``."""
OnEvent: TypeAlias = Callable[[int, Event], Any]
CountBy: TypeAlias = Callable[[RunResult], str]

_END = object()


class MapOptions(TypedDict, total=False):
    """The keyword arguments of ``map`` and ``amap``."""

    concurrency: int
    """The most agents that work at the same time; 10 by default."""
    on_event: OnEvent | None
    """Called with the index of a task and each event of its run. May be async."""
    count_by: CountBy | None
    """Returns the name under which the summary counts a result; None for the result's reason."""
    engine: Literal["local", "ray"]
    """Where the agents work: in this process, or in the workers of a Ray cluster."""
    workers: int | None
    """With ``engine="ray"``, the number of worker processes; by default one for each core."""
    ray_options: Mapping[str, Any] | None
    """With ``engine="ray"``, arguments for ``ray.init``, such as ``address``."""


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """A task that is done, whether it was solved or not."""

    index: int
    """The place of the task among all tasks, from 0."""
    task: str
    result: RunResult
    done: int
    """How many tasks are done, this one included."""
    total: int | None
    """How many tasks there are; None if their number is not known."""
    seconds: float
    """The time since the batch began."""


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """Adds up the results of the tasks that are done."""

    done: int = 0
    answered: int = 0
    """How many results are a success."""
    counts: Mapping[str, int]
    """How many results there are by reason, or by what ``count_by`` returns."""
    token_usage: TokenUsage
    seconds: float
    """The time from the start of the first task to the end of the last one."""

    @property
    def answered_rate(self) -> float:
        """The share of tasks that were answered, from 0 to 1."""
        return self.answered / self.done if self.done else 0.0

    @property
    def cost(self) -> float | None:
        """The cost in US dollars; None unless the cost of every run is known."""
        return self.token_usage.cost_usd

    @property
    def per_second(self) -> float:
        """How many tasks were done per second."""
        return self.done / self.seconds if self.seconds else 0.0

    def share(self, name: str) -> float:
        """The share of the results counted as ``name``, from 0 to 1."""
        return self.counts.get(name, 0) / self.done if self.done else 0.0


class AsyncBatch(AsyncIterator[BatchItem]):
    """Yields results as they complete. ``agent.amap`` makes and documents it.

    ``aclose`` stops all runs and ends the batch, even while it is being read elsewhere. Leaving an
    ``async with`` block does the same.
    """

    called_as = "map()"
    """How a program made this, for errors about its options."""

    @checked
    def __init__(
        self,
        agent: Copyable,
        tasks: Tasks,
        *,
        concurrency: int = 10,
        on_event: OnEvent | None = None,
        count_by: CountBy | None = None,
    ) -> None:
        if isinstance(tasks, str | Mapping) or not isinstance(tasks, Iterable | AsyncIterable):
            raise TypeError("tasks must be a list of tasks, not a single task.")
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1.")
        self._agent = agent
        self._source = _Source(tasks)
        self._total = len(tasks) if isinstance(tasks, Sized) else None
        self._concurrency = concurrency
        self._on_event = on_event
        self._count_by = count_by or (lambda result: result.reason)
        self._started = 0.0
        self.summary = BatchSummary(counts={}, token_usage=TokenUsage(), seconds=0.0)
        """The summary of what is done so far."""
        self._done: asyncio.Queue[tuple[int, str, RunResult] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(concurrency)
        """Each result holds it until somebody reads the result: unread results pause the work."""
        self._copies: list[Copyable] = []
        """The copies at work. They are closed when all workers have ended."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._stopped = False
        self._raised: BaseException | None = None
        """An exception that ends more than the batch, such as ``SystemExit``."""
        self._items = self._work()
        self._reading = asyncio.Lock()
        """Held while somebody waits for an item: ``aclose`` lets that reader finish first."""

    async def __anext__(self) -> BatchItem:
        async with self._reading:
            return await anext(self._items)

    async def aclose(self) -> None:
        """Stop all runs and end their sandboxes. Does nothing when everything is done."""
        self._stop()
        async with self._reading:
            await self._items.aclose()
            await self._end()  # the generator's own call may have been cancelled halfway

    def interrupt(self) -> None:
        """Stop all runs without waiting, in any thread. The batch must have begun."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if not self._stopped:  # a second cancellation would cut the ends of runs short
            self._stopped = True
            for worker in self._workers:
                worker.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _work(self) -> AsyncGenerator[BatchItem, None]:
        self._started = perf_counter()
        self._loop = asyncio.get_running_loop()
        self._workers = [asyncio.create_task(self._worker()) for _ in range(self._concurrency)]
        for worker in self._workers:
            worker.add_done_callback(lambda _: self._done.put_nowait(None))
        self._agent.batches.add(ref(self))
        try:
            left = len(self._workers)
            while left:
                done = await self._done.get()
                if self._stopped:
                    break
                if done is None:
                    left -= 1
                    continue
                self._room.release()
                yield self._count(*done)
        finally:
            self._agent.batches.discard(ref(self))
            self._stop()
            await self._end()
            if self._raised is not None:
                raise self._raised
        for worker in self._workers:
            if not worker.cancelled():
                worker.result()  # raises what stopped the worker

    async def _end(self) -> None:
        """Wait for the workers and close their copies. Does nothing the second time."""
        await asyncio.gather(*self._workers, return_exceptions=True)
        # Not in the workers: a worker cancelled while closing would leave a process behind.
        await asyncio.gather(*(agent.aclose() for agent in self._copies))
        self._copies.clear()

    async def _worker(self) -> None:
        try:
            await self._solve_tasks()
        except (Exception, asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:
            # Raised in this task, it would end the event loop.
            self._raised = self._raised or error
            self._stop()

    async def _solve_tasks(self) -> None:
        """Solve task after task with one copy of the agent, until there are none left."""
        agent: Copyable | None = None
        while (taken := await self._source.take()) is not None:
            if agent is None:
                agent = self._agent.deputy()
                self._copies.append(agent)
            index, given = taken
            done = await self._solve(agent, index, given)
            await self._room.acquire()
            self._done.put_nowait(done)

    async def _solve(
        self, agent: Copyable, index: int, given: object
    ) -> tuple[int, str, RunResult]:
        try:
            task, options = read_task(given)
        except AgentError as error:
            return index, str(given), failed_task(error)
        async with aclosing(agent.astream(task, **options)) as events:
            async for event in events:
                await self._tell(index, event)
        assert agent.last_result is not None
        return index, task, agent.last_result

    async def _tell(self, index: int, event: Event) -> None:
        if self._on_event is not None:
            outcome = self._on_event(index, event)
            if inspect.isawaitable(outcome):
                await outcome

    def _count(self, index: int, task: str, result: RunResult) -> BatchItem:
        before, seconds = self.summary, perf_counter() - self._started
        self.summary = BatchSummary(
            done=before.done + 1,
            answered=before.answered + result.success,
            counts=Counter(before.counts) + Counter([self._count_by(result)]),
            token_usage=add_usage(before.token_usage, result.token_usage),
            seconds=seconds,
        )
        return BatchItem(
            index=index,
            task=task,
            result=result,
            done=self.summary.done,
            total=self._total,
            seconds=seconds,
        )


class Batch(Iterator[BatchItem]):
    """Yields results as they complete, to a ``for`` loop. ``agent.map`` makes and documents it.

    ``close`` stops all runs. Leaving a ``with`` block does the same.
    """

    def __init__(self, batch: AsyncBatch) -> None:
        self._batch = batch
        self._items = SyncIterator(batch)

    def __next__(self) -> BatchItem:
        return next(self._items)

    @property
    def summary(self) -> BatchSummary:
        """The summary of what is done so far."""
        return self._batch.summary

    def close(self) -> None:
        """Stop all runs and end their sandboxes."""
        background.call(self._batch.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Source:
    """Hands out tasks one at a time, only when a worker is free."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = aiter(tasks) if isinstance(tasks, AsyncIterable) else iter(tasks)
        self._lock = asyncio.Lock()
        self._next = 0

    async def take(self) -> tuple[int, object] | None:
        """Return the next index and task, or None when there are no more."""
        async with self._lock:
            if isinstance(self._tasks, AsyncIterator):
                task = await anext(self._tasks, _END)
            else:
                task = next(self._tasks, _END)
            if task is _END:
                return None
            self._next += 1
            return self._next - 1, task


def read_task(given: object) -> tuple[str, RunOptions]:
    """Read a task and its options. Raises ``AgentError``."""
    known = RunOptions.__annotations__.keys() - {"resume", "calls_made"}
    if isinstance(given, str):
        return given, {"reset": True}
    if not isinstance(given, Mapping) or not isinstance(given.get("task"), str):
        raise AgentError(
            f"A task must be a text, or a mapping with the text as 'task', not {given!r:.80}.",
            kind="bad_task",
        )
    unknown = sorted(map(str, given.keys() - known - {"task"}))
    if unknown:
        raise AgentError(
            f"A task has no option {', '.join(unknown)}.",
            advice=f"The options are: {', '.join(sorted(known))}.",
            kind="bad_task",
        )
    options = {name: value for name, value in given.items() if name != "task"}
    return given["task"], cast(RunOptions, options | {"reset": True})


def failed_task(error: AgentError) -> RunResult:
    """The result of a task that could not be begun."""
    return RunResult(
        output=None,
        steps=(),
        success=False,
        reason="error",
        problem=problem_of(error),
        error=error,
        token_usage=TokenUsage(),
        timing=Timing(total_s=0.0, model_s=0.0),
    )
