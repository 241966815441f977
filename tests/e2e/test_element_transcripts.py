"""Long transcripts in a real browser: all of it is there, but only what is in view is laid out."""

from __future__ import annotations

from playwright.sync_api import expect

from support.page.gallery_page import Gallery

STEPS = 300

_SAY_STEPS = """(count) => {
  for (let n = 1; n <= count; n += 1) {
    session.say(say.step(n));
    session.say(say.replied(n, `I look at part ${n} of the data.`, `print("row", ${n})`));
    session.say(say.printed(n, `row ${n}\\n`));
    session.say(say.ended(n));
  }
}"""
_LAID_OUT = """(steps) => steps.filter((step) =>
  step.shadowRoot.querySelector("h3")?.checkVisibility({ contentVisibilityAuto: true })).length"""


def test_only_the_steps_in_view_are_laid_out_and_all_can_be_found(scene: Gallery) -> None:
    scene.open("chosen").ask("Go")
    scene.say("say.started('Go')")
    scene.page.evaluate(_SAY_STEPS, STEPS)
    steps = scene.page.locator("pa-step")
    last = scene.page.get_by_text(f"I look at part {STEPS} of the data.")
    expect(last).to_be_in_viewport()
    expect(steps).to_have_count(STEPS)
    expect(scene.page.locator("pa-step pa-code")).to_have_count(STEPS)
    assert 1 <= steps.evaluate_all(_LAID_OUT) < 30

    early = scene.page.get_by_text("I look at part 17 of the data.")
    early.scroll_into_view_if_needed()
    expect(early).to_be_in_viewport()
    assert steps.evaluate_all(_LAID_OUT) < 30


def test_steps_of_a_long_run_that_is_opened_again_are_all_there(scene: Gallery) -> None:
    scene.open("chosen").ask("Go")
    scene.say("say.started('Go')")
    scene.page.evaluate(_SAY_STEPS, STEPS)
    scene.say(f"say.finished({{ success: true, output: 'Done.', steps: {STEPS} }})")
    expect(scene.page.locator("pa-step")).to_have_count(0)

    scene.page.get_by_text(f"{STEPS} steps").first.click()

    expect(scene.page.locator("pa-step pa-code")).to_have_count(STEPS)
    expect(scene.page.get_by_text("I look at part 1 of the data.")).to_be_visible()
