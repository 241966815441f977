"""What a person meets who chooses a model for the first time, and who comes back after a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from support.models.scripted_server import Reply, Request, ScriptedServer, refused, streamed
from support.page.agent_page import KEY, step
from support.page.person import Person

PASSPHRASE = "correct horse"


def reply(request: Request) -> Reply:
    """Answers only with the key."""
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return refused(401, "Incorrect API key provided")
    return streamed(step("final_answer('done')"))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(reply) as running:
        yield running


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Settings")


def fill_in(page: Page, base_url: str, key: str) -> None:
    page.get_by_title("Model and settings").click()
    dialog(page).get_by_label("Provider").select_option("custom")
    dialog(page).get_by_label("Base URL").fill(base_url)
    dialog(page).get_by_label("Key (if it needs one)").fill(key)
    dialog(page).get_by_label("Model", exact=True).fill("m-1")


def test_task_typed_right_after_the_model_is_chosen_runs(
    page: Page, site: str, server: ScriptedServer
) -> None:
    Person(page, site).open()
    fill_in(page, server.base_url, KEY)
    dialog(page).get_by_role("button", name="Use this model").click()
    page.keyboard.type("Do it.")
    page.keyboard.press("Enter")

    article = page.get_by_role("article")
    expect(article).to_have_count(1)
    expect(article.locator("pa-bundle.answer")).to_have_text("done")


def test_kept_key_is_asked_for_before_the_first_request_after_a_reload(
    page: Page, site: str, server: ScriptedServer
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    Person(page, site).open()
    fill_in(page, server.base_url, KEY)
    dialog(page).get_by_label("Remember the key on this device").check()
    passphrase = dialog(page).locator("#passphrase")
    expect(passphrase).to_be_focused()
    expect(passphrase).to_be_in_viewport(ratio=1)
    passphrase.fill(PASSPHRASE)
    dialog(page).get_by_role("button", name="Use this model").click()
    expect(dialog(page)).to_be_hidden()
    page.reload()

    page.get_by_label("Task", exact=True).fill("Do it.")
    page.get_by_label("Task", exact=True).press("Enter")
    expect(dialog(page).get_by_role("alert")).to_contain_text(
        re.compile(r"The key for 127\.0\.0\.1:\d+ is locked\.")
    )
    expect(dialog(page).get_by_role("alert")).to_be_in_viewport(ratio=1)
    assert server.requests == []
    expect(passphrase).to_be_focused()
    expect(passphrase).to_be_in_viewport(ratio=1)
    passphrase.fill(PASSPHRASE)
    passphrase.press("Enter")
    expect(dialog(page).get_by_text("Keys are kept on this device, encrypted.")).to_be_visible()
    dialog(page).get_by_role("button", name="Use this model").click()

    expect(page.locator("pa-bundle.answer")).to_have_text("done")


def test_server_in_the_local_network_may_be_called(page: Page, site: str) -> None:
    answers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    page.route(
        "http://192.168.1.20:1234/**",
        lambda route: route.fulfill(json={"data": [{"id": "m-1"}], "choices": []}, headers=answers),
    )
    Person(page, site).open()
    fill_in(page, "http://192.168.1.20:1234/v1", "")
    dialog(page).get_by_role("button", name="Check connection").click()

    expect(dialog(page).get_by_role("status")).to_contain_text("The model answers.")
