"""The demonstration: its code really solves its task; only the model is scripted."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from importlib.resources import files

import pytest

from pyagent.agents.code import CodeAgent
from pyagent.agents.result import RunResult
from pyagent.models.demo.model import DEMO_FILE, DEMO_TASK, demo_model
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import Event, StepDisplay, TokenUsage
from support.models.model_asking import ask, run_without_waiting, said

WEATHER = files("vega_datasets").joinpath("_data", DEMO_FILE)


async def play(*tasks: str, data: bytes | None = None) -> tuple[list[RunResult], list[Event]]:
    """Give the demonstration these tasks in one conversation."""
    results, events = [], []
    contents = {DEMO_FILE: WEATHER.read_bytes() if data is None else data}
    async with CodeAgent(model=demo_model(delay_s=0)) as agent:
        for task in tasks:
            events += [event async for event in agent.astream(task, files=contents)]
            assert agent.last_result is not None
            results.append(agent.last_result)
    return results, events


def test_demonstration_solves_its_task_with_a_table_a_plot_and_a_file() -> None:
    [result], events = asyncio.run(play(DEMO_TASK))
    assert result.success
    assert len(result.steps) == 3
    assert result.token_usage == TokenUsage()
    assert "**November**" in result.output
    assert "160.6 mm" in result.output
    header, january, *others = result.files["seattle-months.csv"].decode().splitlines()
    assert header == "month,rain_mm,rainy_days_percent,average_high_c,average_low_c"
    assert january == "January,116.5,53,8.2,2.7"
    assert len(others) == 11
    table, plot = [event.bundle for event in events if isinstance(event, StepDisplay)]
    rows = table["application/vnd.dataresource+json"]["data"]
    assert [row["month"] for row in rows][10] == "November"
    svg = ET.fromstring(plot["image/svg+xml"])
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}circle"))) == 12
    months = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "Nov" in months


def test_demonstration_can_be_repeated_in_one_conversation() -> None:
    results, _ = asyncio.run(play(DEMO_TASK, "What is 2 + 2?", DEMO_TASK))
    assert [result.success for result in results] == [True, True, True]
    assert [len(result.steps) for result in results] == [3, 1, 3]
    assert "only a demonstration" in results[1].output


@pytest.mark.parametrize("data", [b"", b"date,precipitation\n2012/01/01,3\n"])
def test_demonstration_does_not_go_on_with_another_file(data: bytes) -> None:
    [result], _ = asyncio.run(play(DEMO_TASK, data=data))
    assert "only a demonstration" in result.output


def test_words_come_at_reading_speed() -> None:
    events, waited_s = run_without_waiting(lambda: ask(demo_model()))
    assert "demonstration" in said(events)
    assert 0.5 < waited_s < 5
    assert isinstance(demo_model(), ScriptedModel)
