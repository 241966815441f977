"""Messages on the wire. The cases in protocol_cases.json run in TypeScript too."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from pyagent import protocol, wire
from pyagent.errors import ProtocolError
from pyagent.protocol import ErrorInfo, Execute, Executed, FileInfo, SetVariables, StepOutput

CASES = json.loads(Path(__file__).with_name("protocol_cases.json").read_text("utf-8"))


def _name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", CASES["good"], ids=_name)
def test_good_message_is_read_and_written_back(case: dict[str, Any]) -> None:
    union = getattr(protocol, case["border"])
    message = wire.loads(case["text"], union)
    assert asdict(message) == case.get("reads", json.loads(case["text"]))
    assert wire.loads(wire.dumps(message), union) == message


@pytest.mark.parametrize("case", CASES["bad"], ids=_name)
def test_bad_message_is_refused_with_the_reason(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        wire.loads(case["text"], getattr(protocol, case["border"]))
    assert case["says"] in str(caught.value)


def test_key_in_settings_is_sent_but_never_in_their_representation() -> None:
    settings = protocol.ModelSettings(kind="openai", model="m", api_key="sk-secret")
    message = protocol.Configure(model=settings, agent=protocol.AgentSettings())
    assert "sk-secret" in wire.dumps(message)
    assert "sk-secret" not in repr(message)


def test_too_big_a_message_is_refused_both_ways() -> None:
    message = Execute(id=1, code="x" * wire.MAX_CHARS)
    with pytest.raises(ProtocolError, match="characters"):
        wire.dumps(message)
    with pytest.raises(ProtocolError, match="characters"):
        wire.loads(json.dumps(asdict(message)), protocol.ToGuest)


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_depth_is_the_same_both_ways() -> None:
    deepest = SetVariables(variables={"a": _nested(wire.MAX_DEPTH - 2)})
    assert wire.loads(wire.dumps(deepest), protocol.ToGuest) == deepest
    with pytest.raises(ProtocolError, match="deep"):
        wire.dumps(SetVariables(variables={"a": _nested(wire.MAX_DEPTH - 1)}))


def test_value_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ProtocolError, match="deep"):
        wire.dumps(SetVariables(variables={"a": endless}))


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), float("nan"), float("inf"), Execute])
def test_value_that_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError, match="SetVariables"):
        wire.dumps(SetVariables(variables={"a": value}))


def test_half_a_surrogate_pair_never_leaves_a_message() -> None:
    text = wire.dumps(Execute(id=1, code="a\ud83d"))
    assert text.isascii()
    assert wire.loads(text, protocol.ToGuest).code.encode() == b"a\xef\xbf\xbd"


def test_half_a_surrogate_pair_in_raw_text_is_replaced() -> None:
    text = '{"type":"execute","id":1,"code":"\udc00"}'
    assert wire.loads(text, protocol.ToGuest).code == "\ufffd"


def test_huge_integer_for_a_number_is_refused() -> None:
    text = wire.dumps(protocol.StepFinished(run_id="r", step=1, seconds=1.0))
    with pytest.raises(ProtocolError, match="expected a number"):
        wire.loads(text.replace("1.0", "1" + "0" * 400), protocol.Event)


def test_number_keeps_its_kind() -> None:
    message = protocol.StepFinished(run_id="r", step=1, seconds=2.0)
    read = wire.loads(wire.dumps(message).replace("2.0", "2"), protocol.Event)
    assert type(read.seconds) is float


def test_brackets_are_counted_in_linear_time() -> None:
    """An open string full of escaped quotes must not make the scan start again at each quote."""
    text = '"' + '\\"' * (wire.MAX_CHARS // 2 - 200) + "[" * 200
    started = perf_counter()
    with pytest.raises(ProtocolError):
        wire.loads(text, protocol.ToGuest)
    assert perf_counter() - started < 20  # quadratic would be hours


def test_step_costs_far_less_than_a_millisecond_on_the_wire() -> None:
    output = StepOutput(run_id="r", step=1, stream="stdout", text="hello\n" * 20)
    file = FileInfo(path="a.csv", size_bytes=1, media_type="text/csv")
    ended = Executed(id=1, error=ErrorInfo(type="E", message="m"), files=[file])

    def once() -> float:
        started = perf_counter()
        wire.loads(wire.dumps(output), protocol.FromAgent)
        wire.loads(wire.dumps(ended), protocol.FromGuest)
        return perf_counter() - started

    assert min(once() for _ in range(200)) < 0.001


def test_a_list_that_holds_itself_twice_is_refused_without_counting_its_copies() -> None:
    ring: list[Any] = [1]
    ring += [ring, ring]
    with pytest.raises(ProtocolError, match="nested more than"):
        wire.as_json(ring)
