"""Saved agents that are damaged or forged: each is refused in a sentence, and nothing is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyagent import Agent, CodeAgent, FileError, LoadError, ScriptedModel, ToolCallingAgent
from support.agents.scripted_agents import price_of


def stored(**changes: Any) -> dict[str, Any]:
    """The data of a small agent with changes."""
    with CodeAgent([price_of], ScriptedModel()) as agent:
        return json.loads(json.dumps(agent.to_dict())) | changes


def with_option(name: str, value: Any) -> dict[str, Any]:
    data = stored()
    data["options"][name] = value
    return data


def function(name: str) -> dict[str, str]:
    return {"$": "function", "name": name}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "not a saved agent"),
        (stored(version=2), "has version 2 of the format; this pyagent reads version 1"),
        (stored(**{"class": "subprocess:Popen"}), "part of the standard library"),
        (
            stored(**{"class": "pyagent:ToolCallingAgent"}),
            "This is a saved ToolCallingAgent, and not a CodeAgent",
        ),
        (stored(**{"class": "no_such_module:Agent"}), "cannot be found"),
        (
            stored(model={"$": "object", "class": "subprocess:Popen", "options": {"args": "id"}}),
            "part of the standard library",
        ),
        (stored(tools={"sh": function("os:system")}), "part of the standard library"),
        (with_option("final_answer_checks", [function("shutil:rmtree")]), "standard library"),
        (
            with_option("final_answer_checks", [function("pyagent.executors.local:shutil.rmtree")]),
            "shutil.rmtree is part of the standard library",
        ),
        (
            with_option("final_answer_checks", [function("pyagent:CodeAgent")]),
            "not a function that",
        ),
        (
            with_option("final_answer_checks", [function("test_saving_bad_data:no")]),
            "cannot be found",
        ),
        (with_option("max_steps", {"$": "secret"}), "kind 'secret' are unknown"),
        (with_option("no_such_option", 1), "not well formed"),
        (stored(tools=[]), "not well formed"),
        (with_option("step_callbacks", {"NoStep": []}), "not well formed"),
    ],
)
def test_data_that_is_not_an_agent_is_refused_in_a_sentence(
    data: dict[str, Any], told: str
) -> None:
    with pytest.raises(LoadError, match=told):
        CodeAgent.from_dict(data)


def test_source_in_a_file_is_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    data = stored()
    saved = data["tools"]["price_of"]["options"]["function"]
    saved["source"] = f"open({str(mark)!r}, 'w')"
    with CodeAgent.from_dict(data) as agent:
        assert next(iter(agent.tools))(name="abc") == 4.5
    assert not mark.exists()


def test_folder_without_an_agent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        Agent.load(tmp_path)
    (tmp_path / "agent.json").write_text("[" * 5_000)
    with pytest.raises(LoadError, match="nested more than"):
        Agent.load(tmp_path)


def test_agent_of_another_class_names_the_class_to_use(tmp_path: Path) -> None:
    CodeAgent([], ScriptedModel([])).save(tmp_path)
    with pytest.raises(LoadError, match=r"a saved CodeAgent, and not a ToolCallingAgent\. Use"):
        ToolCallingAgent.load(tmp_path, model=ScriptedModel([]))


def test_agent_is_not_saved_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("x = 1")
    for place in (tmp_path / "file.py", tmp_path / "file.py" / "below"):
        with pytest.raises(FileError, match="because a file is there"):
            CodeAgent([], ScriptedModel([])).save(place)
    assert (tmp_path / "file.py").read_text() == "x = 1"


def test_missing_parts_are_named_as_options(tmp_path: Path) -> None:
    agent = CodeAgent(
        [], ScriptedModel([]), step_callbacks=[print], final_answer_checks=[lambda answer: True]
    )
    agent.save(tmp_path)
    with pytest.raises(LoadError) as raised:
        CodeAgent.load(tmp_path, model=ScriptedModel([]))
    assert "load(folder, final_answer_checks=[...], step_callbacks=[...])" in str(raised.value)
