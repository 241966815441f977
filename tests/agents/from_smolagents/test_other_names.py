"""Options and attributes by smolagents' names: taken where they mean something, or explained."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import pyagent
from pyagent import (
    ActionStep,
    CodeAgent,
    Memory,
    PlanningStep,
    RunResult,
    ScriptedModel,
    ToolCallingAgent,
    tool,
)
from pyagent.agents.options import AgentOptions
from pyagent.agents.run.options import RunOptions
from pyagent.other_names import (
    AGENT_OPTIONS,
    EXECUTOR_OPTIONS,
    RUN_OPTIONS,
    missing_export,
)
from pyagent.other_names import (
    EXPORTS as EXPLAINED,
)
from support.agents.scripted_agents import agent_with, block, caller_with, requests_of
from support.agents.smolagents_names import ATTRIBUTES, EXPORTS, OTHER_EXPORTS, PARAMETERS

MODEL = ScriptedModel([])
BASE_TOOLS = ["query_db", "visit_webpage", "wikipedia_search"]


@tool
def wikipedia_search(subject: str) -> str:
    """Look something up.

    Args:
        subject: What.
    """
    return subject


def _names(agent: pyagent.Agent) -> list[str]:
    return [tool.name for tool in agent.tools]


def test_options_by_smolagents_names_do_what_ours_do() -> None:
    agent = CodeAgent(
        tools=[],
        model=MODEL,
        additional_authorized_imports=["numpy"],
        use_structured_outputs_internally=True,
        stream_outputs=True,
        code_block_tags="markdown",
        max_print_outputs_length=None,
        return_full_result=True,
    )  # type: ignore[call-arg]
    assert (agent.authorized_imports, agent.structured_output) == (("numpy",), True)
    assert ToolCallingAgent([], MODEL, max_tool_threads=3).max_tool_calls == 3  # type: ignore[call-arg]


def test_base_tools_are_those_of_the_page_beside_ones_own() -> None:
    agent = CodeAgent([], MODEL, add_base_tools=True)  # type: ignore[call-arg]
    assert sorted(_names(agent)) == BASE_TOOLS
    own = ToolCallingAgent(tools=[wikipedia_search], model=MODEL, add_base_tools=True)  # type: ignore[call-arg]
    assert _names(own)[0] == "wikipedia_search"
    assert next(iter(own.tools)) is wikipedia_search
    assert _names(CodeAgent(model=MODEL, add_base_tools=False)) == []  # type: ignore[call-arg]


def test_subclass_takes_them_too_and_keeps_options_of_its_own() -> None:
    class Mine(CodeAgent):
        def __init__(self, mood: str, **options: Any) -> None:
            super().__init__([], MODEL, **options)
            self.mood = mood

    agent = Mine("good", additional_authorized_imports=["numpy"])
    assert (agent.mood, agent.authorized_imports) == ("good", ("numpy",))
    assert list(inspect.signature(Mine).parameters) == ["mood", "options"]


@pytest.mark.parametrize(
    ("option", "value", "advice"),
    [
        ("prompt_templates", {"system_prompt": "x"}, "instructions="),
        ("logger", object(), "verbosity_level=1"),
        ("return_full_result", False, "the answer is its output"),
        ("max_print_outputs_length", 100, "cut in its middle"),
        ("code_block_tags", ("<a>", "</a>"), "found in tags and fences"),
    ],
)
def test_option_without_a_meaning_is_refused_with_what_to_write(
    option: str, value: Any, advice: str
) -> None:
    with pytest.raises(TypeError, match=f"CodeAgent takes no option '{option}'.*{advice}"):
        CodeAgent([], MODEL, **{option: value})


def test_both_names_of_one_option_are_refused() -> None:
    names: Any = {"authorized_imports": ["a"], "additional_authorized_imports": ["b"]}
    with pytest.raises(TypeError, match="two names for one option"):
        CodeAgent([], MODEL, **names)


@pytest.mark.parametrize("where", ["CodeAgent", "ToolCallingAgent", "run"])
def test_no_parameter_of_smolagents_is_a_bare_error(where: str) -> None:
    others = RUN_OPTIONS if where == "run" else {**AGENT_OPTIONS, "add_base_tools": None}
    ours = RunOptions if where == "run" else AgentOptions
    taken = {"task"} if where == "run" else {*inspect.signature(getattr(pyagent, where)).parameters}
    known = {*others, *ours.__annotations__, *taken}
    assert [name for name in PARAMETERS[where] if name not in known] == []


def test_executor_kwargs_make_the_executor(tmp_path: Any) -> None:
    given: Any = {"executor_type": "local", "executor_kwargs": {"work_dir": str(tmp_path)}}
    look = block("import os; final_answer(os.getcwd())")
    with agent_with(look, look, **given) as agent:
        assert agent.run("Where?").output == str(tmp_path)
        with agent.copy() as other:
            assert other.executor_kwargs == {"work_dir": str(tmp_path)}
            assert other.run("Where?").output != str(tmp_path)


@pytest.mark.parametrize(
    ("kwargs", "advice"),
    [({name: 1}, other.advice) for name, other in EXECUTOR_OPTIONS.items()]
    + [({"image": "x"}, "a LocalExecutor takes: work_dir, env, python")],
)
def test_executor_kwargs_that_mean_nothing_are_refused_with_what_to_write(
    kwargs: Any, advice: str
) -> None:
    with pytest.raises(TypeError, match="executor_kwargs takes no option") as caught:
        CodeAgent([], MODEL, executor_kwargs=kwargs)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"stream": True}, r"Use agent\.stream\(task\)"),
        ({"return_full_result": False}, "RunResult"),
        ({"additional_arg": {}}, "Did you mean 'additional_args'"),
        ({"moods": 1}, "Its options are: files, images, reset"),
    ],
)
@pytest.mark.parametrize("make", [agent_with, caller_with])
def test_wrong_option_of_a_run_is_refused_with_what_to_write(
    make: Any, options: Any, advice: str
) -> None:
    with make("Hi.") as agent:
        with pytest.raises(TypeError, match=advice):
            agent.run("Go.", **options)
        with pytest.raises(TypeError, match=advice):
            next(agent.stream("Go.", **options))
        assert requests_of(agent) == []
        assert agent.run("Go.", stream=False).steps  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("ours", "made"),
    [
        ("CodeAgent", CodeAgent([], MODEL)),
        ("Memory", Memory()),
        ("ActionStep", ActionStep(number=1, reply="")),
        ("PlanningStep", PlanningStep(number=1, asked="", plan="")),
    ],
)
def test_attribute_by_another_name_is_explained(ours: str, made: Any) -> None:
    missing = [name for name in ATTRIBUTES[ours] if not hasattr(made, name)]
    assert missing
    for name in missing:
        with pytest.raises(AttributeError, match=rf"has no attribute '{name}'\. [A-Z].*\.$"):
            getattr(made, name)


def test_unknown_attribute_is_the_usual_error() -> None:
    with pytest.raises(AttributeError, match=r"'Memory' object has no attribute 'moods'$"):
        _ = Memory().moods  # type: ignore[attr-defined]


def test_result_explains_the_names_of_smolagents() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        result: RunResult = agent.run("Go.")
    with pytest.raises(AttributeError, match="Use success, reason and problem"):
        _ = result.state  # type: ignore[attr-defined]


def test_an_error_inside_a_property_is_told_as_it_is() -> None:
    class Broken(CodeAgent):
        @property
        def opening(self) -> Any:
            return self.model.nowhere

    with pytest.raises(AttributeError, match="has no attribute 'nowhere'"):
        _ = Broken([], ScriptedModel()).opening


def test_no_instructions_may_be_none_as_in_smolagents() -> None:
    assert CodeAgent([], ScriptedModel(), instructions=None).system_prompt  # type: ignore[arg-type]


def test_every_name_that_smolagents_exports_is_here_or_explained() -> None:
    wanted = {*EXPORTS, *OTHER_EXPORTS}
    assert wanted - {*pyagent.__all__} - EXPLAINED.keys() == set()
    assert EXPLAINED.keys() & {*pyagent.__all__} == set()
    assert EXPLAINED.keys() - wanted == {"HfApiModel"}  # the name before 1.14


def test_the_lists_of_exports_are_those_of_the_package() -> None:
    theirs = pytest.importorskip("smolagents")
    own = {
        name
        for name in dir(theirs)
        if str(getattr(getattr(theirs, name), "__module__", "")).startswith("smolagents.")
    }
    command = {"main", "parse_arguments"}
    assert own - {*EXPORTS, *OTHER_EXPORTS} - command == set()


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("from pyagent import GradioUI", "pyagent has no GradioUI. Run pyagent serve"),
        ("from pyagent import Tool, Monitor", "pyagent has no Monitor. Use agent.state"),
        ("from pyagent import AgentMemory as M", "pyagent has no AgentMemory. Use Memory."),
        (
            "from pyagent.tools import DuckDuckGoSearchTool",
            "Use WikipediaTool and VisitWebpageTool",
        ),
        ("from pyagent import HfApiModel", "Use InferenceClientModel"),
        (
            "from pyagent.agents import MultiStepAgent",
            "pyagent.agents has no MultiStepAgent. Use A",
        ),
        ("from pyagent.models import MessageRole", "A role is a text"),
        ("from pyagent.default_tools import TOOL_MAPPING", "Use add_base_tools=True"),
        ("from pyagent.local_python_executor import LocalPythonExecutor", "Use LocalExecutor"),
        ("from pyagent.tools import load_tool", "pyagent.tools has no load_tool. Agents and tools"),
    ],
)
def test_import_of_a_name_of_smolagents_says_what_to_write(line: str, advice: str) -> None:
    with pytest.raises(ImportError) as caught:
        exec(line, {})
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("agents", "CodeAgent"),
        ("agents", "ToolCallingAgent"),
        ("models", "OpenAIModel"),
        ("models", "LiteLLMModel"),
        ("models", "ChatMessage"),
        ("memory", "ActionStep"),
        ("tools", "tool"),
        ("default_tools", "VisitWebpageTool"),
        ("default_tools", "FinalAnswerTool"),
    ],
)
def test_names_come_from_the_modules_of_smolagents_too(module: str, name: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from pyagent.{module} import {name}", names)
    assert names[name] is getattr(pyagent, name)


def test_attributes_of_a_class_of_agents_are_explained() -> None:
    with pytest.raises(AttributeError, match=r"'CodeAgent' has no attribute 'from_folder'\. Use C"):
        CodeAgent.from_folder("x")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="not shared through the Hub"):
        ToolCallingAgent.from_hub("x")  # type: ignore[attr-defined]
    assert not hasattr(CodeAgent, "nothing_like_it")


def test_agent_is_not_called() -> None:
    with pytest.raises(
        TypeError, match=r"A CodeAgent is not called: use agent\.run\(task\)\.output"
    ):
        CodeAgent([], MODEL)("Go.")


def test_tools_of_an_agent_are_found_by_name() -> None:
    agent = CodeAgent([wikipedia_search], MODEL)
    assert agent.tools["wikipedia_search"] is wikipedia_search
    assert repr(agent.tools) == "Toolbox([wikipedia_search])"
    with pytest.raises(KeyError, match=r"There is no tool 'x'\. There is: wikipedia_search\."):
        agent.tools["x"]
    with pytest.raises(ValueError, match="is called 'wikipedia_search' and not 'x'"):
        agent.tools["x"] = wikipedia_search
    del agent.tools["wikipedia_search"]
    assert list(agent.tools) == []
    agent.tools["wikipedia_search"] = wikipedia_search
    assert list(agent.tools) == [wikipedia_search]
    for name in ("keys", "values", "items"):
        with pytest.raises(AttributeError, match="Iterate over the tools"):
            getattr(agent.tools, name)


def test_state_has_no_variables() -> None:
    agent = CodeAgent([], MODEL)
    with pytest.raises(TypeError, match="additional_args"):
        agent.state["x"]
    with pytest.raises(TypeError, match="additional_args"):
        agent.state["x"] = 1


def test_models_as_smolagents_has_them_are_explained() -> None:
    class Mine(pyagent.Model):
        def generate(self, messages: Any) -> str:
            return "Hi."

    with pytest.raises(TypeError, match=r"Mine writes generate\(\); a model of pyagent"):
        Mine()  # type: ignore[abstract]
    with pytest.raises(AttributeError, match=r"Use stream\(messages\)"):
        MODEL.generate([])  # type: ignore[attr-defined]


def test_missing_names_stay_missing_attributes() -> None:
    assert not hasattr(pyagent, "GradioUI")
    assert getattr(pyagent, "LogLevel", None) is None
    with pytest.raises(AttributeError, match="has no attribute 'LiteLLMRouterModel'"):
        _ = pyagent.LiteLLMRouterModel
    with pytest.raises(AttributeError, match="Did you mean 'CodeAgent'"):
        _ = pyagent.CodeAgnet
    assert str(missing_export("m", "_private", ["private"])).endswith("no attribute '_private'")
    from pyagent import agents  # a package that no table names

    assert agents.__name__ == "pyagent.agents"
