"""What the page may set about its agent: kind, plans, approvals, limits, pictures."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from pyagent.messages import ToolUse
from pyagent.models.formats.by_name import FORMATS
from pyagent.models.from_settings import model_from_settings
from pyagent.models.price import Price
from pyagent.protocol import (
    AddTool,
    ApprovalRequested,
    Approve,
    Configured,
    FileInfo,
    Limits,
    ModelSettings,
    Planned,
    RunFinished,
    StartRun,
    StopRun,
    ToolCall,
    ToolFinished,
    ToolReturn,
)
from support.browser.page_end import PageEnd, with_agent

NO_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}}
SEND = AddTool(name="send", description="Sends the mail.", parameters=NO_ARGUMENTS)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


def final(answer: Any, use_id: str = "f") -> list[Any]:
    """A native call of ``final_answer``."""
    return [ToolUse(id=use_id, name="final_answer", arguments={"answer": answer})]


def test_the_page_may_choose_an_agent_that_calls_tools() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(SEND)
        await page.configure(kind="tool_calling")
        page.send(StartRun(run_id="r", task="Send it."))
        call = await page.until(ToolCall)
        page.send(ToolReturn(call_id=call.call_id, value="sent"))
        assert (await page.until(RunFinished)).output == "done"

    model = with_agent(scenario, [ToolUse(id="1", name="send")], final("done"), supports_tools=True)
    assert {spec.name for spec in model.requests[0].tools} == {"send", "final_answer"}


def test_a_change_of_kind_keeps_conversation_and_variables() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        await page.run("Remember 41.")
        await page.configure(kind="tool_calling")
        page.send(SEND)
        page.send(StartRun(run_id="r", task="Send it."))
        page.send(ToolReturn(call_id=(await page.until(ToolCall)).call_id, value="sent"))
        await page.until(RunFinished)
        await page.configure()
        assert (await page.run("And now?")).output == 42

    model = with_agent(
        scenario,
        "kept = 41\nfinal_answer(kept)",
        ["On it.", ToolUse(id="1", name="send")],
        final("sent", "2"),
        "final_answer(kept + 1)",
        supports_tools=True,
    )
    last = model.requests[-1].messages
    told = "\n".join(message.content for message in last)
    assert all(text in told for text in ("Remember 41.", '{"name": "send"', "send: sent"))
    assert not any(message.tool_uses or message.role == "tool" for message in last)


def test_a_change_during_a_run_holds_from_the_next_one() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(SEND)
        await page.configure()
        page.send(StartRun(run_id="first", task="Send it."))
        call = await page.until(ToolCall)
        assert (await page.configure(kind="tool_calling")).problem is None
        page.send(ToolReturn(call_id=call.call_id, value=1))
        assert (await page.until(RunFinished)).output == 1
        assert (await page.run("Again.")).output == 2

    with_agent(scenario, "final_answer(send())", final(2), supports_tools=True)


def test_settings_out_of_range_are_refused() -> None:
    async def scenario(page: PageEnd) -> None:
        problem = (await page.configure(planning_interval=0)).problem
        assert problem is not None
        assert "planning_interval" in problem.message

    with_agent(scenario)


def test_plans_are_made_as_often_as_the_page_sets() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(planning_interval=1)
        page.send(StartRun(run_id="r", task="Add."))
        assert (await page.until(Planned)).plan == "First look."
        assert (await page.until(RunFinished)).success

    with_agent(scenario, ["First look."], "final_answer(2)")


def test_the_page_may_ask_for_replies_in_json() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        assert "`thought` says" not in await page.read_ahead()
        assert (await page.run("Begin.")).output == 1
        await page.configure(structured_output=True)
        assert "`thought` says" in await page.read_ahead()
        assert (await page.run("Go on.")).output == 2

    reply = json.dumps({"thought": "I add.", "code": "final_answer(2)"})
    model = with_agent(scenario, "final_answer(1)", [reply], supports_schema=True)
    first, second = (request.schema for request in model.requests)
    assert first is None
    assert second is not None
    assert second["required"] == ["thought", "code"]


def asked_for_approval(page: PageEnd) -> Any:
    async def ask() -> ApprovalRequested:
        page.send(SEND)
        await page.configure(approve=["send"])
        page.send(StartRun(run_id="r", task="Send it."))
        return await page.until(ApprovalRequested)

    return ask()


def test_a_tool_runs_when_the_person_allows_it() -> None:
    async def scenario(page: PageEnd) -> None:
        asked = await asked_for_approval(page)
        assert not any(isinstance(message, ToolCall) for message in page.seen)
        page.send(Approve(run_id="r", call_id=asked.call_id, allowed=True))
        page.send(ToolReturn(call_id=(await page.until(ToolCall)).call_id, value="sent"))
        assert (await page.until(RunFinished)).output == "sent"

    with_agent(scenario, "final_answer(send())")


def test_a_refusal_reaches_the_model_with_its_reason() -> None:
    async def scenario(page: PageEnd) -> None:
        asked = await asked_for_approval(page)
        page.send(Approve(run_id="r", call_id=asked.call_id + 7, allowed=True))
        page.send(Approve(run_id="r", call_id=asked.call_id, allowed=False, reason="Too early."))
        error = (await page.until(ToolFinished)).error
        assert error is not None
        assert (error.type, "Too early." in error.message) == ("NotApproved", True)
        assert (await page.until(RunFinished)).output == "not sent"
        assert not any(isinstance(message, ToolCall) for message in page.seen)

    with_agent(scenario, "send()", "final_answer('not sent')")


def test_stop_ends_the_wait_for_approval() -> None:
    async def scenario(page: PageEnd) -> None:
        asked = await asked_for_approval(page)
        page.send(StopRun(run_id="r"))
        assert (await page.until(RunFinished)).reason == "cancelled"
        page.send(Approve(run_id="r", call_id=asked.call_id, allowed=True))
        assert (await page.run("Go on.", "next")).output == 1
        assert not any(isinstance(message, ToolCall) for message in page.seen)

    with_agent(scenario, "final_answer(send())", "final_answer(1)")


def test_a_limit_ends_the_run_and_the_page_gets_its_cost() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(limits=Limits(cost_usd=0.000001))
        finished = await page.run("Go on and on.")
        assert finished.reason == "limit"
        assert finished.token_usage.cost_usd
        await page.configure(limits=Limits(tokens=1))
        assert (await page.run("Again.", "r2")).reason == "limit"

    with_agent(scenario, "x = 1", "x = 2", price=Price(input=1.0, output=2.0))


def test_a_limit_of_seconds_ends_endless_code() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(limits=Limits(seconds=1.0))
        finished = await page.run("Go on and on.")
        assert finished.reason == "limit"
        assert finished.problem is not None
        assert "1 s" in finished.problem.message

    with_agent(scenario, "while True: pass")


def test_a_small_memory_forgets_the_first_task() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(memory_size=2)
        for number in range(3):
            await page.run(f"Task number {number}.", str(number))

    model = with_agent(scenario, *["final_answer(1)"] * 3)
    told = "\n".join(message.content for message in model.requests[-1].messages)
    assert [f"number {number}" in told for number in range(3)] == [False, True, True]


@pytest.mark.parametrize("style", ["full", "short"])
@pytest.mark.parametrize("kind", [*FORMATS, "page"])
def test_model_settings_reach_the_model(kind: Any, style: Any) -> None:
    settings = ModelSettings(
        kind=kind,
        model="m-1",
        base_url="https://models.example/v1",
        api_key="sk-secret",
        temperature=0.3,
        max_tokens=700,
        context_tokens=9_000,
        prompt_style=style,
    )
    model: Any = model_from_settings(settings, send=lambda message: None)
    assert (model.model_id, model.temperature, model.max_tokens) == ("m-1", 0.3, 700)
    assert (model.context_tokens, model.prompt_style) == (9_000, style)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("thinking", "told"), [(True, (True, -1)), (False, (False, 0)), (None, (None,))]
)
def test_thinking_reaches_the_models_that_support_it(kind: Any, thinking: Any, told: Any) -> None:
    settings = ModelSettings(
        kind=kind, model="m-1", base_url="https://models.example/v1", thinking=thinking
    )
    model: Any = model_from_settings(settings, send=lambda message: None)
    if kind in ("anthropic", "gemini"):
        assert model.thinking in told
    else:
        assert not hasattr(model, "thinking")


def run_with_a_picture(*, supports_images: bool) -> Any:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        files = [
            FileInfo(path="a.png", size_bytes=len(PNG), media_type="image/png"),
            FileInfo(path="b.txt", size_bytes=1, media_type="text/plain"),
        ]
        page.send(StartRun(run_id="r", task="Look.", files=files), [PNG, b"x"])
        assert (await page.until(RunFinished)).output == len(PNG)

    code = "final_answer(len(open('a.png', 'rb').read()))"
    model = with_agent(scenario, code, supports_images=supports_images)
    return model.requests[0].messages[-1].images


def test_a_picture_is_shown_to_a_model_that_supports_images() -> None:
    (image,) = run_with_a_picture(supports_images=True)
    assert (image.media_type, image.data) == ("image/png", PNG)


def test_a_picture_stays_a_file_if_the_model_supports_no_images() -> None:
    assert run_with_a_picture(supports_images=False) == ()


def test_settings_may_follow_each_other_quickly() -> None:
    async def scenario(page: PageEnd) -> None:
        first, second = await asyncio.gather(page.configure(max_steps=1), page.configure())
        assert isinstance(first, Configured)
        assert isinstance(second, Configured)
        assert (await page.run("Add.")).output == 2

    with_agent(scenario, "x = 1", "final_answer(x + 1)")
