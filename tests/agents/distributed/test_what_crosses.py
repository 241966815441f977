"""What a batch sends to workers and gets back: JSON without keys, and errors before anything."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from pyagent import (
    AgentError,
    CodeAgent,
    LiteLLMModel,
    Model,
    OpenAIModel,
    ScriptedModel,
    ToolCallingAgent,
    tool,
)
from pyagent.agents.distributed import crew, texts
from support.agents.far_tools import ByTask, environment

LITELLM = LiteLLMModel("groq/m", api_key="sk-here")


def test_keys_are_not_sent() -> None:
    model = OpenAIModel("gpt-5-mini", api_key="sk-very-secret")
    text = texts.agent_text(CodeAgent([environment], model))
    assert "very-secret" not in text
    assert "gpt-5-mini" in text


@pytest.mark.parametrize("model", [OpenAIModel("m", api_key="sk-here"), LITELLM])
def test_key_comes_from_the_environment(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    text = texts.agent_text(CodeAgent([], model))
    monkeypatch.setenv("PYAGENT_API_KEY", "sk-there")
    assert texts.agent_of(text).model._made_with[1]["api_key"] == "sk-there"


def test_agent_is_made_again_from_its_text() -> None:
    agent = ToolCallingAgent([environment], ByTask(), instructions="Be brief.", max_steps=3)
    made = texts.agent_of(texts.agent_text(agent))
    assert made.to_dict() == agent.to_dict()


def test_task_keeps_its_files_images_and_arguments() -> None:
    pixel = (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
        b"\0\0\0\rIDATx\x9cc\xf8\xff\xff?\0\5\xfe\2\xfe\r\xefF\xb8\0\0\0\0IEND\xaeB`\x82"
    )
    options: Any = {"files": {"a.bin": b"\0\xff"}, "images": [pixel], "additional_args": {"k": [1]}}
    task, read = texts.task_of(texts.task_text("Look.", options))
    assert task == "Look."
    assert read["files"] == {"a.bin": b"\0\xff"}
    assert [image.data for image in read["images"]] == [pixel]
    assert read["additional_args"] == {"k": [1]}


def test_result_is_the_same_on_the_other_side() -> None:
    helper = ToolCallingAgent([], ByTask(), name="helper", description="Helps.")
    code = "open('a.bin', 'wb').write(b'\\0\\xff')\nx = helper('say hello')\nfinal_answer([x, 1.5])"
    with CodeAgent([], ScriptedModel([code]), managed_agents=[helper]) as agent:
        result = agent.run("Do it.")
    read = texts.result_of(texts.result_text(result))
    assert read == result
    assert read.children == result.children
    assert read.children[0].agent == "helper"
    assert read.files == {"a.bin": b"\0\xff"}


def test_failed_result_raises_its_problem_on_the_other_side() -> None:
    with ToolCallingAgent([], ScriptedModel([])) as agent:
        result = agent.run("Do it.")
    read = texts.result_of(texts.result_text(result))
    assert read.problem == result.problem
    with pytest.raises(AgentError, match="The script has no reply"):
        read.raise_for_problem()


def test_tool_that_workers_cannot_import_is_refused() -> None:
    @tool
    def inner() -> int:
        """A tool without a name of its own."""
        return 1

    agent = ToolCallingAgent([inner], ByTask())
    with pytest.raises(AgentError, match=r"Workers cannot make this agent: tools\.inner"):
        agent.map(["Do it."], engine="ray")


def test_function_of_the_script_is_refused() -> None:
    found = texts._from_script({"a": [{"$": "function", "name": "__main__:mine"}], "name": "mine"})
    assert list(found) == ["mine"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "dask"}, "There is no engine 'dask'; there is: local, ray"),
        ({"workers": 2}, "workers need engine='ray'"),
        ({"engine": "ray", "workers": 11}, "workers must be from 1 to concurrency"),
        ({"engine": "ray", "workers": 0}, "workers must be from 1 to concurrency"),
        ({"engine": "ray", "on_event": print}, "on_event works only with engine='local'"),
        ({"engine": "ray", "concurrency": 0}, "concurrency must be at least 1"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ToolCallingAgent([], ByTask()).map(["Do it."], **options)


def test_missing_ray_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "find_spec", lambda name: None)
    batch = ToolCallingAgent([], ByTask()).map(["Do it."], engine="ray")
    with pytest.raises(AgentError, match=r"needs the package ray.*Run: pip install ray"):
        next(batch)


def test_agents_that_need_no_cluster_import_nothing_for_one() -> None:
    code = "import sys; from pyagent import CodeAgent; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = ran.stdout.split()
    assert "pyagent.agents.distributed.batches" in imported
    assert not {"ray", "pyagent.agents.distributed.on_ray", "zipfile"} & set(imported)
