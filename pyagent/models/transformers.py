"""A model of the library transformers, in this process. CPython only; install it yourself."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from typing import Any

from jinja2 import TemplateError

from pyagent.checked_options import checked
from pyagent.errors import ContextOverflowError, ModelError, ProtocolError
from pyagent.messages import ChatMessage
from pyagent.models.base import (
    Model,
    ModelEvent,
    ModelRequest,
    PromptStyle,
    ReplyDone,
    TextDelta,
    ToolRequested,
)
from pyagent.models.capabilities import supported_part
from pyagent.models.chat import chat_messages, tool_of
from pyagent.models.http.tool_calls import ToolCalls
from pyagent.models.price import Price
from pyagent.models.stop import StopCutter
from pyagent.parsing.arguments import parse_arguments
from pyagent.protocol import TokenUsage

CALL = "<tool_call>"
"""Begins a call in the chat templates of Hermes, Qwen and SmolLM; we read no other calls."""
_CALLS = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)


class TransformersModel(Model):
    """A model by its name at the Hugging Face Hub, or by the folder that holds it.

    ``device`` is torch's name for where it runs, such as ``cuda:0``; None means ``cuda`` if there
    is one, else the processor. ``device_map`` replaces it: ``auto`` spreads the model over all
    devices, and needs the library accelerate. ``dtype`` None keeps the type of the weights.
    ``temperature`` None leaves the choice of tokens to the model's own settings; 0 always takes
    the likeliest. ``model_kwargs`` go to ``from_pretrained``, for quantisation and the like;
    ``apply_chat_template_kwargs`` go to the model's chat template, such as ``enable_thinking``.
    ``trust_remote_code`` runs code that comes with the model. ``torch_dtype`` and
    ``max_new_tokens`` are other names for ``dtype`` and ``max_tokens``.

    Requests are answered one at a time. Tools work if the model's chat template writes calls as
    Hermes does. Raises ``ModelError`` if the library is missing, the model cannot be loaded, or it
    has no chat template.
    """

    @checked
    def __init__(
        self,
        model_id: str,
        *,
        device: Any = None,
        device_map: str | Mapping[str, Any] | None = None,
        dtype: Any = None,
        torch_dtype: Any = None,
        max_tokens: int = 4096,
        max_new_tokens: int | None = None,
        temperature: float | None = None,
        context_tokens: int | None = None,
        prompt_style: PromptStyle = "full",
        trust_remote_code: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        apply_chat_template_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.model_id = model_id
        self.max_tokens = max_new_tokens or max_tokens
        self.temperature = temperature
        self.prompt_style = prompt_style
        self.price = Price(input=0, output=0)
        options = {"dtype": dtype or torch_dtype or "auto", **(model_kwargs or {})}
        if device_map:
            options["device_map"] = device_map
        self._transformers, self._torch, self._model, self._tokenizer = _load(
            model_id, device, trust=trust_remote_code, options=options
        )
        template = self._tokenizer.chat_template
        if not template:
            raise ModelError(
                f"{model_id} has no chat template, so it cannot chat.",
                advice="Choose a model that is made for chat, often named Instruct or Chat.",
            )
        self.supports_tools = CALL in str(template)
        known = getattr(self._model.config, "max_position_embeddings", None)
        self.context_tokens = context_tokens or known
        self._template_options = dict(apply_chat_template_kwargs or {})
        self._one_at_a_time = threading.Lock()

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        request = supported_part(request, self)
        inputs = await asyncio.to_thread(self._read, request)
        read = int(inputs["input_ids"].shape[-1])
        limit = self._limit(read, request.max_tokens or self.max_tokens)
        streamer = self._transformers.AsyncTextIteratorStreamer(
            self._tokenizer, skip_prompt=True, skip_special_tokens=True
        )
        halt = threading.Event()
        # A thread, because generating blocks; it ends at the next token once halt is set.
        writing = asyncio.create_task(
            asyncio.to_thread(self._write, inputs, limit, streamer, halt.is_set)
        )
        cutter = StopCutter(request.stop)
        calls = StopCutter([CALL] if request.tools else [])
        heard = shown = ""
        try:
            async for text in streamer:
                heard += (piece := cutter.feed(text))
                if piece := calls.feed(piece):
                    shown += piece
                    yield TextDelta(text=piece)
                if cutter.found:
                    break
        finally:
            halt.set()
            written = await asyncio.shield(writing)
        heard += (piece := cutter.finish())
        if piece := calls.feed(piece) + calls.finish():
            shown += piece
            yield TextDelta(text=piece)
        for event in _tool_calls(heard[len(shown) :]):
            yield event
        yield ReplyDone(
            finish_reason="length" if written >= limit and not cutter.found else "stop",
            token_usage=TokenUsage(input_tokens=read, output_tokens=written),
        )

    def _limit(self, read: int, wanted: int) -> int:
        """How many tokens the model may write."""
        if self.context_tokens is None:
            return wanted
        if read >= self.context_tokens:
            raise ContextOverflowError(
                f"The conversation is {read} tokens long; {self.model_id} reads"
                f" {self.context_tokens}.",
                advice="Start a new conversation, or choose a model with a larger context.",
            )
        return min(wanted, self.context_tokens - read)

    def _read(self, request: ModelRequest) -> Any:
        """The tokens of the prompt, as the model's chat template writes it."""
        functions = list(map(tool_of, request.tools))
        try:
            inputs = self._tokenizer.apply_chat_template(
                list(_turns(request.messages)),
                **self._template_options
                | {
                    "tools": functions or None,
                    "add_generation_prompt": True,
                    "return_tensors": "pt",
                    "return_dict": True,
                },
            )
        except TemplateError as error:
            raise ModelError(
                f"The chat template of {self.model_id} refuses this conversation: {error}",
                advice="Choose another model.",
            ) from error
        return inputs.to(self._model.device)

    def _write(self, inputs: Any, limit: int, streamer: Any, halted: Callable[[], bool]) -> int:
        """Let the model write; returns how many tokens it wrote. Blocks."""
        torch = self._torch

        def stopped(input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            return torch.full((input_ids.shape[0],), halted(), dtype=torch.bool)

        sampling: dict[str, Any] = {}
        if self.temperature is not None:
            sampling["do_sample"] = self.temperature > 0
            if self.temperature > 0:
                sampling["temperature"] = self.temperature
        try:
            with self._one_at_a_time:
                if halted():
                    return 0
                tokens = self._model.generate(
                    **inputs,
                    max_new_tokens=limit,
                    streamer=streamer,
                    stopping_criteria=self._transformers.StoppingCriteriaList([stopped]),
                    pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                    **sampling,
                )
        except (
            RuntimeError,
            ValueError,
        ) as error:  # torch's, as when memory is full
            raise ModelError(
                f"{self.model_id} failed: {error}",
                advice="If memory is short, choose a smaller model or a shorter conversation.",
            ) from error
        finally:
            streamer.end()  # otherwise the reader waits forever
        return int(tokens.shape[-1] - inputs["input_ids"].shape[-1])


def _load(model_id: str, device: str | None, *, trust: bool, options: dict[str, Any]) -> list[Any]:
    """The libraries transformers and torch, the model and its tokenizer."""
    try:
        import torch  # takes seconds, and most people never need it
        import transformers
    except ImportError as error:
        raise ModelError(
            "TransformersModel needs the libraries transformers and torch.",
            advice="Install them: pip install 'pyagent[transformers]'.",
        ) from error
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(model_id, trust_remote_code=trust)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            model_id, trust_remote_code=trust, **options
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{model_id} could not be loaded: {error}",
            advice="Check its name at the Hub, or that the folder holds a model.",
        ) from error
    if "device_map" not in options:
        model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return [transformers, torch, model, tokenizer]


def _turns(messages: Sequence[ChatMessage]) -> Iterator[dict[str, Any]]:
    """Messages as chat templates take them: arguments are objects, and content is always text."""
    for turn in chat_messages(messages):
        calls = [call["function"] for call in turn.get("tool_calls", ())]
        if calls:
            parsed = [{**call, "arguments": json.loads(call["arguments"])} for call in calls]
            turn["tool_calls"] = [{"type": "function", "function": call} for call in parsed]
        yield {**turn, "content": turn["content"] or ""}


def _tool_calls(text: str) -> Iterator[ToolRequested | TextDelta]:
    """The calls in ``text``. What cannot be read as a call stays text, which the agent may read."""
    for block in _CALLS.finditer(text):
        try:
            call = parse_arguments(block[1].strip())
        except ProtocolError:
            call = None
        if isinstance(call, dict) and call.get("name"):
            calls = ToolCalls()
            calls.begin(name=call["name"]).grow(call.get("arguments"))
            yield from (ToolRequested(use=use) for use in calls.uses())
        else:
            yield TextDelta(text=block[0])
