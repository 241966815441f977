"""Without a network a run pauses and says so; it goes on when the network is back."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from support.models.scripted_server import Reply, cut_off, streamed, streamed_event
from support.page.agent_page import step
from support.page.far_page import FarPage
from support.page.person import Person

PAUSED = "Paused: no network. It goes on when the network is back."


def paused(far: FarPage, task: str) -> Locator:
    """A run that has made a step and then lost the network."""
    far.replies.append(streamed(step("kept += gate()")))
    run = Person(far.page, far.site).give(task)
    expect(run.locator("pa-tool-call")).to_contain_text("gate")
    far.page.context.set_offline(True)
    far.open_gate()
    expect(run.locator("pa-paused")).to_contain_text(PAUSED)
    return run


def test_run_goes_on_by_itself_when_the_network_is_back(far: FarPage) -> None:
    asked = len(far.model.requests)
    run = paused(far, "Go on by yourself.")
    far.replies.append(streamed(step("final_answer(kept)")))
    far.page.context.set_offline(False)
    expect(run.locator(".answer")).to_contain_text("42")
    expect(run.locator("pa-paused")).to_have_count(0)
    run.locator("summary").first.click()
    expect(run.locator("pa-notice")).to_contain_text("The network is back after")
    assert len(far.model.requests) == asked + 2


def test_person_tries_now_and_then_stops(far: FarPage) -> None:
    run = paused(far, "Try, then stop.")
    run.get_by_role("button", name="Try now").click()
    expect(run.locator("pa-paused")).to_contain_text(PAUSED)
    run.get_by_role("button", name="Stop").click()
    expect(run.get_by_text("Stopped.")).to_be_visible()
    far.page.context.set_offline(False)
    assert far.answer("final_answer(kept)") == 43


def test_network_that_goes_in_the_middle_of_a_reply(far: FarPage) -> None:
    far.replies.append(Reply(pieces=[streamed_event("I begin with"), 90.0]))
    run = Person(far.page, far.site).give("Write.")
    expect(run.get_by_text("I begin with")).to_be_visible()
    far.page.context.set_offline(True)
    expect(run.locator("pa-paused")).to_contain_text(PAUSED)
    expect(run.get_by_text("I begin with")).to_be_hidden()
    far.replies.append(streamed(step("final_answer(kept)")))
    far.page.context.set_offline(False)
    expect(run.locator(".answer")).to_contain_text("43")


def test_reply_that_is_cut_in_its_code_is_asked_for_again(far: FarPage) -> None:
    code = step("kept += 1\nfinal_answer(kept)")
    far.replies.extend([cut_off(code[:40]), cut_off(code, bluntly=False), streamed(code)])
    run = Person(far.page, far.site).give("Count.")
    expect(run.locator(".answer")).to_contain_text("44")
    run.locator("summary").first.click()
    expect(run.locator("pa-notice").last).to_contain_text("broke off after 55 characters")
    assert far.answer("final_answer(kept)") == 44
