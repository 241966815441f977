"""Models of the library transformers.

If the library is installed, these tests run a tiny real model that they make themselves. The test
suite does not install it, because torch alone is over a gigabyte; stand-ins then replace the parts
that we call. All tests passed when run by hand on 2026-11-27 with transformers 5.24.0 and torch
2.13.0. On the same day both kinds of agent solved a task with the real Qwen2.5-Coder-0.5B.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pyagent.errors import ContextOverflowError, ModelError
from pyagent.messages import ChatMessage, ToolSpec, ToolUse
from pyagent.models.base import (
    ModelEvent,
    ReplyDone,
    TextDelta,
    ToolRequested,
)
from pyagent.models.transformers import TransformersModel
from support.models.model_asking import QUESTION, ask, said
from support.models.tiny_transformers import CONTEXT_TOKENS, TEMPLATE, install, scripted

TOOLS = [ToolSpec(name="population", description="People.", parameters={"type": "object"})]
CALL = '<tool_call>\n{"name": "population", "arguments": {"city": "Rom"}}\n</tool_call>'


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return install(tmp_path, monkeypatch)


def model_of(tiny: str, **options: Any) -> TransformersModel:
    return TransformersModel(tiny, temperature=0, **options)


def done(events: Sequence[ModelEvent]) -> ReplyDone:
    last = events[-1]
    assert isinstance(last, ReplyDone)
    return last


def test_reply_streams_while_it_is_written(tiny: str) -> None:
    model = model_of(tiny)
    scripted(model, "Zwei Prozent sind 1340 €, fertig.")
    events = asyncio.run(ask(model))
    assert said(events) == "Zwei Prozent sind 1340 €, fertig."
    assert len([event for event in events if isinstance(event, TextDelta)]) > 3
    assert done(events).finish_reason == "stop"


def test_tokens_are_counted_and_limited(tiny: str) -> None:
    events = asyncio.run(ask(model_of(tiny, max_tokens=60)))
    usage = done(events).token_usage
    assert done(events).finish_reason == "length"
    assert (usage.output_tokens, usage.cost_usd, usage.estimated) == (60, 0.0, False)
    assert usage.input_tokens == len("<user>What is 2 % of 67000?<assistant>")


def test_options_also_have_the_names_of_smolagents(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, **options: Any) -> Any:
        loaded.update(options)
        return real(name, trust_remote_code=False)

    loaded: dict[str, Any] = {}
    loader = sys.modules["transformers"].AutoModelForCausalLM
    real = loader.from_pretrained
    monkeypatch.setattr(loader, "from_pretrained", load)
    model = model_of(tiny, device_map="auto", torch_dtype="float32", max_new_tokens=30)
    assert (loaded["device_map"], loaded["dtype"]) == ("auto", "float32")
    assert done(asyncio.run(ask(model))).token_usage.output_tokens == 30


def test_options_for_the_chat_template_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = TEMPLATE + "{% if not enable_thinking %}<no thoughts>{% endif %}"
    tiny = install(tmp_path, monkeypatch, template=template)
    for thinking in (True, False):
        model = model_of(tiny, apply_chat_template_kwargs={"enable_thinking": thinking})
        script = scripted(model, "ok")
        asyncio.run(ask(model))
        assert ("<no thoughts>" in script.prompts[0]) is not thinking


def test_same_question_gets_the_same_reply_at_temperature_0(tiny: str) -> None:
    model = model_of(tiny, max_tokens=40)
    assert said(asyncio.run(ask(model))) == said(asyncio.run(ask(model)))


@pytest.mark.parametrize(
    ("temperature", "sampling"),
    [(None, {}), (0, {"do_sample": False}), (0.7, {"do_sample": True, "temperature": 0.7})],
)
def test_temperature_decides_how_tokens_are_chosen(
    tiny: str, temperature: float | None, sampling: dict[str, Any]
) -> None:
    model = TransformersModel(tiny, temperature=temperature)
    script = scripted(model, "ok")
    asyncio.run(ask(model))
    names = ("do_sample", "temperature")
    assert {n: script.options[n] for n in names if n in script.options} == sampling


def test_stop_string_ends_the_writing(tiny: str) -> None:
    model = model_of(tiny)
    script = scripted(model, "x = 1 </code> and so on ", goes_on=True)
    events = asyncio.run(ask(model, stop=["</code>"]))
    assert said(events) == "x = 1 "
    assert done(events).finish_reason == "stop"
    assert script.was_halted


def test_closed_reply_ends_at_the_next_token(tiny: str) -> None:
    model = model_of(tiny)
    script = scripted(model, "On and on ", goes_on=True)

    async def run() -> None:
        stream = model.stream(QUESTION)
        await anext(stream)
        await stream.aclose()

    asyncio.run(run())
    assert script.was_halted


def test_cancelled_run_ends_the_writing(tiny: str) -> None:
    model = model_of(tiny)
    script = scripted(model, "On and on ", goes_on=True)

    async def run() -> None:
        started = asyncio.Event()

        async def read() -> None:
            async for _ in model.stream(QUESTION):
                started.set()

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert script.was_halted


def test_requests_at_the_same_time_are_answered_one_after_another(tiny: str) -> None:
    model = model_of(tiny, max_tokens=30)

    async def run() -> list[str]:
        return [said(events) for events in await asyncio.gather(ask(model), ask(model))]

    first, second = asyncio.run(run())
    assert first == second != ""


def test_conversation_goes_through_the_chat_template(tiny: str) -> None:
    model = model_of(tiny)
    script = scripted(model, "ok")
    use = ToolUse(id="1", name="population", arguments={"city": "Rom"})
    messages = [
        ChatMessage(role="system", content="Be brief."),
        ChatMessage(role="assistant", content="", tool_uses=(use,)),
        ChatMessage(role="tool", content="2 872 800", tool_use_id="1"),
    ]

    async def run() -> None:
        async for _ in model.stream(messages, tools=TOOLS):
            pass

    asyncio.run(run())
    assert script.prompts == [
        "[tool population] <tool_call><system>Be brief.<assistant><tool_call>population Rom"
        "</tool_call><tool>2 872 800<assistant>"
    ]


def test_tool_calls_are_read_out_of_the_text(tiny: str) -> None:
    model = model_of(tiny)
    assert model.supports_tools
    scripted(model, f"Let me look.\n{CALL}\n{CALL}")
    events = asyncio.run(ask(model, tools=TOOLS))
    uses = [event.use for event in events if isinstance(event, ToolRequested)]
    assert said(events) == "Let me look.\n"
    assert [(use.name, use.arguments, use.fault) for use in uses] == [
        ("population", {"city": "Rom"}, "")
    ] * 2
    assert uses[0].id != uses[1].id


def test_call_that_cannot_be_read_stays_text(tiny: str) -> None:
    model = model_of(tiny)
    scripted(model, "<tool_call>population(Rom)</tool_call>")
    events = asyncio.run(ask(model, tools=TOOLS))
    assert said(events) == "<tool_call>population(Rom)</tool_call>"


def test_calls_are_text_if_no_tools_are_offered(tiny: str) -> None:
    model = model_of(tiny)
    scripted(model, CALL)
    assert said(asyncio.run(ask(model))) == CALL


def test_conversation_that_is_too_long_is_an_overflow(tiny: str) -> None:
    model = model_of(tiny)
    assert model.context_tokens == CONTEXT_TOKENS
    messages = [ChatMessage(role="user", content="x" * CONTEXT_TOKENS)]

    async def run() -> None:
        async for _ in model.stream(messages):
            pass

    with pytest.raises(ContextOverflowError, match="reads 2048"):
        asyncio.run(run())


def test_reply_ends_at_the_end_of_the_context(tiny: str) -> None:
    model = model_of(tiny, context_tokens=50)
    usage = done(asyncio.run(ask(model))).token_usage
    assert usage.input_tokens + usage.output_tokens == 50


def test_failure_while_writing_is_one_of_our_errors(tiny: str) -> None:
    model = model_of(tiny)

    def fail(**_: Any) -> None:
        raise RuntimeError("out of memory")

    async def run() -> None:
        async with asyncio.timeout(20) as limit:
            with pytest.raises(ModelError, match="failed: out of memory"):
                await ask(model)
        assert not limit.expired()

    model._model.generate = fail
    asyncio.run(run())


def test_model_without_a_chat_template_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="no chat template"):
        TransformersModel(install(tmp_path, monkeypatch, template=""))


def test_model_whose_template_has_no_calls_has_no_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = TEMPLATE.replace("<tool_call>", "")
    assert not TransformersModel(install(tmp_path, monkeypatch, template=plain)).supports_tools


def test_error_for_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match="pip install"):
        TransformersModel("any")


def test_missing_model_is_an_error(tiny: str) -> None:
    with pytest.raises(ModelError, match="could not be loaded"):
        TransformersModel(tiny + "/nothing")
