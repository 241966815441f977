"""The examples of docs/examples print what they promise, with models whose replies are scripted."""

from __future__ import annotations

import importlib
from typing import Any

import httpx
import pytest
from scripted_internet import ScriptedInternet

from benchmarks.inquiries import Desk
from pyagent import ScriptedModel, TokenUsage
from pyagent.messages import ToolUse
from pyagent.models.base import ReplyDone


def _printed(capsys: pytest.CaptureFixture[str], name: str, *args: Any) -> list[str]:
    importlib.import_module(name).main(*args)
    return capsys.readouterr().out.splitlines()


def _counted(said: str, read: int, written: int) -> list[Any]:
    usage = TokenUsage(input_tokens=read, output_tokens=written)
    return [said, ReplyDone(finish_reason="stop", token_usage=usage)]


def test_memory_of_three_forgets_the_first_question(capsys: pytest.CaptureFixture[str]) -> None:
    answers = ("Paris", "Spain, Italy and others", "551,695 km²", "3.1 trillion dollars")
    model = ScriptedModel([f"final_answer({answer!r})" for answer in answers])
    lines = _printed(capsys, "memory_of_three", model)
    assert lines[0] == "What is the capital of France? Paris"
    assert lines[-4] == "What's France's GDP? 3.1 trillion dollars"
    assert [line.partition("remembers: ")[2] for line in lines[-3:]] == [
        "And France borders which countries?",
        "Calculate the area of France.",
        "What's France's GDP?",
    ]


def test_code_needs_one_call_where_tools_need_three(capsys: pytest.CaptureFixture[str]) -> None:
    search = {"query": "bitcoin price"}
    product = {"operation": "multiply", "a": 67000, "b": 0.02}
    model = ScriptedModel(
        [
            'price = float(web_search("bitcoin price"))\nfinal_answer(f"2% = {price * 0.02:.0f}")',
            [ToolUse(id="1", name="web_search", arguments=search)],
            [ToolUse(id="2", name="calculator", arguments=product)],
            [ToolUse(id="3", name="final_answer", arguments={"answer": "2% = 1340"})],
        ],
        supports_tools=True,
    )
    _, code, tools = _printed(capsys, "code_or_tools", model)
    assert (code.split()[1], code[-9:]) == ("1", "2% = 1340")
    assert (tools.split()[2], tools[-9:]) == ("3", "2% = 1340")
    assert [bool(request.tools) for request in model.requests] == [False, True, True, True]


def test_state_of_three_runs_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    model = ScriptedModel(
        [
            _counted("price = bitcoin_price()\nprint(price)", 160, 40),
            _counted("final_answer(price)", 185, 49),
            _counted("euros = round(price * 0.9)\nfinal_answer(euros)", 287, 45),
            _counted("final_answer(round(euros * 1.1))", 298, 52),
        ]
    )
    lines = _printed(capsys, "persistent_state", model)
    assert lines[0].startswith("Find the Bitcoin price. 67000.0 (2 steps, 345 in, 89 out")
    assert lines[2].startswith("Calculate a 10% gain on that. 66330 (1 steps, 298 in, 52 out")
    assert lines[3].startswith("3 runs, 4 steps, 930 in, 186 out")


def test_coordinator_has_its_agents_research_analyse_and_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = ScriptedModel(
        [
            "facts = researcher('What is drunk in Lisbon?')\n"
            "rows = query_db('SELECT * FROM sales')\n"
            "figures = analyst('How did revenue grow?', additional_args={'rows': rows})\n"
            "final_answer(writer(f'One paragraph from: {facts} {figures}'))",
            "final_answer(wikipedia_search('Lisbon')[:40])",
            "by = {q: sum(r['revenue'] for r in rows if r['quarter'] == q) for q in ('Q1', 'Q2')}\n"
            "final_answer(f\"{by['Q2'] / by['Q1'] - 1:+.1%}\")",
            "final_answer('Revenue grew by 3.9%.')",
        ]
    )
    network = httpx.MockTransport(ScriptedInternet().answer)
    lines = _printed(capsys, "market_analysis", model, network)
    assert [line.partition(":")[0] for line in lines[:3]] == ["researcher", "analyst", "writer"]
    assert "# Lisbon" in lines[2]
    assert "+3.9%" in "\n".join(lines)
    assert lines[-3] == "Revenue grew by 3.9%."
    assert lines[-1].endswith("all agents together")


def test_ten_agents_resolve_850_of_1000_inquiries(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _printed(capsys, "inquiries", Desk())
    assert lines[9].startswith("1000 of 1000 after")
    assert lines[10:12] == ["850 answered, 150 escalated", "resolution rate 85%"]
    assert lines[-1].endswith("times as long")


def test_examples_ask_openai_when_no_model_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    internet = ScriptedInternet(["final_answer(67_000)", "final_answer(60)", "final_answer(66)"])
    with internet.connected():
        lines = _printed(capsys, "persistent_state")
    assert [request.url.host for request in internet.requests] == ["api.openai.com"] * 3
    assert lines[0].startswith("Find the Bitcoin price. 67000 (1 steps")
    assert "$0." in lines[3]
