"""Agents saved as data and in folders: no data is lost, and loading runs nothing."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from pyagent import (
    ActionStep,
    Agent,
    AnthropicModel,
    AuthenticationError,
    CodeAgent,
    Limits,
    LoadError,
    LocalExecutor,
    OpenAIModel,
    PlanningStep,
    Price,
    ScriptedModel,
    SqlTool,
    Step,
    SummaryStep,
    Tool,
    ToolCallingAgent,
    WikipediaTool,
    tool,
)
from pyagent.agents.options import AgentOptions
from pyagent.concurrency import background
from pyagent.messages import ToolUse
from pyagent.protocol import ApprovalRequested
from support.agents.scripted_agents import block, price_of

KEY = "sk-very-secret-0815"


class Shop(Tool):
    """A tool with state of its own."""

    name = "shop"
    description = "Look into the shop."

    def __init__(self, shelf: Path, *, password: str = "", sizes: tuple[int, ...] = ()) -> None:
        self.shelf = shelf
        self.password = password
        self.sizes = sizes

    def forward(self) -> str:
        """Look."""
        return str(self.shelf)


def is_short(answer: Any, memory: Any, agent: Any) -> bool:
    """A final answer check."""
    return len(str(answer)) < 100


def after_plan(step: Any, agent: Any) -> None:
    """A step callback."""
    agent.instructions += f" plan:{step.type}"


def after_step(step: Any, agent: Any) -> None:
    """Another step callback."""
    agent.instructions += f" step:{step.type}"


def allow(request: ApprovalRequested) -> bool:
    """An approval by a person."""
    return True


def full_agent() -> CodeAgent:
    """An agent for which every option is set."""
    model = OpenAIModel(
        "gpt-5-mini",
        api_key=KEY,
        temperature=0.25,
        max_tokens=900,
        context_tokens=50_000,
        price=Price(input=1.0, output=2.0, cached_input=0.1),
        extra_body={"seed": 7, "prompt_cache_key": "k"},
        max_retries=1,
        timeout_s=20.0,
    )
    helper = ToolCallingAgent(
        [WikipediaTool(language="de", max_chars=500)],
        model,
        name="helper",
        description="Looks things up.",
        max_tool_calls=3,
    )
    return CodeAgent(
        [price_of, SqlTool("shop.db", max_rows=5), Shop(Path("a/b"), sizes=(1, 2))],
        model,
        name="seller",
        description="Sells.",
        instructions="Be brief.",
        max_steps=7,
        planning_interval=3,
        managed_agents=[helper],
        memory_size=4,
        limits=Limits(tokens=1_000, cost_usd=0.5, seconds=9.0),
        final_answer_checks=[is_short],
        step_callbacks={ActionStep: [after_step, after_plan], PlanningStep: [after_plan]},
        approve=["shop"],
        on_approval=allow,
        on_input=str,
        provide_run_summary=True,
        authorized_imports=["numpy"],
        deadline_s=12.5,
        structured_output=True,
        executor_kwargs={"env": {"TZ": "UTC"}},
        verbosity_level=1,
    )


def as_json(agent: Agent) -> Any:
    """The agent's data after a trip through text."""
    return json.loads(json.dumps(agent.to_dict()))


def test_agent_comes_back_with_every_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with full_agent() as agent, Agent.from_dict(as_json(agent), on_input=str) as again:
        assert type(again) is CodeAgent
        assert again.to_dict() == agent.to_dict()
        before, after = agent._arguments(), again._arguments()
        differing = {name for name in before if before[name] != after[name]}
        assert differing == {"tools", "model"}  # these are objects without equality
        assert again.system_prompt == agent.system_prompt


@pytest.mark.parametrize(
    ("callbacks", "heard"),
    [
        ({Step: after_step}, "step:planning step:action"),
        ({ActionStep | SummaryStep: [after_step]}, "step:action"),
        ({(ActionStep, PlanningStep): after_step}, "step:planning step:action"),
        (
            {object: after_plan, ActionStep: (after_step,), Step: after_plan},
            "plan:planning plan:planning plan:action step:action plan:action",
        ),
    ],
    ids=["any step", "some steps", "tuple", "several, in their order"],
)
def test_callbacks_by_kind_of_step_get_the_same_steps_after_loading(
    callbacks: Any, heard: str
) -> None:
    for load in (lambda agent: agent, lambda agent: Agent.from_dict(as_json(agent))):
        model = ScriptedModel(["A plan.", "Done."], supports_tools=True)
        agent = ToolCallingAgent(model=model, planning_interval=9, step_callbacks=callbacks)
        again = load(agent)
        again.run("Go.")
        assert again.instructions.strip() == heard


def test_no_option_is_left_out_of_what_is_stored() -> None:
    with full_agent() as agent, CodeAgent(model=ScriptedModel()) as plain:
        stored, by_default = agent._arguments(), plain._arguments()
    known = {*AgentOptions.__annotations__, *inspect.signature(CodeAgent).parameters} - {"options"}
    # Managed agents are among the tools; executor_options are executor_kwargs.
    assert known - stored.keys() == {"managed_agents", "executor_options"}
    unset = {name for name in stored if stored[name] == by_default[name]}
    assert unset == {"executor", "executor_type", "call_blocking"}
    assert "on_input" not in agent.to_dict()["options"]
    assert ToolCallingAgent(model=ScriptedModel())._arguments().keys() >= {"max_tool_calls"}


def test_team_that_calls_tools_comes_back_at_every_depth(tmp_path: Path) -> None:
    model = ScriptedModel()
    coder = CodeAgent(model=model, name="coder", description="Codes.", deadline_s=7.5)
    guide = ToolCallingAgent(
        [], model, name="guide", description="Guides.", managed_agents=[coder], max_tool_calls=2
    )
    with ToolCallingAgent([], model, managed_agents=[guide], max_tool_calls=3) as agent:
        agent.save(tmp_path)
    replies = [
        [ToolUse(id="1", name="guide", arguments={"task": "Count."})],
        [ToolUse(id="2", name="coder", arguments={"task": "Add."})],
        block("final_answer(3 + 4)"),
        "Seven.",
        "It is seven.",
    ]
    again = ToolCallingAgent.load(tmp_path, model=ScriptedModel(replies, supports_tools=True))
    with again:
        result = again.run("How many?")
        inner = again.managed_agents["guide"]
        assert (again.max_tool_calls, inner._arguments()["max_tool_calls"]) == (3, 2)
        assert inner.managed_agents["coder"]._arguments()["deadline_s"] == 7.5
    assert result.output == "It is seven."
    assert result.children[0].output == "Seven."
    assert result.children[0].children[0].output == 7


def test_model_comes_back_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with full_agent() as agent:
        agent.model.temperature = 0.75  # changed since it was made
        again = Agent.from_dict(as_json(agent))
    model = again.model
    assert isinstance(model, OpenAIModel)
    assert (model.model_id, model.temperature, model.max_tokens) == ("gpt-5-mini", 0.75, 900)
    assert model.context_tokens == 50_000
    assert model.price == Price(input=1.0, output=2.0, cached_input=0.1)
    assert model.endpoint.api_key == KEY
    assert again.managed_agents["helper"].model is model
    again.close()


def test_tools_come_back_with_their_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with full_agent() as agent, Agent.from_dict(as_json(agent), on_input=str) as again:
        tools = {tool.name: tool for tool in again.tools}
        assert list(tools) == ["price_of", "query_db", "shop", "helper"]
        assert tools["price_of"](name="abc") == 4.5
        shop = tools["shop"]
        assert isinstance(shop, Shop)
        assert (shop.shelf, shop.sizes) == (Path("a/b"), (1, 2))
        helper = again.managed_agents["helper"]
        assert isinstance(helper, ToolCallingAgent)
        assert helper.max_tool_calls == 3


def test_saved_functions_carry_their_source_for_people(tmp_path: Path) -> None:
    with full_agent() as agent:
        agent.save(tmp_path)
    text = (tmp_path / "agent.json").read_text("utf-8")
    assert "return len(name) * 1.5" in text
    assert "class Shop(Tool)" in text


def test_no_key_is_ever_saved(tmp_path: Path) -> None:
    model = AnthropicModel(
        "claude-sonnet-4-5",
        api_key=KEY,
        base_url="https://proxy.example/v1",
        headers={"X-Api-Key": KEY},
        extra_body={"auth_token": KEY},
    )
    shop = Shop(Path("s"), password=KEY)
    database = SqlTool(f"postgresql://me:{KEY}@db/x")
    with CodeAgent([shop, database], model) as agent:
        agent.save(tmp_path)
    assert KEY not in "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    with pytest.raises(LoadError) as caught:
        Agent.load(tmp_path)
    for part in ("model.headers.X-Api-Key", "model.extra_body.auth_token", "tools.query_db"):
        assert part in str(caught.value)


def test_key_comes_from_the_environment_or_with_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with full_agent() as agent:
        data = as_json(agent)
    with pytest.raises(AuthenticationError, match="No key is given"):
        Agent.from_dict(data)
    other = ScriptedModel()
    with Agent.from_dict(data, model=other) as again:
        assert again.model is other
        assert again.managed_agents["helper"].model is other


def nameless_agent() -> CodeAgent:
    """An agent with parts that cannot be imported, in itself and in one that it manages."""

    @tool
    def look() -> str:
        """Look."""
        return "seen"

    helper = CodeAgent([look], ScriptedModel(), name="helper", description="Helps.")
    return CodeAgent(
        [look],
        ScriptedModel(iter(["a generator's replies"])),
        managed_agents=[helper],
        final_answer_checks=[lambda answer, memory, agent: True],
        step_callbacks=[print],
        approve=["*"],
        on_approval=lambda request: True,
        executor=LocalExecutor(),
    )


def test_part_that_cannot_be_stored_is_named_when_it_is_missing() -> None:
    agent = nameless_agent()
    with pytest.raises(LoadError) as caught:
        Agent.from_dict(as_json(agent))
    told = str(caught.value)
    for part in (
        "model.replies (a list_iterator)",
        "tools.look.function (the function nameless_agent.<locals>.look",
        "managed_agents.helper.tools.look.function",
        "final_answer_checks[0] (the function nameless_agent.<locals>.<lambda>",
        "step_callbacks[0] (the function print",
        "on_approval",
        "executor (a LocalExecutor)",
    ):
        assert part in told
    assert "Give these again, as in load(folder, " in told


def test_parts_that_are_given_again_fill_the_gaps() -> None:
    agent = nameless_agent()
    look = next(iter(agent.tools))
    executor = LocalExecutor()
    with CodeAgent.from_dict(
        as_json(agent),
        tools=[look, price_of],
        model=ScriptedModel([block("final_answer(look())")]),
        final_answer_checks=[is_short],
        step_callbacks=[],
        on_approval=allow,
        executor=executor,
    ) as again:
        assert [tool.name for tool in again.tools] == ["look", "price_of", "helper"]
        assert [tool.name for tool in again.managed_agents["helper"].tools] == ["look"]
        assert again.run("Look.").output == "seen"
    background.call(executor.aclose())


def test_given_arguments_replace_saved_ones() -> None:
    with CodeAgent(model=ScriptedModel(), max_steps=3) as agent:
        data = as_json(agent)
    with Agent.from_dict(data, max_steps=9, instructions="New.") as again:
        assert (again.max_steps, again.instructions) == (9, "New.")
