"""The short prompt of small models, and whether its worked examples are right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from pyagent.messages import ChatMessage
from pyagent.models.base import ModelRequest
from pyagent.parsing.code import parse_reply
from support.agents.scripted_agents import block, requests_of


@tool
def weight_kg(item: str) -> float:
    """Weight of one. In kilograms.

    Args:
        item: What is weighed.
    """
    return {"brick": 3.5}[item]


def small(*replies: Any, tools: Any = (), **options: Any) -> CodeAgent:
    schema = options.pop("supports_schema", False)
    model = ScriptedModel(replies, prompt_style="short", supports_schema=schema)
    return CodeAgent(tools, model, **options)


def first_request(*, task: str = "Go.", tools: Any = (), **options: Any) -> ModelRequest:
    with small(block("final_answer(1)"), tools=tools) as agent:
        agent.run(task, **options)
        return requests_of(agent)[0]


def examples(tools: Any = ()) -> list[tuple[str, str]]:
    """Task and reply of each worked example."""
    with small(tools=tools) as agent:
        turns = agent.opening[1:]
    assert [turn.role for turn in turns] == ["user", "assistant"] * (len(turns) // 2)
    return [
        (task.content, reply.content) for task, reply in zip(turns[::2], turns[1::2], strict=True)
    ]


def test_worked_examples_are_turns_before_the_task() -> None:
    messages = first_request(task="How much is the fish?").messages
    assert [message.role for message in messages[:3]] == ["system", "user", "assistant"]
    assert messages[-1] == ChatMessage(role="user", content="Task: How much is the fish?")
    assert all("final_answer(" in reply for _, reply in examples())


def test_each_worked_example_runs_and_answers_its_task() -> None:
    shown = examples([weight_kg])
    answers = []
    for task, reply in shown:
        with small(reply, tools=[weight_kg]) as agent:
            result = agent.run(task.removeprefix("Task: "))
        assert result.success, result
        answers.append(result.output)
    assert answers == [36.0, "Wednesday", ["fig", "plum", "cherry"], "Bob", 42.0]


def test_tools_are_listed_with_each_task_and_not_in_the_prompt() -> None:
    listed = "Functions that you can call:\nweight_kg(item: str) -> float  # Weight of one"
    replies = [block("final_answer(1)")] * 2
    with small(*replies, tools=[weight_kg]) as agent:
        agent.run("One.")
        agent.run("Two.")
        system, *_, last = requests_of(agent)[-1].messages
        assert "weight_kg" not in system.content
        assert last.content.endswith(f"Task: Two.\n\n{listed}")


def test_example_of_a_call_is_given_only_with_tools() -> None:
    assert len(examples([weight_kg])) == len(examples()) + 1


def test_files_come_with_the_code_that_reads_them() -> None:
    files = {"shop.csv": b"item,price\ntea,3.5\npen,1", 'a "b".json': b"[1]", "x.bin": b"\0"}
    text = first_request(files=files).messages[-1].content
    assert "tea,3.5" not in text.replace("  tea,3.5", "")
    _, _, readers = text.partition("To read it:\n")
    reader, other = readers.splitlines()
    assert reader.startswith('rows = list(csv.DictReader(open("shop.csv")))')
    with small(block(f"import json\n{other}\nfinal_answer(data)")) as agent:
        assert agent.run("Read.", files=files).output == [1]


@pytest.mark.parametrize(
    ("text", "encoding", "total"),
    [
        ("Stadt;Preis\nKöln;1,5\nBonn;1.002,25\n", "cp1252", 1003.75),
        ("Stadt;Preis\nKöln;1,5\nBonn;2,25\n", "utf-16", 3.75),
        ("Stadt\tPreis\nKöln\t1.5\n", "utf-8-sig", 1.5),
        ("Preis\n1,5\n2,25\n", "utf-8", 3.75),
    ],
)
def test_code_that_reads_a_file_fits_the_file(text: str, encoding: str, total: float) -> None:
    files = {"t.csv": text.encode(encoding)}
    reader = first_request(files=files).messages[-1].content.partition("To read it:\n")[2]
    number = reader.rpartition("all text: ")[2].partition(" for numbers")[0]
    convert = number.replace("...", "x")
    code = f"import csv\n{reader}\nfinal_answer(sum({convert} for x in [r['Preis'] for r in rows]))"
    with small(block(code)) as agent:
        assert agent.run("Sum.", files=files).output == total


def test_previews_and_observations_are_short() -> None:
    files = {"a.csv": b"h\n1\n2\n3\n4"}
    with small(block("print('x' * 9_000)"), block("final_answer(1)")) as agent:
        agent.run("Go.", files=files)
        _, seen = requests_of(agent)
    assert "  1\n" in f"{seen.messages[-3].content}\n"
    assert "  2" not in seen.messages[-3].content
    assert 1_000 < len(seen.messages[-1].content) < 2_000


def test_examples_are_json_if_replies_are_json() -> None:
    reply = json.dumps({"thought": "", "code": "final_answer(2)"})
    with small(reply, supports_schema=True, structured_output=True) as agent:
        assert agent.run("Go.").output == 2
        [request] = requests_of(agent)
    assert request.schema is not None
    for message in request.messages[2:-1:2]:
        assert set(json.loads(message.content)) == {"thought", "code"}


def test_a_model_with_the_full_prompt_gets_no_examples() -> None:
    with CodeAgent([weight_kg], ScriptedModel([])) as agent:
        assert [message.role for message in agent.opening] == ["system"]
        assert "def weight_kg(item: str)" in agent.system_prompt


@pytest.mark.parametrize("with_tools", [False, True])
def test_opening_is_small_and_its_replies_are_read_back(with_tools: bool) -> None:
    shown = examples([weight_kg] if with_tools else [])
    assert sum(len(task) + len(reply) for task, reply in shown) < 900
    assert all(parse_reply(reply).code for _, reply in shown)
