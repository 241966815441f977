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

from pyagent.errors import ContextOverflowError, ModelError
from pyagent.messages import ChatMessage
from pyagent.models.base import (
    LeftOut,
    Model,
    ModelEvent,
    ModelRequest,
    Retrying,
)

logger = logging.getLogger(__name__)

COOL_DOWN_S = 60.0
"""How long a model that failed is passed over where its provider does not say."""

Choice = Literal["first", "round_robin", "least_loaded"]
Rule = Callable[[ModelRequest], str | Model]


@dataclass(kw_only=True, eq=False)
class _Route:
    name: str
    model: Model
    running: int = 0
    cool_until: float = 0.0
    """On the router's clock."""


@dataclass(frozen=True)
class _Failed:
    """In place of further events: the next model is to be asked."""

    reason: str


class RouterModel(Model):
    """Asks one of several models, and the next one where that fails.

    ``models`` are tried in their order; names for them, as a mapping, are for rules and messages.
    ``choose`` says who is asked first: the ``first``; each in turn (``round_robin``); who has the
    fewest replies under way (``least_loaded``); or whom a rule picks, by name or itself, from the
    request.

    With ``fallback`` a model that fails before it has said anything, or that would wait before it
    is asked again, hands over to the next; a ``Retrying`` tells so. It is then passed over for
    ``cool_down_s`` seconds, or for as long as its provider asks, but not where only this request
    was at fault. When all are passed over, they are asked all the same. Once a model has begun to
    speak, no other takes over. ``clock`` counts seconds.

    A reply's cost is in its ``ReplyDone``, by the price of the model that gave it; the router has
    none. What it says of itself holds for each of its models: the smallest context that is known,
    the abilities that all have, and the short prompt if one needs that.

    Who comes from smolagents' ``LiteLLMRouterModel`` finds its ``model_list`` here as ``models``,
    and its ``routing_strategy`` as ``choose``.
    """

    model_id = "router"

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
            raise ValueError(f"choose is {choose!r}: no rule, and no way to choose that we know.")
        self._choose = choose
        self._fallback = fallback
        self._cool_down_s = cool_down_s
        self._clock = clock
        self._turn = 0
        self._combine_abilities()

    @property
    def unpriced(self) -> tuple[str, ...]:
        names = (name for route in self._routes for name in route.model.unpriced)
        return tuple(dict.fromkeys(names))  # one model may be had from two providers

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

    async def prepare(self, messages: Sequence[ChatMessage]) -> None:
        await asyncio.gather(*(route.model.prepare(messages) for route in self._routes))

    async def aclose(self) -> None:
        await asyncio.gather(*(route.model.aclose() for route in self._routes))

    async def _ask(
        self, route: _Route, request: ModelRequest, following: _Route | None
    ) -> AsyncGenerator[ModelEvent | _Failed, None]:
        """One model's events, up to its failure where ``following`` may take over."""
        has_spoken = False
        failed: _Failed | None = None
        route.running += 1
        try:
            async with aclosing(route.model.stream(**vars(request))) as events:
                async for event in events:
                    if not isinstance(event, Retrying):
                        has_spoken |= not isinstance(event, LeftOut)
                    elif following and not has_spoken and not self._is_cooling(following):
                        self._cool(route, event.delay_s)
                        failed = _Failed(event.reason)
                        break
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
        if failed:
            yield failed

    def _order(self, request: ModelRequest) -> list[_Route]:
        """Whom to ask, one after another."""
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
        raise ValueError(f"The rule picked {picked!r}, which is none of {names}.")

    def _is_cooling(self, route: _Route) -> bool:
        return route.cool_until > self._clock()

    def _cool(self, route: _Route, seconds: float) -> None:
        route.cool_until = self._clock() + seconds

    def _combine_abilities(self) -> None:
        """What holds for all; a model may learn on the way what it cannot."""
        models = [route.model for route in self._routes]
        known = [model.context_tokens for model in models if model.context_tokens is not None]
        self.context_tokens = min(known, default=None)
        self.prompt_style = "short" if any(m.prompt_style == "short" for m in models) else "full"
        self.supports_tools = all(model.supports_tools for model in models)
        self.supports_schema = all(model.supports_schema for model in models)
        self.supports_images = all(model.supports_images for model in models)


def _named(models: Sequence[Model]) -> list[tuple[str, Model]]:
    """Models by their ids, numbered where one comes again."""
    named: list[tuple[str, Model]] = []
    seen: Counter[str] = Counter()
    for model in models:
        seen[model.model_id] += 1
        number = f"#{seen[model.model_id]}" if seen[model.model_id] > 1 else ""
        named.append((model.model_id + number, model))
    return named
