"""Several models as one: a choice for each request, and the next model when one fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from pyagent.checked_options import checked
from pyagent.errors import ContextOverflowError, ModelError
from pyagent.messages import ChatMessage
from pyagent.models.base import (
    LeftOut,
    Model,
    ModelEvent,
    ModelRequest,
    NetworkBack,
    NetworkLost,
    PromptRead,
    Retrying,
)

logger = logging.getLogger(__name__)

COOL_DOWN_S = 60.0
"""How long a failed model is skipped, unless its provider says how long to wait."""

Choice = Literal["first", "round_robin", "least_loaded"]
Rule = Callable[[ModelRequest], str | Model]


@dataclass(kw_only=True, eq=False)
class _Route:
    name: str
    model: Model
    running: int = 0
    cool_until: float = 0.0
    """Until when the model is skipped, on the router's clock."""


@dataclass(frozen=True)
class _Failed:
    """Comes in place of further events: the next model should be asked."""

    reason: str


class RouterModel(Model):
    """Asks one of several models, and the next one if that fails.

    ``models`` are tried in order; a mapping gives them the names that rules and messages use.
    ``choose`` says which is asked first: the ``first``; each in turn (``round_robin``); the one
    with the fewest replies in progress (``least_loaded``); or the one that a rule picks from the
    request, by its name or as an object.

    With ``fallback``, a model that fails before it has said anything, or that would wait before a
    retry, hands over to the next; a ``Retrying`` event says so. The model is then skipped for
    ``cool_down_s`` seconds, or for as long as its provider asks, unless only this request was at
    fault. When all models are being skipped, they are asked anyway. Once a model has begun to
    reply, no other takes over. ``clock`` counts seconds.

    A reply's cost is in its ``ReplyDone``, by the price of the model that gave it; the router has
    no price. The router claims only what holds for all its models: the smallest known context,
    the abilities that all have, and the short prompt if one model needs it.

    ``model_list`` of smolagents' ``LiteLLMRouterModel`` is called ``models`` here, and its
    ``routing_strategy`` is called ``choose``.
    """

    model_id = "router"

    @checked
    def __init__(
        self,
        models: Sequence[Model] | Mapping[str, Model],
        *,
        choose: Choice | Rule = "first",
        fallback: bool = True,
        cool_down_s: float = COOL_DOWN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        named = models.items() if isinstance(models, Mapping) else _named(models)
        self._routes = [_Route(name=name, model=model) for name, model in named]
        if not self._routes:
            raise ValueError("A router needs at least one model.")
        if not callable(choose) and choose not in ("first", "round_robin", "least_loaded"):
            raise ValueError(
                f"choose is {choose!r}; it must be a function, or one of first, round_robin and"
                " least_loaded."
            )
        self._choose = choose
        self._fallback = fallback
        self._cool_down_s = cool_down_s
        self._clock = clock
        self._turn = 0
        self._combine_abilities()

    @property
    def unpriced(self) -> tuple[str, ...]:
        names = (name for route in self._routes for name in route.model.unpriced)
        return tuple(dict.fromkeys(names))  # two providers may serve the same model

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        routes = self._order(request)
        for route, following in zip(routes, [*routes[1:], None], strict=True):
            failed: _Failed | None = None
            async with aclosing(self._ask(route, request, following)) as events:
                async for event in events:
                    if isinstance(event, _Failed):
                        failed = event
                    else:
                        yield event
            if failed is None or following is None:
                return
            reason = f"{failed.reason} Asking {following.name} instead of {route.name}."
            logger.info("%s", reason)
            yield Retrying(reason=reason, delay_s=0.0)

    async def prepare(self, messages: Sequence[ChatMessage], *later: Sequence[ChatMessage]) -> None:
        await asyncio.gather(*(route.model.prepare(messages, *later) for route in self._routes))

    async def aclose(self) -> None:
        await asyncio.gather(*(route.model.aclose() for route in self._routes))

    async def _ask(
        self, route: _Route, request: ModelRequest, following: _Route | None
    ) -> AsyncGenerator[ModelEvent | _Failed, None]:
        """One model's events; ``_Failed`` is the last if ``following`` should take over."""
        has_spoken = False
        lost_at: float | None = None
        failed: _Failed | None = None
        route.running += 1
        try:
            async with aclosing(route.model.stream(**vars(request))) as events:
                async for event in events:
                    if not isinstance(event, Retrying | NetworkLost):
                        has_spoken |= not isinstance(event, LeftOut | NetworkBack | PromptRead)
                    elif following and not has_spoken and not self._is_cooling(following):
                        failed = self._handed_over(route, event)
                        break
                    if isinstance(event, NetworkLost):
                        lost_at = self._clock()
                    elif isinstance(event, NetworkBack):
                        lost_at = None
                    yield event
        except ModelError as error:
            if not isinstance(error, ContextOverflowError) and error.kind != "refused":
                self._cool(route, error.retry_after_s or self._cool_down_s)
            if has_spoken or following is None:
                raise
            failed = _Failed(error.message)
        finally:
            route.running -= 1
            self._combine_abilities()
        if failed and lost_at is not None:  # the next model may have a network
            yield NetworkBack(seconds=self._clock() - lost_at)
        if failed:
            yield failed

    def _handed_over(self, route: _Route, event: Retrying | NetworkLost) -> _Failed:
        """Skip a model that would wait."""
        if isinstance(event, Retrying):
            self._cool(route, event.delay_s)
            return _Failed(event.reason)
        self._cool(route, self._cool_down_s)
        return _Failed(event.reason)

    @property
    def is_known_to_see(self) -> bool:
        return all(route.model.is_known_to_see for route in self._routes)

    def _order(self, request: ModelRequest) -> list[_Route]:
        """The order in which to try the models."""
        routes = self._routes
        if callable(self._choose):
            chosen = self._chosen(self._choose(request))
            routes = [chosen, *(route for route in routes if route is not chosen)]
        elif self._choose == "round_robin":
            first = self._turn % len(routes)
            self._turn += 1
            routes = routes[first:] + routes[:first]
        elif self._choose == "least_loaded":
            routes = sorted(routes, key=lambda route: route.running)
        return sorted(routes, key=self._is_cooling) if self._fallback else routes[:1]

    def _chosen(self, picked: str | Model) -> _Route:
        for route in self._routes:
            if picked is route.model or picked == route.name:
                return route
        names = ", ".join(route.name for route in self._routes)
        raise ValueError(f"The rule picked {picked!r}, which is not one of {names}.")

    def _is_cooling(self, route: _Route) -> bool:
        return route.cool_until > self._clock()

    def _cool(self, route: _Route, seconds: float) -> None:
        route.cool_until = self._clock() + seconds

    def _combine_abilities(self) -> None:
        """Set what holds for all models; any of them may have learned what its server refuses."""
        models = [route.model for route in self._routes]
        known = [model.context_tokens for model in models if model.context_tokens is not None]
        self.context_tokens = min(known, default=None)
        self.prompt_style = "short" if any(m.prompt_style == "short" for m in models) else "full"
        self.supports_tools = all(model.supports_tools for model in models)
        self.supports_schema = all(model.supports_schema for model in models)
        self.supports_images = all(model.supports_images for model in models)


def _named(models: Sequence[Model]) -> list[tuple[str, Model]]:
    """The models with their ids as names; an id that comes again gets a number."""
    named: list[tuple[str, Model]] = []
    seen: Counter[str] = Counter()
    for model in models:
        seen[model.model_id] += 1
        number = f"#{seen[model.model_id]}" if seen[model.model_id] > 1 else ""
        named.append((model.model_id + number, model))
    return named
