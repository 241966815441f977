"""A tiny model for the tests of ``TransformersModel``: with the real library or a stand-in.

The real one is a Llama of random weights over bytes, made in seconds if transformers and torch are
installed. Otherwise stand-ins replace the parts of both libraries that we call.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

IS_REAL = bool(find_spec("transformers") and find_spec("torch"))
CONTEXT_TOKENS = 2048
PATIENCE_S = 20.0
"""How long a model that never ends waits to be halted."""
TEMPLATE = (
    "{% for tool in tools or [] %}[tool {{ tool.function.name }}] <tool_call>{% endfor %}"
    "{% for m in messages %}{% if m.role == 'critic' %}{{ raise_exception('no critics') }}"
    "{% endif %}<{{ m.role }}>{{ m.content }}{% for call in m.tool_calls or [] %}"
    "<tool_call>{{ call.function.name }} {{ call.function.arguments.city }}</tool_call>"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, template: str = TEMPLATE) -> str:
    """Make the model; returns its name. Stand-ins replace a library that is not installed."""
    if IS_REAL:
        _make_real(folder, template)
    else:
        stand_in = _transformers(template)
        monkeypatch.setitem(sys.modules, "transformers", stand_in)
        monkeypatch.setitem(sys.modules, "torch", _TORCH)
    return str(folder)


@dataclass
class Script:
    """The prompts that a scripted model got, and whether it was told to stop."""

    prompts: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    was_halted: bool = False


def scripted(model: Any, text: str, *, goes_on: bool = False) -> Script:
    """Let a ``TransformersModel`` write ``text``; with ``goes_on`` it only ends when halted."""
    tokenizer, torch, script = model._tokenizer, model._torch, Script()

    def generate(*, input_ids: Any, streamer: Any, stopping_criteria: Any, **options: Any) -> Any:
        tokens = list(input_ids[0])
        script.options = options
        script.prompts.append(tokenizer.decode(tokens))
        streamer.put(input_ids)

        def is_halted() -> bool:
            return bool(stopping_criteria(torch.tensor([tokens]), None)[0])

        for token in tokenizer.encode(text):
            tokens.append(token)
            streamer.put(torch.tensor([token]))
        end = monotonic() + PATIENCE_S
        while goes_on and not is_halted() and monotonic() < end:
            sleep(0.005)
        script.was_halted = is_halted()
        streamer.end()
        return torch.tensor([tokens])

    model._model.generate = generate
    return script


def _make_real(folder: Path, template: str) -> None:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    fast.chat_template = template
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


class _Tensor(list[Any]):
    """Nested lists with a shape."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), len(self[0])) if self and isinstance(self[0], list) else (len(self),)


class _Inputs(dict[str, _Tensor]):
    def to(self, device: str) -> _Inputs:
        return self


class _Tokenizer:
    """A token is a character."""

    pad_token_id = None
    eos_token_id = 0

    def __init__(self, template: str) -> None:
        self.chat_template = template

    def encode(self, text: str) -> list[int]:
        return [ord(character) for character in text]

    def decode(self, tokens: list[int], **_: Any) -> str:
        return "".join(map(chr, tokens))

    def apply_chat_template(self, turns: Any, *, tools: Any, **options: Any) -> _Inputs:
        environment = jinja2.Environment()
        environment.globals["raise_exception"] = _raise_exception
        text = environment.from_string(self.chat_template).render(
            messages=turns, tools=tools, **options
        )
        return _Inputs(input_ids=_Tensor([self.encode(text)]))


class _Model:
    """Writes the alphabet again and again."""

    device = "cpu"
    config = SimpleNamespace(max_position_embeddings=CONTEXT_TOKENS)

    def to(self, device: str) -> None:
        self.device = device

    def generate(self, **options: Any) -> Any:
        streamer, tokens = options["streamer"], list(options["input_ids"][0])
        streamer.put(options["input_ids"])
        for at in range(options["max_new_tokens"]):
            tokens.append(97 + at % 26)
            streamer.put(_Tensor([tokens[-1]]))
            if options["stopping_criteria"](_Tensor([tokens]), None)[0]:
                break
        streamer.end()
        return _Tensor([tokens])


class _Streamer:
    def __init__(self, tokenizer: _Tokenizer, *, skip_prompt: bool, **_: Any) -> None:
        self._tokenizer = tokenizer
        self._is_prompt = skip_prompt
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def put(self, tokens: Any) -> None:
        if self._is_prompt:
            self._is_prompt = False
        else:
            text = self._tokenizer.decode(tokens)
            self._loop.call_soon_threadsafe(self._texts.put_nowait, text)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._texts.put_nowait, None)

    def __aiter__(self) -> _Streamer:
        return self

    async def __anext__(self) -> str:
        text = await self._texts.get()
        if text is None:
            raise StopAsyncIteration
        return text


class _Criteria(list[Callable[..., _Tensor]]):
    def __call__(self, tokens: _Tensor, scores: Any) -> _Tensor:
        return _Tensor([any(criterion(tokens, scores)[0] for criterion in self)])


_TORCH: Any = SimpleNamespace(
    bool=bool,
    tensor=_Tensor,
    full=lambda shape, value, **_: _Tensor([value] * shape[0]),
    cuda=SimpleNamespace(is_available=lambda: False),
)


def _transformers(template: str) -> Any:
    def load(name: str, **_: Any) -> _Tokenizer:
        if not Path(name).is_dir():
            raise OSError(f"{name} is not a local folder")
        return _Tokenizer(template)

    return SimpleNamespace(
        AutoTokenizer=SimpleNamespace(from_pretrained=load),
        AutoModelForCausalLM=SimpleNamespace(from_pretrained=lambda name, **_: _Model()),
        AsyncTextIteratorStreamer=_Streamer,
        StoppingCriteriaList=_Criteria,
    )


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)
