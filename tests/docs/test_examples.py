"""The examples in docs/examples print what they promise, with scripted models."""

from __future__ import annotations

import importlib
import re
from typing import Any

import httpx
import pytest

from pyagent import ScriptedModel, TokenUsage
from pyagent.messages import ToolUse
from pyagent.models.base import ReplyDone
from support.agents.desk import Desk
from support.scripted_internet import ScriptedInternet


def _printed(capsys: pytest.CaptureFixture[str], name: str, *args: Any) -> list[str]:
    importlib.import_module(name).main(*args)
    return capsys.readouterr().out.splitlines()


def _counted(said: str | ToolUse, read: int, written: int) -> list[Any]:
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
    def use(name: str, **arguments: Any) -> ToolUse:
        return ToolUse(id=name, name=name, arguments=arguments)

    code = 'price = float(web_search("bitcoin price"))\nfinal_answer(f"2% = {price * 0.02:.0f}")'
    model = ScriptedModel(
        [
            _counted(code, 500, 40),
            _counted(use("web_search", query="bitcoin price"), 600, 30),
            _counted(use("calculator", operation="multiply", a=67000, b=0.02), 700, 31),
            _counted(use("final_answer", answer="2% = 1340"), 800, 32),
        ],
        supports_tools=True,
    )
    heads, *rows = (line.split() for line in _printed(capsys, "code_or_tools", model))
    assert heads == ["calls", "tokens", "in", "tokens", "out", "seconds", "answer"]
    numbers = [(row[-7:-4], row[-3:]) for row in rows]
    assert numbers == [
        (["1", "500", "40"], ["2%", "=", "1340"]),
        (["3", "2,100", "93"], ["2%", "=", "1340"]),
    ]
    assert all(re.fullmatch(r"\d+\.\d\d", row[-4]) for row in rows)
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
