"""Questions whether a tool may run, as a person answers them, by keyboard too."""

from __future__ import annotations

from gallery_page import Gallery
from playwright.sync_api import expect

ASKING = (
    'say.started("Send")',
    "say.step(1)",
    'say.called(1, 4, "send", { to: "Ann" })',
    'say.asked(1, 4, "send", { to: "Ann" })',
)


def test_a_question_takes_the_focus_and_gives_it_back(scene: Gallery) -> None:
    scene.open("chosen").ask("Send")
    expect(scene.button("Stop")).to_be_visible()
    scene.say(*ASKING)

    expect(scene.page.get_by_role("alertdialog", name="May send run?")).to_be_focused()
    scene.page.keyboard.press("Tab")
    scene.page.keyboard.press("Enter")

    expect(scene.page.get_by_role("alertdialog")).to_have_count(0)
    expect(scene.task).to_be_focused()
    assert scene.page.evaluate("session.verdicts") == [
        {"run_id": "r1", "call_id": 4, "allowed": True, "reason": ""}
    ]


def test_a_question_does_not_interrupt_who_types_elsewhere_in_the_page(scene: Gallery) -> None:
    scene.open("chosen").ask("Send")
    expect(scene.button("Stop")).to_be_visible()
    scene.page.evaluate("document.body.append(document.createElement('input'))")
    own = scene.page.locator("body > input")
    own.focus()
    scene.say(*ASKING)

    expect(scene.page.get_by_role("alertdialog")).to_be_visible()
    expect(own).to_be_focused()
