"""Several models that serve a page as one: which is asked, refused and closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from itertools import repeat
from typing import Any

import pytest

from pyagent.errors import AuthenticationError, RateLimitError
from pyagent.models.base import Model, ModelEvent, ModelRequest
from pyagent.models.from_settings import model_from_settings
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import (
    AgentSettings,
    Configure,
    Configured,
    ModelSettings,
    Notice,
    PageModelDelta,
    PageModelDone,
    PageModelPrepare,
    PageModelRequest,
    RunFinished,
    StartRun,
    TokenUsage,
)
from support.browser.page_end import LIMIT_S, PageEnd, with_models

BUSY = RateLimitError("Too many requests.")


class Closable(ScriptedModel):
    """Answers with its name, waits while its gate is shut, and shows when it is closed."""

    def __init__(self, name: str, replies: Iterator[Any]) -> None:
        super().__init__(replies, model_id=name)
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = asyncio.Event()

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.set()
        await self.gate.wait()
        async for event in super().reply(request):
            yield event

    async def aclose(self) -> None:
        self.closed.set()


class Models:
    """Makes the models that the page names. ``made`` holds all of them, in order."""

    def __init__(self, **failing: Exception) -> None:
        self.made: list[Closable] = []
        self._failing = failing

    def __call__(self, settings: ModelSettings, send: Callable[[Any], None]) -> Model:
        if settings.kind == "page":
            return model_from_settings(settings, send=send)
        name = settings.model
        if name == "locked":
            raise AuthenticationError("No key is given.", advice="Get one.", kind="no_key")
        reply = self._failing.get(name, f"```python\nfinal_answer({name!r})\n```")
        self.made.append(Closable(name, repeat(reply)))
        return self.made[-1]

    def run(self, scenario: Callable[[PageEnd], Awaitable[None]]) -> None:
        with_models(scenario, self)


async def happened(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), LIMIT_S)


def settings_of(name: str) -> ModelSettings:
    return ModelSettings(kind="page" if name == "local" else "openai", model=name)


async def configure(page: PageEnd, *names: str, choose: Any = "first") -> Configured:
    first, *others = map(settings_of, names)
    page.send(Configure(model=first, others=others, choose=choose, agent=AgentSettings()))
    return await page.until(Configured)


def test_next_model_answers_if_the_first_fails_and_a_notice_says_so() -> None:
    async def scenario(page: PageEnd) -> None:
        assert (await configure(page, "a", "b")).problem is None
        assert (await page.run("Who?")).output == "b"
        (notice,) = [seen for seen in page.seen if isinstance(seen, Notice)]
        assert notice.message == "Too many requests. Asking b instead of a."

    Models(a=BUSY).run(scenario)


@pytest.mark.parametrize(
    ("choose", "answers"), [("first", ["a", "a", "a"]), ("round_robin", ["a", "b", "a"])]
)
def test_page_chooses_how_the_next_model_is_picked(choose: str, answers: list[str]) -> None:
    async def scenario(page: PageEnd) -> None:
        await configure(page, "a", "b", choose=choose)
        assert [(await page.run("Who?", f"r{i}")).output for i in range(3)] == answers

    Models().run(scenario)


def test_one_of_the_models_may_run_in_the_page() -> None:
    async def scenario(page: PageEnd) -> None:
        await configure(page, "a", "local")
        await page.until(PageModelPrepare)
        page.send(StartRun(run_id="r", task="Who?"))
        request = (await page.until(PageModelRequest)).request_id
        text = "```python\nfinal_answer('local')\n```"
        page.send(PageModelDelta(request_id=request, text=text))
        page.send(PageModelDone(request_id=request, token_usage=TokenUsage()))
        assert (await page.until(RunFinished)).output == "local"

    Models(a=BUSY).run(scenario)


def test_model_that_cannot_work_is_refused_and_changes_nothing() -> None:
    models = Models()

    async def scenario(page: PageEnd) -> None:
        await configure(page, "a")
        problem = (await configure(page, "b", "locked")).problem
        assert problem is not None
        assert (problem.kind, problem.advice) == ("no_key", "Get one.")
        before, unused = models.made
        await happened(unused.closed)
        assert (await page.run("Who?")).output == "a"
        assert not before.closed.is_set()

    models.run(scenario)


def test_model_that_fails_to_close_does_not_keep_the_others_open() -> None:
    models = Models()

    async def fails() -> None:
        raise RuntimeError("closed badly")

    async def scenario(page: PageEnd) -> None:
        await configure(page, "a", "b")
        first, second = models.made
        first.aclose = fails  # type: ignore[method-assign]
        await configure(page, "c")
        await happened(second.closed)
        assert (await page.run("Who?")).output == "c"

    models.run(scenario)


def test_models_of_a_run_that_began_in_the_meantime_stay_open() -> None:
    models = Models()

    async def scenario(page: PageEnd) -> None:
        await configure(page, "a")
        models.made[0].gate.clear()
        page.send(StartRun(run_id="r1", task="Who?"))
        await happened(models.made[0].asked)
        await configure(page, "b")  # in effect when r1 has ended
        second = models.made[1]
        second.gate.clear()
        models.made[0].gate.set()
        assert (await page.until(RunFinished)).output == "a"
        page.send(StartRun(run_id="r2", task="Who?"))
        await configure(page, "c")
        await happened(second.asked)
        await happened(models.made[0].closed)
        assert not second.closed.is_set()
        second.gate.set()
        assert (await page.until(RunFinished)).output == "b"
        assert (await page.run("Who?", "r3")).output == "c"

    models.run(scenario)


def test_models_are_closed_once_no_run_needs_them() -> None:
    models = Models()

    async def scenario(page: PageEnd) -> None:
        await configure(page, "a", "b")
        first, second = models.made
        first.gate.clear()
        page.send(StartRun(run_id="r", task="Who?"))
        await happened(first.asked)
        await configure(page, "c")
        assert not second.closed.is_set()
        first.gate.set()
        assert (await page.until(RunFinished)).output == "a"
        await happened(first.closed)
        await happened(second.closed)
        assert (await page.run("Who?", "r2")).output == "c"
        assert not models.made[-1].closed.is_set()

    models.run(scenario)
