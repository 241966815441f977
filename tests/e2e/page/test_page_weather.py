"""The whole way: a page, a task, a real file, real code, a table, a plot, a file, an answer."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step
from support.page.person import Person

WEATHER = Path(str(files("vega_datasets"))) / "_data" / "seattle-weather.csv"
KEY = "sk-weather"

SUM_UP = """
import csv
import sqlite3

db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE weather (date TEXT, rain REAL)")
with open("seattle-weather.csv") as file:
    days = [(day["date"], day["precipitation"]) for day in csv.DictReader(file)]
db.executemany("INSERT INTO weather VALUES (?, ?)", days)
query = "SELECT substr(date, 6, 2), round(sum(rain), 1) FROM weather GROUP BY 1 ORDER BY 1"
months = [{"month": month, "rain": rain} for month, rain in db.execute(query)]
print(f"{len(days)} days in {len(months)} months")
display(months)
"""
DRAW_AND_ANSWER = """
bars = "".join(
    f'<rect x="{20 * i}" y="0" width="15" height="{row["rain"] / 4}"/>'
    for i, row in enumerate(months)
)
display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="200">{bars}</svg>'))
with open("rain.csv", "w", newline="") as file:
    writer = csv.DictWriter(file, ["month", "rain"])
    writer.writeheader()
    writer.writerows(months)
wettest = max(months, key=lambda row: row["rain"])
final_answer(f"Month {wettest['month']} is the **rainiest** → {wettest['rain']} mm.")
"""
FOLLOW_UP = "driest = min(months, key=lambda row: row['rain'])\nfinal_answer(driest)"


@pytest.fixture
def rain() -> dict[str, float]:
    """Month as two digits → millimetres over all years, summed up by the test itself."""
    sums: dict[str, float] = defaultdict(float)
    with WEATHER.open(encoding="utf-8") as file:
        for day in csv.DictReader(file):
            sums[day["date"][5:7]] += float(day["precipitation"])
    return {month: round(total, 1) for month, total in sorted(sums.items())}


def test_a_person_has_a_file_evaluated(agent_page: AgentPage, rain: dict[str, float]) -> None:
    person, model = Person(agent_page.page, agent_page.site), agent_page.model
    agent_page.replies.extend(map(streamed, map(step, [SUM_UP, DRAW_AND_ANSWER])))
    person.open()
    person.choose_endpoint(model.base_url, model="scripted", key=KEY)
    person.give("Which month is the rainiest? 🌧", [WEATHER])
    run = person.wait_for_the_end()

    wettest = max(rain, key=lambda month: rain[month])
    answer = run.locator("pa-bundle.answer")
    expect(answer).to_have_text(f"Month {wettest} is the rainiest → {rain[wettest]} mm.")
    expect(answer.locator("strong")).to_have_text("rainiest")

    expect(run.locator("pa-table").last.locator("tbody tr")).to_have_count(12)
    cells = run.locator("pa-table").last.locator("td").all_inner_texts()
    assert list(zip(cells[::2], map(float, cells[1::2]), strict=True)) == list(rain.items())

    plot = run.locator("pa-image img").last
    expect(plot).to_have_js_property("naturalWidth", 240)
    assert (plot.get_attribute("src") or "").startswith("blob:")

    rows = list(csv.DictReader(io.StringIO(person.download("rain.csv"))))
    assert {row["month"]: float(row["rain"]) for row in rows} == rain

    run.get_by_text("2 steps").first.click()
    expect(run.get_by_text("1461 days in 12 months")).to_be_visible()
    first = model.requests[0]
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert "date,precipitation,temp_max" in first.json["messages"][-1]["content"]


def test_the_next_task_remembers_the_last(agent_page: AgentPage, rain: dict[str, float]) -> None:
    person, model = Person(agent_page.page, agent_page.site), agent_page.model
    codes = [SUM_UP, "final_answer('It is done.')", FOLLOW_UP]
    agent_page.replies.extend(map(streamed, map(step, codes)))
    person.open()
    person.choose_endpoint(model.base_url, model="scripted")
    person.give("Sum up the rain.", [WEATHER])
    expect(person.wait_for_the_end().locator("pa-bundle.answer")).to_have_text("It is done.")
    person.give("And which month is the driest?")
    expect(agent_page.page.get_by_role("article")).to_have_count(2)
    driest = min(rain, key=lambda month: rain[month])
    expect(person.wait_for_the_end().locator("pa-bundle.answer")).to_contain_text(driest)
    told = "\n".join(message["content"] for message in model.requests[-1].json["messages"])
    for words in ("Sum up the rain.", SUM_UP.strip(), "1461 days", "which month is the driest?"):
        assert words in told


def test_demonstration_solves_its_task_and_leaves_the_site_alone(page: Page, site: str) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    person = Person(page, site)
    person.open()
    page.get_by_role("button", name="Try the demonstration").click()
    expect(page.get_by_text("replies come from a fixed script")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    run = person.wait_for_the_end()
    expect(run.locator("pa-bundle.answer")).to_contain_text(
        "November is the rainiest month in Seattle: 160.6 mm"
    )
    expect(run.locator("pa-table").last.locator("tbody tr")).to_have_count(12)
    expect(run.locator("pa-image img").last).to_have_js_property("naturalWidth", 740)
    rows = list(csv.DictReader(io.StringIO(person.download("seattle-months.csv"))))
    assert [row["month"] for row in rows][::11] == ["January", "December"]
    assert asked
    assert [url for url in asked if not url.startswith((site, "blob:", "data:"))] == []
