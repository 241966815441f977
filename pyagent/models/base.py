"""What every model offers: a reply that streams.

Agents call ``Model.stream``; each kind of model writes ``Model.reply``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

from pyagent.concurrency.streams import closing
from pyagent.messages import ChatMessage, ToolSpec, ToolUse
from pyagent.models.aliases import explain_option
from pyagent.models.price import Price
from pyagent.other_names import MODEL_ATTRIBUTES, Explained
from pyagent.protocol import Json, TokenUsage
from pyagent.recipes import Recorded

PromptStyle = Literal["full", "short"]


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ReasoningDelta:
    """A piece of what the model thinks before it replies, where a provider shows it."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ToolRequested:
    """The model wants a tool called; its arguments are complete."""

    use: ToolUse


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """The request failed before any output and is sent again after ``delay_s`` seconds."""

    reason: str
    delay_s: float


@dataclass(frozen=True, kw_only=True)
class NetworkLost:
    """The request waits for the network before any output. ``NetworkBack`` follows."""

    reason: str
    message: str
    """What is missing and what happens next, in words for a person."""


@dataclass(frozen=True, kw_only=True)
class NetworkBack:
    """The request waits no longer, ``seconds`` after ``NetworkLost``."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """The server refused a part of the request. This request and later ones go without it."""

    message: str
    """What is left out, in words for a person."""


@dataclass(frozen=True, kw_only=True)
class PromptRead:
    """The model has read the request. A reply that nobody waits for to its end has no other count.

    Only models that count in advance yield it.
    """

    input_tokens: int
    cached_tokens: int
    """The part of ``input_tokens`` that the model had read before."""


@dataclass(frozen=True, kw_only=True)
class ReplyDone:
    """The last event of a reply."""

    finish_reason: Literal["stop", "length"]
    token_usage: TokenUsage
    carried: Mapping[str, Json] = field(default_factory=dict)
    """What ``ChatMessage.carried`` of this turn is to hold."""
    fault: str = ""
    """Why the provider could not read the reply, for the model to mend; empty when it could. The
    text is then what the model wrote, if that is known."""


ModelEvent = (
    TextDelta
    | ReasoningDelta
    | ToolRequested
    | Retrying
    | NetworkLost
    | NetworkBack
    | LeftOut
    | PromptRead
    | ReplyDone
)


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """What a model is asked. Its fields are the parameters of ``Model.stream``."""

    messages: tuple[ChatMessage, ...]
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    tools: tuple[ToolSpec, ...] = ()
    schema: Mapping[str, Json] | None = None


class Model(Explained, metaclass=Recorded):
    """A language model. A subclass writes ``reply``.

    ``prompt_style`` picks the agent's prompt: ``short`` is for small local models, whose prompt
    costs seconds. ``context_tokens`` is how much the model reads, None when unknown. ``price``
    is None when unknown. ``supports_tools``, ``supports_schema`` and ``supports_images`` say
    whether ``reply`` uses the tools, the schema and the images of a request.
    """

    other_attributes = MODEL_ATTRIBUTES

    model_id: str = ""
    prompt_style: PromptStyle = "full"
    context_tokens: int | None = None
    price: Price | None = None
    supports_tools: bool = False
    supports_schema: bool = False
    supports_images: bool = False

    results_take_images: ClassVar[bool] = False
    """Whether ``reply`` uses the images of tool results. Otherwise ``supported_part`` puts them
    into a user's message after the results."""
    max_images: int | None = None
    """The most images that a request may have; None when unknown."""

    def __new__(cls, *_: object, **__: object) -> Self:
        if "reply" in getattr(cls, "__abstractmethods__", ()) and hasattr(cls, "generate"):
            raise TypeError(
                f"{cls.__name__} writes generate(); a model of pyagent writes reply(request), an"
                " async generator of TextDelta and, at the end, ReplyDone."
            )
        return super().__new__(cls)

    @classmethod
    def explain_option(cls, name: str, value: object, known: Sequence[str]) -> str:
        """Where an option goes that the class does not take; empty for no advice.

        ``known`` are the options that it takes.
        """
        return explain_option(name, [*known, "model_id"])

    @property
    def is_known_to_see(self) -> bool:
        """Whether the model takes images, and that is known, not only tried.

        Only such a model is sent the images that code shows and tools return.
        """
        return self.supports_images

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Names of the models whose price is unknown: this one, or those behind it."""
        return (self.model_id,) if self.price is None else ()

    async def stream(
        self,
        messages: Sequence[ChatMessage],
        *,
        stop: Sequence[str] = (),
        max_tokens: int | None = None,
        tools: Sequence[ToolSpec] = (),
        schema: Mapping[str, Json] | None = None,
    ) -> AsyncGenerator[ModelEvent, None]:
        """Reply to ``messages``; the last event is ``ReplyDone``, with the cost if it is known.

        Text at and after one of the ``stop`` strings is never yielded. ``tools`` may be asked for
        by ``ToolRequested``, several in one reply. With ``schema``, a JSON Schema of type
        ``object``, the text is JSON that it allows. Raises a ``ModelError``. Closing the iterator
        ends the request.
        """
        request = ModelRequest(
            messages=tuple(messages),
            stop=tuple(stop),
            max_tokens=max_tokens,
            tools=tuple(tools),
            schema=schema,
        )
        async with closing(self.reply(request)) as events:
            async for event in events:
                if isinstance(event, ReplyDone):
                    yield replace(event, token_usage=self.priced(event.token_usage))
                else:
                    yield event

    @abstractmethod
    def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield what ``stream`` promises, as an async generator; the cost may be left out.

        Called by ``stream``, which closes it when the reply is no longer wanted.
        """

    def priced(self, usage: TokenUsage) -> TokenUsage:
        """``usage`` with its cost by this model's price, where no cost is given yet."""
        if usage.cost_usd is not None or self.price is None:
            return usage
        return replace(usage, cost_usd=self.price.of(usage))

    async def prepare(self, messages: Sequence[ChatMessage], *later: Sequence[ChatMessage]) -> None:
        """Read the fixed start of a conversation ahead of time, where that saves time later.

        ``later`` are other prompts that a request may begin with. A model that keeps several
        prompts reads these too, after the first.
        """

    async def aclose(self) -> None:
        """Close connections. Calling it twice is harmless."""
