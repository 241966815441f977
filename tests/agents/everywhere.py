"""What agents and models do alike on CPython and inside a page: ``CASES`` maps a name to a case.

A case is a plain async function of a ``Place``. It needs nothing but pyagent, the standard library
and what the page has, so that the agent worker of a browser can run it too. ``test_everywhere``
runs the cases on CPython, ``test_contract_wasm`` in the page. The defaults are left as they are:
what a person writes in one place must work in the other.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from wire_replies import reply_in_format

from pyagent import (
    Agent,
    AgentError,
    AnthropicModel,
    ChatMessage,
    CodeAgent,
    Executor,
    ExecutorError,
    GeminiModel,
    InferenceClientModel,
    Limits,
    LiteLLMModel,
    Model,
    OpenAIModel,
    OpenAIResponsesModel,
    PlanningStep,
    RouterModel,
    ScriptedModel,
    ServerError,
    ToolCallingAgent,
    tool,
)
from pyagent.messages import ToolUse
from pyagent.protocol import Notice, RunStarted

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
LIMIT_S = 60.0
"""How long a case waits for what should come at once."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the cases run."""

    make_executor: Callable[[], Executor]
    has_threads: bool


Case = Callable[[Place], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@tool
def add(a: float, b: float) -> float:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


@asynccontextmanager
async def coding(
    place: Place, *replies: Any, model: Model | None = None, **options: Any
) -> AsyncIterator[CodeAgent]:
    """An agent that writes code, closed on the way out."""
    executor = place.make_executor()
    try:
        async with CodeAgent(
            options.pop("tools", ()), model or ScriptedModel(replies), executor=executor, **options
        ) as agent:
            yield agent
    finally:
        await executor.aclose()


def calling(*replies: Any, native: bool = True, **options: Any) -> ToolCallingAgent:
    """An agent that calls tools."""
    model = ScriptedModel(replies, supports_tools=native)
    return ToolCallingAgent(options.pop("tools", (add,)), model, **options)


def block(code: str) -> str:
    return f"```python\n{code}\n```"


def use(name: str, /, **arguments: Any) -> ToolUse:
    return ToolUse(
        id=f"{name} {sorted(arguments.values(), key=str)}", name=name, arguments=arguments
    )


def asked(agent: Agent, request: int = -1) -> tuple[ChatMessage, ...]:
    """What the model was sent."""
    assert isinstance(agent.model, ScriptedModel)
    return agent.model.requests[request].messages


# --- agents --------------------------------------------------------------------------------------


@case
async def code_agent_calls_tools_keeps_variables_and_forgets_them_at_reset(place: Place) -> None:
    replies = [
        block("x = add(add(1, base), 3)\nfinal_answer(x)"),
        block("final_answer(x + 1)"),
        block("final_answer('x' in globals() or 'base' in globals())"),
    ]
    async with coding(place, *replies, tools=[add]) as agent:
        assert (await agent.arun("Add.", additional_args={"base": 2})).output == 6
        assert (await agent.arun("One more.")).output == 7
        assert (await agent.arun("Anew.", reset=True)).output is False
        assert agent.state.runs == 3


@case
async def tool_calls_of_a_reply_run_together_and_one_failing_loses_no_other(_: Place) -> None:
    meeting = asyncio.Barrier(2)

    @tool
    async def meet(name: str) -> str:
        """Wait for the other.

        Args:
            name: Your name.
        """
        async with asyncio.timeout(LIMIT_S):
            await meeting.wait()
        return name

    calls = [use("meet", name="Ann"), use("meet"), use("meet", name="Bob")]
    agent = calling(calls, [use("final_answer", answer="Done.")], tools=[meet])
    assert (await agent.arun("Meet.")).output == "Done."
    first, wrong, last = [message.content for message in asked(agent)[-3:]]
    assert (first, last) == ("Ann", "Bob")
    assert "name" in wrong, wrong


@case
async def calls_in_text_do_where_a_model_has_none_of_its_own(_: Place) -> None:
    written = json.dumps({"name": "add", "arguments": {"a": 1, "b": 2}})
    answer = json.dumps({"name": "final_answer", "arguments": {"answer": 3}})
    agent = calling(f"I add.\n```json\n{written}\n```", answer, native=False)
    result = await agent.arun("Add.")
    assert (result.success, result.output) == (True, 3)


@case
async def plans_checks_and_callbacks_take_part(place: Place) -> None:
    seen: list[str] = []

    async def is_even(answer: Any, memory: Any, agent: Any) -> bool:
        return answer % 2 == 0

    replies = ["1. Guess.", block("final_answer(3)"), block("final_answer(4)")]
    async with coding(
        place,
        *replies,
        planning_interval=5,
        final_answer_checks=[is_even],
        step_callbacks={PlanningStep: lambda step, agent: seen.append(step.plan)},
        instructions="Answer evenly.",
    ) as agent:
        result = await agent.arun("Guess.")
        assert (result.output, seen) == (4, ["1. Guess."])
        assert asked(agent)[0].content.endswith("Answer evenly.")


@case
async def code_may_come_as_json_of_a_schema(place: Place) -> None:
    reply = json.dumps({"thought": "I add.", "code": "final_answer(40 + 2)"})
    model = ScriptedModel([reply], supports_schema=True)
    async with coding(place, model=model, structured_output=True) as agent:
        assert (await agent.arun("Add.")).output == 42
    assert model.requests[0].schema is not None


@case
async def person_allows_or_refuses_a_call(place: Place) -> None:
    code = "try:\n    add(1, 2)\nexcept Exception as error:\n    final_answer(str(error))"
    async with coding(
        place, block(code), tools=[add], approve=["add"], on_approval=lambda question: "Not today."
    ) as agent:
        assert "Not today." in (await agent.arun("Add.")).output


@case
async def limits_and_max_steps_end_a_run_in_order(place: Place) -> None:
    go_on = block("x = 1")
    async with coding(place, go_on, go_on, "Perhaps 1.", max_steps=2) as coder:
        result = await coder.arun("Go.")
        assert (result.reason, result.output, result.success) == ("max_steps", "Perhaps 1.", False)
    agent = calling([use("add", a=1, b=2)], "Three.", limits=Limits(tokens=1))
    assert (await agent.arun("Go.")).reason == "limit"
    async with coding(place, block("while True: pass"), limits=Limits(seconds=1)) as coder:
        assert (await coder.arun("Go.")).reason == "limit"


@case
async def agents_are_called_from_code_with_sandboxes_of_their_own(place: Place) -> None:
    child = calling([use("final_answer", answer="Rome")], name="guide", description="Knows places.")
    inner = place.make_executor()
    adder = CodeAgent(
        model=ScriptedModel([block("final_answer(sum(numbers))")]),
        executor=inner,
        name="adder",
        description="Adds up.",
    )
    code = "n = adder('Add.', {'numbers': [1, 2]})\nfinal_answer([guide('Capital?'), n])"
    async with coding(place, block(code), managed_agents=[child, adder]) as agent:
        events = [event async for event in agent.astream("Go.")]
        result = agent.last_result
    await inner.aclose()
    assert result is not None
    assert result.output == ["Rome", 3]
    starts = {event.agent: event for event in events if isinstance(event, RunStarted)}
    assert {starts[name].parent_run_id for name in ("guide", "adder")} == {starts[""].run_id}
    spent = sum(run.token_usage.input_tokens for run in result.children)
    assert result.token_usage.input_tokens == result.steps[0].token_usage.input_tokens + spent


@case
async def agents_are_called_by_tool_calls_at_the_same_time(_: Place) -> None:
    child = calling("Done.", "Done.", name="worker", description="Works.")
    calls = [use("worker", task="a"), use("worker", task="b")]
    agent = calling(calls, "Both are done.", managed_agents=[child])
    result = await agent.arun("Go.")
    assert [run.output for run in result.children] == ["Done.", "Done."]
    tasks = {request.messages[-1].content for request in child.model.requests}  # type: ignore[attr-defined]
    assert tasks == {"Task: a", "Task: b"}


@case
async def many_tasks_are_solved_by_copies_that_share_nothing(place: Place) -> None:
    class Squaring(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            n = messages[-1].content.removeprefix("Task: ")
            return block(f"seen = [*globals().get('seen', []), {n}]\nfinal_answer(seen)")

    async with coding(place, model=Squaring()) as agent:
        batch = agent.amap(["1", "2", "3"], concurrency=2)
        outputs = {item.index: item.result.output async for item in batch}
    assert outputs == {0: [1], 1: [2], 2: [3]}
    assert (batch.summary.answered, batch.summary.counts) == (3, {"answered": 3})
    assert agent.state.runs == 3


@case
async def agent_is_saved_and_goes_on(place: Place) -> None:
    def team() -> ToolCallingAgent:
        return calling("Rome.", name="guide", description="Knows places.", max_tool_calls=2)

    executor = place.make_executor()
    remember = ScriptedModel([block("x = 41\nfinal_answer(x)")])
    first = CodeAgent([], remember, executor=executor, managed_agents=[team()], memory_size=3)
    with tempfile.TemporaryDirectory() as folder:
        async with first:
            await first.arun("Remember 41.")
            await first.asave(folder)
        await executor.aclose()
        model = ScriptedModel([block("final_answer([x + 1, guide('Capital?')])")])
        executor = place.make_executor()
        agent = CodeAgent.load(
            folder, with_sandbox=True, model=model, executor=executor, managed_agents=[team()]
        )
        async with agent:
            assert (await agent.arun("One more.")).output == [42, "Rome."]
        await executor.aclose()
    assert (agent.memory.size, agent.state.runs) == (3, 2)
    assert "Task: Remember 41." in [message.content for message in model.requests[0].messages]


@case
async def synchronous_methods_work_or_name_the_asynchronous_ones(place: Place) -> None:
    def everything() -> list[object]:
        agent = calling("One.", "Two.", "Three.")
        return [
            agent.run("1").output,
            [event.type for event in agent.stream("2")][-1],
            [item.result.output for item in agent.map(["3"])],
        ]

    if place.has_threads:
        assert everything() == ["One.", "run_finished", ["Three."]]
        return
    for start in (
        lambda agent: agent.run("1"),
        lambda agent: list(agent.stream("2")),
        lambda agent: list(agent.map(["3"])),
        lambda agent: agent.close(),
    ):
        told = ""
        try:
            start(calling("One."))
        except AgentError as error:
            told = error.advice
        assert "await arun()" in told


@case
async def executor_of_processes_says_that_there_are_none(place: Place) -> None:
    if place.has_threads:
        return
    result = await CodeAgent(model=ScriptedModel([block("1")])).arun("Go.")
    assert result.problem is not None
    assert result.problem.kind == ExecutorError.kind, result.problem
    assert "executor" in result.problem.advice, result.problem


# --- models --------------------------------------------------------------------------------------


def _endpoint(requests: list[httpx.Request], *said: Any) -> httpx.MockTransport:
    """Gives these replies in the format that it is asked in; a number is a status."""
    script = iter(said)

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        reply = next(script)
        if isinstance(reply, int):
            return httpx.Response(reply, headers={"retry-after": "0"}, json={"error": {}})
        return reply_in_format(request, json.dumps(reply))

    return httpx.MockTransport(handle)


MODELS: dict[str, Callable[..., Model]] = {
    "openai": lambda **options: OpenAIModel("gpt-5-mini", **options),
    "responses": lambda **options: OpenAIResponsesModel("gpt-5-mini", **options),
    "anthropic": lambda **options: AnthropicModel("claude-sonnet-4-5", **options),
    "gemini": lambda **options: GeminiModel("gemini-2.5-flash", **options),
    "inference": lambda **options: InferenceClientModel("a/b", **options),
    "table": lambda **options: LiteLLMModel("anthropic/claude-sonnet-4-5", **options),
}


def _asked_as(name: str) -> Case:
    async def model_calls_tools_sees_images_and_overcomes_a_busy_server(_: Place) -> None:
        requests: list[httpx.Request] = []
        calls = [{"name": "add", "arguments": {"a": 1, "b": 2}}] * 2
        answer = {"name": "final_answer", "arguments": {"answer": 3}}
        transport = _endpoint(requests, 429, calls, answer)
        model = MODELS[name](api_key="sk-secret", transport=transport)
        result = await ToolCallingAgent([add], model).arun("Add.", images=[PNG])
        await model.aclose()
        assert (result.success, result.output) == (True, 3), result.problem
        assert [request.content.count(b64encode(PNG)) for request in requests] == [1, 1, 1]
        assert result.token_usage.output_tokens > 0
        assert (result.token_usage.cost_usd is None) == (name == "inference")

    return model_calls_tools_sees_images_and_overcomes_a_busy_server


for _name in MODELS:
    CASES[f"model_calls_tools_and_sees_images_{_name}"] = _asked_as(_name)


@case
async def router_hands_over_to_the_next_model(_: Place) -> None:
    failing = ScriptedModel([ServerError("It is ill.")], supports_tools=True)
    healthy = ScriptedModel(["Hello."], supports_tools=True)
    agent = ToolCallingAgent(model=RouterModel({"a": failing, "b": healthy}))
    events = [event async for event in agent.astream("Greet.")]
    assert agent.last_result is not None
    assert agent.last_result.output == "Hello."
    assert any(isinstance(event, Notice) for event in events)


@case
async def conversation_that_grows_too_long_is_shortened(place: Place) -> None:
    class Counting(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            if messages[-1].content.endswith("Write the summary now."):
                return "Nothing yet."
            return block("print('value ' * 400)")

    model = Counting(context_tokens=4_000)
    async with coding(place, model=model, max_steps=12) as agent:
        events = [event async for event in agent.astream("Go.")]
    assert any("shortened" in e.message for e in events if isinstance(e, Notice)), events[-1]
    assert sum(len(message.content) for message in model.requests[-1].messages) < 16_000
