"""Several models as one: which is asked, and which takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from typing import Any, TypeVar

import httpx
import pytest

from pyagent.errors import (
    AuthenticationError,
    ContextOverflowError,
    ModelError,
    RateLimitError,
    ServerError,
    StreamError,
)
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import (
    ModelEvent,
    ModelRequest,
    ReasoningDelta,
    ReplyDone,
    Retrying,
)
from pyagent.models.price import Price
from pyagent.models.router import COOL_DOWN_S, RouterModel
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import TokenUsage
from support.models.model_asking import QUESTION, ask, delta, model_on, said, sse, stream_of

T = TypeVar("T")

BUSY = RateLimitError("Too many requests.")


class Closable(ScriptedModel):
    """Counts how often it was closed."""

    closed = 0

    async def aclose(self) -> None:
        self.closed += 1


class Clock:
    """A clock that only moves when a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Held(ScriptedModel):
    """Answers with its name once its gate is open."""

    def __init__(self, name: str) -> None:
        super().__init__([name] * 100, model_id=name)
        self.gate = asyncio.Event()
        self.held = 0
        self.most_held = 0

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.held += 1
        self.most_held = max(self.held, self.most_held)
        await self.gate.wait()
        self.held -= 1
        async for event in super().reply(request):
            yield event


def named(*names: str) -> list[ScriptedModel]:
    """Models that always answer with their names."""
    return [ScriptedModel([name] * 100, model_id=name) for name in names]


def failing(error: Exception, name: str = "failing") -> ScriptedModel:
    return ScriptedModel([error] * 100, model_id=name)


def answers(router: RouterModel, times: int) -> list[str]:
    async def run() -> list[str]:
        return [said(await ask(router)) for _ in range(times)]

    return asyncio.run(run())


def bounded(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 30))


def done(events: Sequence[ModelEvent]) -> ReplyDone:
    last = events[-1]
    assert isinstance(last, ReplyDone)
    return last


class TestChoice:
    def test_first_is_asked_as_long_as_it_answers(self) -> None:
        assert answers(RouterModel(named("a", "b")), 3) == ["a", "a", "a"]

    def test_round_robin_gives_each_its_turn(self) -> None:
        router = RouterModel(named("a", "b", "c"), choose="round_robin")
        assert answers(router, 7) == ["a", "b", "c", "a", "b", "c", "a"]

    def test_rule_sees_the_request_and_picks_by_name_or_model(self) -> None:
        small, large = named("small", "large")

        def by_length(request: ModelRequest) -> Any:
            return "big" if len(request.messages[0].content) > 100 else small

        router = RouterModel({"little": small, "big": large}, choose=by_length)

        async def run(text: str) -> str:
            events = router.stream([ChatMessage(role="user", content=text)])
            return said([event async for event in events])

        assert asyncio.run(run("short")) == "small"
        assert asyncio.run(run("long " * 50)) == "large"

    def test_rule_that_picks_an_unknown_model_is_an_error(self) -> None:
        router = RouterModel(named("a", "b"), choose=lambda request: "c")
        with pytest.raises(ValueError, match="'c', which is not one of a, b"):
            asyncio.run(ask(router))

    def test_least_loaded_spreads_replies_that_run_at_once(self) -> None:
        async def run() -> tuple[list[str], list[int]]:
            models = [Held("a"), Held("b"), Held("c")]
            router = RouterModel(models, choose="least_loaded")
            tasks = [asyncio.create_task(ask(router)) for _ in range(9)]
            while sum(model.held for model in models) < 9:
                await asyncio.sleep(0)
            for model in models:
                model.gate.set()
            replies = [said(await task) for task in tasks]
            return sorted(replies), [model.most_held for model in models]

        replies, most = bounded(run())
        assert replies == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
        assert most == [3, 3, 3]

    def test_least_loaded_prefers_a_model_that_is_free_again(self) -> None:
        async def run() -> str:
            slow, quick = Held("slow"), Held("quick")
            router = RouterModel([slow, quick], choose="least_loaded")
            quick.gate.set()
            waiting = asyncio.create_task(ask(router))
            while not slow.held:
                await asyncio.sleep(0)
            replies = said(await ask(router)) + said(await ask(router))
            slow.gate.set()
            return replies + said(await waiting)

        assert bounded(run()) == "quickquickslow"

    def test_closed_reply_frees_its_model(self) -> None:
        async def run() -> list[str]:
            router = RouterModel(named("a", "b"), choose="least_loaded")
            stream = router.stream(QUESTION)
            await anext(stream)
            during = said(await ask(router))
            await stream.aclose()
            return [during, said(await ask(router))]

        assert asyncio.run(run()) == ["b", "a"]


class TestFallback:
    @pytest.mark.parametrize(
        "error", [BUSY, ServerError("Down."), AuthenticationError("No."), ModelError("Odd.")]
    )
    def test_next_model_takes_over_and_an_event_says_so(self, error: ModelError) -> None:
        router = RouterModel([failing(error), *named("b")])
        first, *events = asyncio.run(ask(router))
        reason = f"{error.message} Asking b instead of failing."
        assert first == Retrying(reason=reason, delay_s=0.0)
        assert said(events) == "b"

    @pytest.mark.parametrize(
        "spoken", ["Half a", ReasoningDelta(text="Hm"), ToolUse(id="1", name="f")]
    )
    def test_no_model_takes_over_once_one_has_begun_to_reply(self, spoken: Any) -> None:
        other = ScriptedModel(["other"])
        router = RouterModel([ScriptedModel([[spoken, StreamError("Cut.")]]), other])
        seen: list[ModelEvent] = []

        async def run() -> None:
            async for event in router.stream(QUESTION):
                seen.append(event)

        with pytest.raises(StreamError, match="Cut"):
            asyncio.run(run())
        assert seen
        assert other.requests == []

    def test_last_error_is_raised_when_all_fail(self) -> None:
        router = RouterModel([failing(BUSY), failing(ServerError("Down."))])
        with pytest.raises(ServerError, match="Down"):
            asyncio.run(ask(router))

    def test_without_fallback_the_error_is_raised_each_time(self) -> None:
        other = ScriptedModel(["other"])
        router = RouterModel([failing(BUSY), other], fallback=False)
        for _ in range(2):
            with pytest.raises(RateLimitError):
                asyncio.run(ask(router))
        assert other.requests == []

    def test_model_that_would_wait_hands_over_at_once(self) -> None:
        refusals: list[httpx.Request] = []
        busy = model_on(
            *[httpx.Response(429, json={"error": {"message": "Slow down"}})] * 6, requests=refusals
        )
        router = RouterModel([busy, *named("b")])
        events = asyncio.run(ask(router))
        assert said(events) == "b"
        assert len(refusals) == 1

    def test_last_model_waits_and_retries(self) -> None:
        retry = Retrying(reason="Busy.", delay_s=0.0)
        router = RouterModel([failing(BUSY), ScriptedModel([[retry, "b"]])])
        events = asyncio.run(ask(router))
        assert [type(event) for event in events[:2]] == [Retrying, Retrying]
        assert said(events) == "b"


class TestCoolDown:
    def test_failed_model_is_skipped_until_it_has_cooled_down(self) -> None:
        clock = Clock()
        flaky = ScriptedModel([BUSY, "a", "a"], model_id="a")
        router = RouterModel([flaky, *named("b")], clock=clock)
        assert answers(router, 2) == ["b", "b"]
        assert len(flaky.requests) == 1
        clock.now += COOL_DOWN_S
        assert answers(router, 1) == ["a"]

    def test_failed_model_is_skipped_as_long_as_its_provider_asks(self) -> None:
        clock = Clock()
        flaky = ScriptedModel([RateLimitError("Busy.", retry_after_s=5.0), "a"], model_id="a")
        router = RouterModel([flaky, *named("b")], clock=clock)
        replies = answers(router, 2)
        clock.now += 5
        assert [*replies, *answers(router, 1)] == ["b", "b", "a"]

    def test_all_models_are_asked_when_none_has_cooled_down(self) -> None:
        first = ScriptedModel([BUSY, "a"], model_id="a")
        second = ScriptedModel([BUSY, BUSY], model_id="b")
        router = RouterModel([first, second], clock=Clock())
        with pytest.raises(RateLimitError):
            asyncio.run(ask(router))
        assert answers(router, 1) == ["a"]

    def test_model_is_not_skipped_because_a_request_was_too_long(self) -> None:
        short = ScriptedModel([ContextOverflowError("Too long."), "a"], model_id="a")
        router = RouterModel([short, *named("b")], clock=Clock())
        assert answers(router, 2) == ["b", "a"]

    def test_round_robin_skips_a_model_that_cools_down(self) -> None:
        models = [failing(BUSY, "x"), *named("a", "b")]
        router = RouterModel(models, choose="round_robin", clock=Clock())
        assert answers(router, 4) == ["a", "a", "b", "a"]


class TestWhatItSays:
    def test_cost_is_by_the_price_of_the_model_that_replied(self) -> None:
        usage = TokenUsage(input_tokens=1000, output_tokens=100)
        reply = ReplyDone(finish_reason="stop", token_usage=usage)
        dear = ScriptedModel([BUSY], price=Price(input=100, output=100))
        cheap = ScriptedModel([["b", reply]], price=Price(input=1, output=2))
        router = RouterModel([dear, cheap])
        assert router.price is None
        assert done(asyncio.run(ask(router))).token_usage.cost_usd == pytest.approx(0.0012)

    def test_cost_is_unchanged_if_it_is_known_or_no_price_is(self) -> None:
        counted = TokenUsage(cost_usd=0.5)
        replies = [
            [ReplyDone(finish_reason="stop", token_usage=u)] for u in (counted, TokenUsage())
        ]
        router = RouterModel([ScriptedModel(replies)])
        assert done(asyncio.run(ask(router))).token_usage.cost_usd == 0.5
        assert done(asyncio.run(ask(router))).token_usage.cost_usd is None

    def test_router_claims_only_what_all_its_models_can_do(self) -> None:
        able = ScriptedModel(supports_tools=True, supports_schema=True, context_tokens=8000)
        small = ScriptedModel(supports_tools=True, context_tokens=2000, prompt_style="short")
        router = RouterModel([able, small, ScriptedModel(supports_tools=True)])
        assert (router.supports_tools, router.supports_schema) == (True, False)
        assert (router.context_tokens, router.prompt_style) == (2000, "short")

    def test_request_reaches_the_model_whole(self) -> None:
        model = ScriptedModel(["a"], supports_schema=True)
        asyncio.run(ask(RouterModel([model]), stop=["x"], max_tokens=5, schema={"type": "object"}))
        schema = {"type": "object"}
        expected = ModelRequest(messages=tuple(QUESTION), stop=("x",), max_tokens=5, schema=schema)
        assert model.requests == [expected]

    def test_models_with_the_same_name_are_numbered(self) -> None:
        reply = stream_of(sse(delta("b", "stop"), "[DONE]"))
        router = RouterModel([failing(BUSY, "m-1"), model_on(reply)])
        [first, *_] = asyncio.run(ask(router))
        assert isinstance(first, Retrying)
        assert first.reason.endswith("Asking m-1#2 instead of m-1.")

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"models": []}, "at least one"),
            ({"models": named("a"), "choose": "best"}, "round_robin and least_loaded"),
        ],
    )
    def test_wrong_options_are_errors(self, options: dict[str, Any], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            RouterModel(**options)


def test_closing_the_router_closes_all_its_models() -> None:
    models = [Closable([]), Closable([])]
    asyncio.run(RouterModel(models).aclose())
    assert [model.closed for model in models] == [1, 1]
