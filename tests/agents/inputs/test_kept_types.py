"""Values whose types JSON would lose: kept in a local sandbox, data with a note elsewhere."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, UserDict, defaultdict, deque
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from agents.inputs.test_additional_args import isolated_with
from pyagent import Agent, ScriptedModel, ToolCallingAgent
from pyagent.protocol import Notice
from support.agents.scripted_agents import agent_with, block, caller_with, requests_of, use

np = pytest.importorskip("numpy")
pickled = pytest.importorskip("cloudpickle")
pickled.register_pickle_by_value(sys.modules[__name__])  # as of a script: the sandbox has no tests


class Color(Enum):
    RED = "red"


class Size(IntEnum):
    SMALL = 1


class Name(str):
    pass


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Order:
    id: int
    tags: list[str] = field(default_factory=list)


VALUES: dict[str, tuple[Any, str, Any]] = {
    "Counter": (Counter("aab"), "it.most_common(1)[0][1]", {"a": 2, "b": 1}),
    "namedtuple": (Point(1, 2), "it.y", [1, 2]),
    "defaultdict": (defaultdict(list, a=[1]), "it['new']", {"a": [1]}),
    "OrderedDict": (OrderedDict(b=1, a=2), "it.popitem(last=False)[0]", {"b": 1, "a": 2}),
    "Enum": (Color.RED, "it.name", "red"),
    "IntEnum": (Size.SMALL, "it.name", 1),
    "str subclass": (Name("x"), "type(it).__name__", "x"),
    "dataclass": (Order(id=7, tags=["a"]), "it.id", {"id": 7, "tags": ["a"]}),
    "Path": (Path("/a/b.csv"), "it.suffix", "/a/b.csv"),
    "PurePosixPath": (PurePosixPath("a/b"), "it.name", "a/b"),
    "datetime": (datetime(2020, 1, 2, 3), "it.hour", "2020-01-02T03:00:00"),
    "date in a dict": ({"day": [date(2020, 1, 1)]}, "it['day'][0].year", {"day": ["2020-01-01"]}),
    "timedelta": (timedelta(minutes=1), "it.seconds", 60.0),
    "Decimal": (Decimal("1.5"), "type(it).__name__", 1.5),
    "Fraction": (Fraction(1, 2), "it.denominator", 0.5),
    "set": ({2, 1}, "it & {1} == {1}", [1, 2]),
    "frozenset in a list": ([frozenset({1})], "len(it[0] | {2})", [[1]]),
    "tuple": ((1, (2, 3)), "hash(it) is not None", [1, [2, 3]]),
    "UUID": (UUID(int=1), "it.int", "00000000-0000-0000-0000-000000000001"),
    "numpy integer": (np.int64(3), "type(it).__name__", 3),
    "numpy float": (np.float64(0.5), "type(it).__name__", 0.5),
    "numpy bool": (np.bool_(True), "type(it).__name__", True),
    "deque": (deque([1, 2], maxlen=2), "it.maxlen", [1, 2]),
    "UserDict": (UserDict(a=1), "type(it).__name__", {"a": 1}),
}
LOCAL_ONLY: dict[str, tuple[Any, str]] = {
    "complex": (3 + 4j, "abs(it)"),
    "bytes": (b"ab", "it.hex()"),
    "bytearray": (bytearray(b"ab"), "it.hex()"),
    "range": (range(3), "it.stop"),
    "keys": ({(1, 2): "a"}, "it[1, 2]"),
}


def _notes(agent: Agent, value: Any) -> list[str]:
    events = [*agent.stream("Go.", additional_args={"it": value})]
    return [event.message for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize(("value", "code", "_"), VALUES.values(), ids=VALUES)
def test_local_code_gets_values_with_their_types(value: Any, code: str, _: Any) -> None:
    with agent_with(block(f"final_answer({code})")) as agent:
        notes = _notes(agent, value)
        assert agent.last_result is not None
        assert agent.last_result.raise_for_problem().output == eval(code, {"it": deepcopy(value)})
    assert not any("additional_args" in note for note in notes)


@pytest.mark.parametrize(("value", "code"), LOCAL_ONLY.values(), ids=LOCAL_ONLY)
def test_local_code_gets_values_that_have_no_data_form(value: Any, code: str) -> None:
    with agent_with(block(f"final_answer({code})")) as agent:
        result = agent.run("Go.", additional_args={"it": value}).raise_for_problem()
    assert result.output == eval(code, {"it": deepcopy(value)})


@pytest.mark.parametrize(("value", "_", "data"), VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("kind", ["isolated", "calls"])
def test_elsewhere_values_are_data_with_a_note(kind: str, value: Any, _: str, data: Any) -> None:
    reply = [use("final_answer", answer="it")] if kind == "calls" else block("final_answer(it)")
    with (caller_with if kind == "calls" else isolated_with)(reply) as agent:
        notes = [note for note in _notes(agent, value) if "additional_args" in note]
        assert agent.last_result is not None
        assert agent.last_result.raise_for_problem().output == data
    if type(value) is tuple:
        assert notes == []
    else:
        (note,) = notes
        assert "'it' in additional_args was given to the agent as plain JSON data" in note


def test_plain_values_are_told_to_the_model_as_before() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Go.", additional_args={"n": 1, "rows": [{"a": None}]})
        told = requests_of(agent)[0].messages[-1].content
    assert told.endswith('Variables that are set: n (int) = 1, rows (list) = [{"a": null}]')


def test_value_that_the_sandbox_cannot_load_goes_as_data_if_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from typing import NamedTuple\n\n\nclass Pair(NamedTuple):\n    a: int\n    b: int\n"
    (tmp_path / "pairs_only_here.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import pairs_only_here  # type: ignore[import-not-found]

    with agent_with(block("final_answer(it)"), block("final_answer(it)")) as agent:
        notes = _notes(agent, pairs_only_here.Pair(1, 2))
        assert agent.last_result is not None
        assert agent.last_result.raise_for_problem().output == [1, 2]
        assert agent.run("Again.").output == [1, 2]
    assert any("No module named 'pairs_only_here'" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "message", "advice"),
    [
        ("my file", "'my file', which is no name of a variable", "such as my_file."),
        ("2020", "'2020', which is no name of a variable", "such as value_2020."),
        ("", "'', which is no name of a variable", "such as value_."),
        ("a-b.c", "which is no name of a variable", "such as a_b_c."),
        ("ﬁle", "which is no name of a variable", "such as file."),
        ("class", "'class', which is a word of Python itself", "such as class_value."),
        ("None", "which is a word of Python itself", "such as None_value."),
        ("__builtins__", "which is a word of Python itself", "such as builtins_value."),
        ("final_answer", "which is already a function that the code calls", "final_answer_value"),
        ("print", "which is already a function that the code calls", "print_value"),
        ("display", "which is already a function that the code calls", "display_value"),
    ],
)
def test_name_that_no_variable_can_have_is_refused_before_the_run(
    name: str, message: str, advice: str
) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        result = agent.run("Go.", additional_args={"fine": 1, name: 2})
        assert (result.steps, requests_of(agent)) == ((), [])
        assert result.problem is not None
        assert result.problem.kind == "bad_argument"
        assert message in result.problem.message
        assert advice in result.problem.advice
        assert agent.run("Go on.").output == 1


@pytest.mark.parametrize("name", ["input", "größe", "data", "_x", "type", "match", "x2"])
def test_names_that_variables_have_are_taken(name: str) -> None:
    with agent_with(block(f"final_answer({name})")) as agent:
        assert agent.run("Go.", additional_args={name: 5}).raise_for_problem().output == 5


def test_name_of_a_tool_or_of_an_agent_is_refused() -> None:
    helper = ToolCallingAgent([], ScriptedModel([]), name="helper", description="Helps.")
    with agent_with(block("final_answer(1)"), managed_agents=[helper]) as agent:
        problem = agent.run("Go.", additional_args={"helper": 1}).problem
    assert problem is not None
    assert "'helper', which is already a function that the code calls" in problem.message


def test_calls_name_their_values_as_they_like() -> None:
    with caller_with([use("final_answer", answer="my file")]) as agent:
        assert agent.run("Go.", additional_args={"my file": 7}).output == 7
