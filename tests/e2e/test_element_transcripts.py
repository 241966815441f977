"""Long transcripts in a real browser: all of it is there, but only what is in view is laid out."""

from __future__ import annotations

from playwright.sync_api import expect

from support.page.gallery_page import Gallery

STEPS = 300
TABLES = 200

_SAY_STEPS = """(count) => {
  for (let n = 1; n <= count; n += 1) {
    session.say(say.step(n));
    session.say(say.replied(n, `I look at part ${n} of the data.`, `print("row", ${n})`));
    session.say(say.printed(n, `row ${n}\\n`));
    session.say(say.ended(n));
  }
}"""
_SHOW_TABLES = """(count) => {
  for (let n = 1; n <= count; n += 1) {
    const data = [{ number: n, text: `cell ${n}` }];
    session.say(say.shown(1, { "application/vnd.dataresource+json": { data } }));
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


def test_of_many_tables_below_folded_steps_only_those_in_view_are_laid_out(scene: Gallery) -> None:
    scene.open("chosen").ask("Go")
    scene.say("say.started('Go')", "say.step(1)", "say.replied(1, 'Look.', 'df')")
    scene.page.evaluate(_SHOW_TABLES, TABLES)
    scene.say("say.ended(1)", "say.finished({ success: true, output: 'Done.', steps: 1 })")
    tables = scene.page.locator("pa-shown pa-table table")
    expect(tables).to_have_count(TABLES)
    visible = "(all) => all.filter((one) => one.checkVisibility({ contentVisibilityAuto: true }))"
    assert 1 <= tables.evaluate_all(f"{visible}.length") < 30

    last = tables.last.get_by_text(f"cell {TABLES}")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    assert tables.evaluate_all(f"{visible}.length") < 30
