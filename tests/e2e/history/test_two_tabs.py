"""One tab writes a conversation, others follow it, and no effect is made by both."""

from __future__ import annotations

from playwright.sync_api import expect

from support.models.scripted_server import Reply, Request, streamed
from support.page.agent_page import step
from support.page.conversation_page import ConversationPage

WAIT = "second = order('b')\nimport time\ntime.sleep(600)"


def chosen_by_progress(request: Request) -> Reply:
    """The reply for the step at which the conversation is."""
    read = str(request.json["messages"])
    if "step one" not in read:
        return streamed(step("first = order('a')\nprint('step', 'one')"))
    if "interrupted" not in read:
        return streamed(step(WAIT))
    return streamed(step("second = order('b')\nfinal_answer(f'both: {first} {second}')"))


def test_a_second_tab_follows_and_takes_over(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.choose = chosen_by_progress
    kept.begin(task="Order two.")
    kept.wait_for_text("step one")
    second = kept.beside()
    second.pick("Order two.")

    second.wait_for_text("step one")
    expect(second.page.get_by_text("open in another tab")).to_be_visible()
    expect(second.page.get_by_role("button", name="Continue")).to_have_count(0)
    kept.wait_for_orders("a", "b")
    second.wait_for_text("order")
    second.page.get_by_role("button", name="Go on here").click()

    expect(kept.page.get_by_text("open in another tab")).to_be_visible()
    assert kept.page.evaluate("async () => (await window.running).reason") == "cancelled"
    assert second.resume() == "both: 1 2"
    assert kept.orders == ["a", "b"]
    kept.wait_for_text("both: 1 2")  # the first tab follows now
    kept.page.close()
    second.agent.choose = kept.agent.choose = None
    assert second.page.evaluate(
        "async () => (await document.querySelector('py-agent').run('More.')).success"
    )


def test_a_tab_that_follows_becomes_the_writer_when_the_other_one_is_closed(
    kept: ConversationPage,
) -> None:
    kept.open()
    kept.agent.choose = chosen_by_progress
    kept.begin(task="Order two.")
    second = kept.beside()
    second.pick("Order two.")
    second.wait_for_text("step one")
    kept.wait_for_orders("a", "b")

    kept.page.close()

    second.wait_for_text("interrupted after step 1")
    assert second.resume() == "both: 1 2"
    assert kept.orders == ["a", "b"]


def test_two_tabs_that_take_over_in_turn_lose_no_task(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.run("final_answer('number 0')", task="Count.")
    second = kept.beside()
    second.pick("Count.")
    second.wait_for_text("number 0")
    for number, tab in enumerate([second, kept, second], start=1):
        tab.page.get_by_role("button", name="Go on here").click()
        expect(tab.page.get_by_text("open in another tab")).to_have_count(0)
        tab.wait_for_text(f"number {number - 1}")
        code = f"final_answer('number {number}')"
        kept.agent.replies.append(streamed(step(code)))
        assert tab.agent.run(task="Next.")["output"] == f"number {number}"
    kept.wait_for_text("number 3")
    assert kept.text == second.text
