"""The short prompt of small models, and whether its worked examples are right."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from pyagent.messages import ChatMessage
from pyagent.models.base import ModelRequest
from pyagent.parsing.code import parse_reply
from pyagent.prompts.small_models import before_task
from support.agents.scripted_agents import block, requests_of


@tool
def weight_kg(item: str) -> float:
    """Weight of one piece. In kilograms.

    Args:
        item: What is weighed.
    """
    return {"brick": 3.5, "beam": 20.0}[item]


def small(*replies: Any, tools: Any = (), **options: Any) -> CodeAgent:
    schema = options.pop("supports_schema", False)
    model = ScriptedModel(replies, prompt_style="short", supports_schema=schema)
    return CodeAgent(tools, model, **options)


def first_request(*, task: str = "Go.", tools: Any = (), **options: Any) -> ModelRequest:
    with small(block("final_answer(1)"), tools=tools) as agent:
        agent.run(task, **options)
        return requests_of(agent)[0]


def examples(tools: Any = ()) -> list[list[str]]:
    """Task and replies of each worked example, with the observations between replies."""
    with small(tools=tools) as agent:
        turns = agent.opening[1:]
    assert [turn.role for turn in turns] == ["user", "assistant"] * (len(turns) // 2)
    shown: list[list[str]] = []
    for turn in turns:
        if "Task: " in turn.content:
            shown.append([])
        shown[-1].append(turn.content)
    return shown


@tool
def bus_times(stop: str) -> list[str]:
    """When buses leave. Today.

    Args:
        stop: Where.
    """
    return {"station": ["07:10", "21:40"]}[stop]


@tool
def define(word: str) -> str:
    """Look up a word in a dictionary. In English.

    Args:
        word: The word.
    """
    return {"brisk": "quick"}[word]


@tool
def person(name: str) -> dict:  # type: ignore[type-arg]
    """Look up a person. By first name.

    Args:
        name: Of whom.
    """
    return {"Eve": {"name": "Eve", "height_cm": 172}}[name]


@tool
def room(house: str) -> dict:  # type: ignore[type-arg]
    """Room of a house: beds, floor, price of a night. In euros.

    Args:
        house: Its name.
    """
    return {"red house": {"beds": 2, "floor": 4, "price": 85.0}}[house]


@tool
def guests(house: str) -> list[dict]:  # type: ignore[type-arg]
    """Guests: name, nights. Of today.

    Args:
        house: Its name.
    """
    return {"blue house": [{"name": "Ann", "nights": 2}, {"name": "Bob", "nights": 5}]}[house]


@tool
def sms(name: str, text: str) -> str:
    """Send a message to a phone. By text.

    Args:
        name: To whom.
        text: The message.
    """
    return f"Sent to {name}: {text}"


TOOLS = [weight_kg, bus_times, define, person, room, guests, sms]


def test_worked_examples_are_turns_before_the_task() -> None:
    messages = first_request(task="How much is the fish?").messages
    assert [message.role for message in messages[:3]] == ["system", "user", "assistant"]
    assert messages[-1] == ChatMessage(role="user", content="Task: How much is the fish?")
    assert all("final_answer(" in example[-1] for example in examples())


def test_each_worked_example_runs_and_answers_its_task() -> None:
    assert [answer_of(example) for example in examples()] == [
        36.0,
        "Wednesday",
        ["fig", "plum", "cherry"],
        "Bob",
    ]
    assert [answer_of(example) for example in examples([weight_kg])] == [
        62.0,
        "21:40",
        22,
        "quick",
        255.0,
        "Bob",
        "Sent to Tom: Lunch is at one.",
        "yes",
    ]


def answer_of(example: list[str]) -> Any:
    """The answer of a worked example, whose observations are checked on the way."""
    shown, *replies = example
    listed, _, asked = shown.partition("Task: ")
    task, _, first = asked.partition("\n\n")
    tools = TOOLS if listed else []
    # Before the code of an example with tools, a model was asked without, and which one it needs.
    before = ["?", first.removeprefix("Call ").rstrip(".")] if listed else []
    with small(*before, *replies[::2], tools=tools) as agent:
        result = agent.run(task)
        read = [request.messages[-1].content for request in requests_of(agent)]
    assert result.success, result
    if listed:
        assert read[2].endswith(f"Task: {asked}")
        assert read[3:] == replies[1::2]
    return result.output


def test_tools_of_worked_examples_are_written_as_those_of_tasks() -> None:
    tools = {tool.name: tool for tool in TOOLS}
    listed = set()
    for task, *_ in examples([weight_kg]):
        before, _, _ = task.partition("Task: ")
        names = [line.partition("(")[0] for line in before.splitlines()[1:] if line]
        assert before == before_task([tools[name].stub() for name in names]), names
        listed.update(names)
    assert listed == tools.keys()


def test_each_worked_example_with_tools_calls_the_one_that_it_is_told_to() -> None:
    for task, reply, *_ in examples([weight_kg]):
        name = task.rpartition("\n\nCall ")[2].removesuffix(".")
        assert f"{name}(" in reply


def read_ahead(*tools: Any, **options: Any) -> list[list[ChatMessage]]:
    """The prompts that an idle model is given to read."""
    read: list[list[ChatMessage]] = []

    class Reader(ScriptedModel):
        async def prepare(self, messages: Any, *later: Any) -> None:
            read.extend([messages, *later])

    async def prepare() -> None:
        async with CodeAgent(tools, Reader([], prompt_style="short"), **options) as agent:
            await agent.prepare()

    asyncio.run(prepare())
    return read


def assert_begins(request: ModelRequest, ahead: list[ChatMessage]) -> None:
    last = request.messages[len(ahead) - 1].content
    assert ahead[:-1] == list(request.messages[: len(ahead) - 1])
    assert last.startswith(ahead[-1].content)


def test_a_local_model_reads_ahead_what_its_first_request_begins_with() -> None:
    [ahead] = read_ahead()
    assert_begins(first_request(task="Go."), ahead)


def asked(*replies: Any, tools: Any, **options: Any) -> list[ModelRequest]:
    with small(*replies, tools=tools, **options) as agent:
        agent.run("How heavy is a brick?")
        return requests_of(agent)


def test_with_tools_a_local_model_reads_ahead_what_each_kind_of_request_begins_with() -> None:
    tools = [weight_kg, bus_times]
    made_up, answers = block("final_answer(3.5)"), block('final_answer(weight_kg("brick"))')

    ahead = read_ahead(*tools)
    first, choosing, stepping = asked(made_up, "weight_kg\n", answers, tools=tools)
    _, or_none, *_ = asked("Well.", "weight_kg\n", answers, tools=tools)
    for request, prompt in zip((first, choosing, stepping, or_none), ahead, strict=True):
        assert_begins(request, prompt)

    ahead = read_ahead(*tools, planning_interval=2)
    replies = ("A plan.", "weight_kg\n", answers)
    _, choosing, stepping = asked(*replies, tools=tools, planning_interval=2)
    for request, prompt in zip((stepping, choosing), ahead, strict=True):
        assert_begins(request, prompt)


def test_with_one_tool_nothing_is_read_ahead_for_choosing_between_several() -> None:
    ahead = read_ahead(weight_kg)
    made_up, answers = block("final_answer(3.5)"), block('final_answer(weight_kg("brick"))')
    first, stepping = asked(made_up, answers, tools=[weight_kg])
    _, or_none, *_ = asked("Well.", "weight_kg\n", answers, tools=[weight_kg])
    for request, prompt in zip((first, stepping, or_none), ahead, strict=True):
        assert_begins(request, prompt)


def test_tools_are_listed_before_each_task_and_not_in_the_prompt() -> None:
    listed = "Functions that you can call:\nweight_kg(item: str) -> float  # Weight of one piece"
    replies = [block("final_answer(1)"), block('final_answer(weight_kg("brick"))')] * 2
    with small(*replies, tools=[weight_kg]) as agent:
        agent.run("One.")
        agent.run("Two.")
        system, *_, last = requests_of(agent)[-1].messages
        assert "weight_kg" not in system.content
        assert f"{listed}\n\nTask: Two." in last.content


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
    assert sum(len(turn) for example in shown for turn in example) < (2_800 if with_tools else 700)
    assert all(parse_reply(reply).code for example in shown for reply in example[1::2])
