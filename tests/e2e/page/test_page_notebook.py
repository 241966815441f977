"""Python in the page behaves as in a notebook: figures, questions, waits, and what it lacks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from pyagent.sandbox.advice.limits import NO_NETWORK, NO_PROGRAMS, NO_THREADS
from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step

LOCK = Path(__file__).resolve().parents[3] / "dist" / "packages" / "lock.json"
SVG, PNG = "image/svg+xml", "image/png"
THEMED = "var(--pyagent-text, #000000)"


@pytest.fixture(scope="module")
def notebook(browser: Browser, site: str) -> Iterator[AgentPage]:
    """One page with matplotlib, for all these tests."""
    if '"seaborn"' not in LOCK.read_text("utf-8"):
        pytest.skip("This build has no seaborn.")
    with AgentPage(browser.new_page(color_scheme="light"), site) as opened:
        yield opened.open()


def figures(page: AgentPage, *codes: str) -> list[dict[str, Any]]:
    """The bundles that these steps display."""
    start = "import matplotlib.pyplot as plt, numpy as np"
    page.answer(start, *codes, "final_answer(1)")
    errors = [message["error"] for message in page.seen("step_finished") if message.get("error")]
    assert errors == []
    return [message["bundle"] for message in page.seen("step_display")]


@pytest.mark.parametrize(
    "code",
    [
        "plt.plot([1, 3, 2], 'k--', label='a'); plt.legend(); plt.title('T'); plt.grid()",
        "plt.pie([1, 2], labels=['a', 'b'], autopct='%d%%')",
        "plt.boxplot([1, 2, 9]); plt.annotate('x', (1, 2), (1, 5), arrowprops={})",
        "import seaborn as sns; sns.histplot([1, 2, 2, 3])",
        "import pandas as pd; pd.DataFrame({'a': [1, 2]}).plot()",
        "plt.table(cellText=[['a']]); plt.axis('off')",
    ],
)
def test_a_figure_without_colours_of_its_own_takes_those_of_the_theme(
    notebook: AgentPage, code: str
) -> None:
    [bundle] = figures(notebook, code)
    assert THEMED in bundle[SVG]
    assert "#010203" not in bundle[SVG]
    assert len(bundle[SVG]) < 60_000


@pytest.mark.parametrize(
    "code",
    [
        "plt.figure(facecolor='#ffe'); plt.plot([1, 2])",
        "plt.plot([1, 2]); plt.gca().set_facecolor('black')",
        "import seaborn as sns\nwith sns.axes_style('darkgrid'): plt.plot([1, 2])",
    ],
)
def test_a_figure_with_colours_of_its_own_stays_as_it_was(notebook: AgentPage, code: str) -> None:
    [bundle] = figures(notebook, code)
    assert "--pyagent" not in bundle[SVG]


def test_text_on_a_picture_and_on_a_coloured_bar_keeps_its_colour(notebook: AgentPage) -> None:
    code = "plt.imshow(np.eye(2)); plt.axis('off'); plt.text(0, 0, 'on it')"
    bar = "plt.bar([0], [1], color='y'); plt.axis('off'); plt.text(0, 0.5, 'in it')"
    for bundle in figures(notebook, code, bar):
        assert THEMED not in bundle[SVG]


def test_a_figure_of_many_points_is_a_picture_only(notebook: AgentPage) -> None:
    [bundle] = figures(notebook, "plt.scatter(np.arange(30_000), np.arange(30_000))")
    assert set(bundle) == {"text/plain", PNG}


def test_drawing_for_the_theme_changes_neither_the_picture_nor_a_saved_file(
    notebook: AgentPage,
) -> None:
    code = "fig, ax = plt.subplots(); ax.plot([1, 2], 'ko', label='a'); ax.legend()"
    save = "fig.savefig('a.png', bbox_inches='tight'); fig.savefig('b.png')"
    [bundle] = figures(notebook, f"{code}\n{save}\nfig.savefig('c.png')")
    again = "import base64; final_answer(base64.b64encode(open('a.png', 'rb').read()).decode())"
    assert notebook.answer(again) == bundle[PNG]
    same = f"{save}\nfinal_answer(open('b.png', 'rb').read() == open('c.png', 'rb').read())"
    assert notebook.answer(same) is True


def test_several_figures_of_a_step_are_each_shown_once(notebook: AgentPage) -> None:
    two = "fig, ax = plt.subplots(); ax.plot([1, 2])\nplt.figure(); plt.plot([5, 1])"
    shown = figures(notebook, two, "x = 1", "plt.plot([3, 4]); plt.show(); plt.figure()")
    assert len({bundle[PNG] for bundle in shown}) == len(shown) == 3


def test_the_page_draws_a_figure_in_the_colours_of_its_theme(notebook: AgentPage) -> None:
    figures(notebook, "plt.axis('off'); plt.text(0, 0, 'x', size=200)")
    page = notebook.page
    image = page.locator("pa-image .picture img").last
    paper = "async (image) => /fill: ([^;'\"]*)/.exec(await (await fetch(image.src)).text())[1]"
    expect(image).to_be_visible()
    light = image.evaluate(paper)
    before = image.get_attribute("src")
    page.emulate_media(color_scheme="dark")
    expect(image).not_to_have_attribute("src", before or "")
    dark = image.evaluate(paper)
    page.emulate_media(color_scheme="light")
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(26, 26, 25)")


def test_a_figure_is_saved_from_the_page_as_the_picture_that_matplotlib_made(
    notebook: AgentPage,
) -> None:
    [bundle] = figures(notebook, "plt.plot([1, 2])")
    with notebook.page.expect_download() as download:
        notebook.page.locator("pa-image").last.get_by_title("Download").last.click()
    assert download.value.path().read_bytes() == base64.b64decode(bundle[PNG])
    assert download.value.suggested_filename.endswith(".png")


def test_the_code_asks_the_person_who_types_an_answer(agent_page: AgentPage) -> None:
    page = agent_page.open(deadlineS=5).page
    code = (
        "import getpass\nname = input('Your name? ')\nkey = getpass.getpass('Your key: ')\n"
        "final_answer([name, len(key), repr(key)])"
    )
    agent_page.replies.append(streamed(step(code)))
    page.get_by_label("Task", exact=True).fill("Ask me.")
    page.get_by_label("Task", exact=True).press("Enter")
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Your name?")
    expect(question.get_by_label("Answer", exact=True).first).to_be_focused()
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    expect(question).to_contain_text("Your key:")
    page.keyboard.type("hunter2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text("Ann")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    [finished] = agent_page.seen("run_finished")
    assert finished["output"] == ["Ann", 7, "'••••'"]
    assert "hunter2" not in page.evaluate("JSON.stringify(window.seen)")
    assert "hunter2" not in page.content()


def test_stopping_ends_a_question_and_the_sandbox_lives_on(agent_page: AgentPage) -> None:
    page = agent_page.open().page
    agent_page.answer("kept = 5", "final_answer(1)")
    agent_page.replies.append(streamed(step("kept = 6\ninput('Still there? ')")))
    page.get_by_label("Task", exact=True).fill("Ask me.")
    page.get_by_label("Task", exact=True).press("Enter")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert agent_page.answer("final_answer(kept)") in (5, 6)


def test_stopping_ends_a_long_sleep_and_the_next_task_runs(agent_page: AgentPage) -> None:
    page = agent_page.open().page
    agent_page.replies.append(streamed(step("import time\nprint('now')\ntime.sleep(500)")))
    page.get_by_label("Task", exact=True).fill("Wait.")
    page.get_by_label("Task", exact=True).press("Enter")
    expect(page.get_by_text("now", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert agent_page.answer("final_answer(6)") == 6


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import requests\nrequests.get('https://example.com')", NO_NETWORK),
        ("import urllib.request as u\nu.urlopen('https://example.com')", NO_NETWORK),
        ("import socket\nsocket.create_connection(('example.com', 80))", NO_NETWORK),
        ("import httpx\nawait httpx.AsyncClient().get('https://example.com')", NO_NETWORK),
        ("import threading\nthreading.Thread(target=print).start()", NO_THREADS),
        ("import multiprocessing\nmultiprocessing.Pool(2)", NO_THREADS),
        ("import subprocess\nsubprocess.run(['ls'])", NO_PROGRAMS),
        ("import os\nos.system('ls')", NO_PROGRAMS),
        ("import pandas as pd\npd.read_parquet('a.parquet')", "Excel or JSON in place"),
        ("import torch", "of sklearn instead"),
        ("import panda", "Did you mean pandas?"),
        ("import statsmodels.api", "sklearn.linear_model instead"),
    ],
)
def test_what_a_page_cannot_do_is_one_line_and_nothing_else_is_printed(
    notebook: AgentPage, code: str, said: str
) -> None:
    notebook.page.context.route(
        lambda url: not url.startswith("http://127.0"), lambda route: route.abort()
    )
    notebook.answer(code, "final_answer(1)")
    error = notebook.seen("step_finished")[0]["error"]
    assert said in error["message"]
    assert "\n" not in error["message"]
    assert notebook.seen("step_output") == []


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("import asyncio\nasync def f(): return 5\nfinal_answer(asyncio.run(f()))", 5),
        (
            "import asyncio\nasync def f():\n  await asyncio.sleep(0.01)\n  return 5\n"
            "final_answer(await asyncio.gather(f(), f()))",
            [5, 5],
        ),
        (
            "import asyncio\nasync def f(): return 5\n"
            "final_answer(asyncio.get_event_loop().run_until_complete(f()))",
            5,
        ),
    ],
)
def test_coroutines_run_as_in_a_notebook(notebook: AgentPage, code: str, value: Any) -> None:
    assert notebook.answer(code) == value


def test_an_error_of_a_coroutine_is_told_once_with_its_line(notebook: AgentPage) -> None:
    code = "async def f():\n    return 1 / 0\nawait f()"
    notebook.answer(code, "final_answer(1)")
    error = notebook.seen("step_finished")[0]["error"]
    assert (error["type"], error["line"]) == ("ZeroDivisionError", 2)
    assert notebook.seen("step_output") == []
