"""What a person does with ``<py-agent>``, in a real browser with a session that the test plays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.page.gallery_page import Gallery


def test_demonstration_starts_with_one_press(scene: Gallery) -> None:
    scene.open("welcome").page.get_by_role("button", name="Try the demonstration").click()

    expect(scene.page.get_by_text("replies come from a fixed script")).to_be_visible()
    expect(scene.button("Stop")).to_be_visible()
    [[task, files]] = scene.tasks()
    assert "rainiest" in task
    assert files == ["seattle-weather.csv"]


def test_task_without_a_model_opens_the_settings_and_stays_in_the_field(scene: Gallery) -> None:
    scene.open("welcome").ask("Add 1 and 2")

    expect(scene.page.get_by_role("heading", name="Settings")).to_be_visible()
    scene.page.keyboard.press("Escape")
    expect(scene.task).to_have_value("Add 1 and 2")


def test_task_without_a_key_says_what_to_do_and_keeps_the_conversation(scene: Gallery) -> None:
    scene.open("welcome").page.get_by_role("button", name="Use your own endpoint").click()
    scene.button("Use this model").click()
    expect(scene.page.get_by_text("There is no key for OpenAI.")).to_be_visible()
    scene.button("Cancel").click()

    scene.ask("Add 1 and 2")

    expect(scene.page.get_by_label("Key", exact=True)).to_be_visible()
    scene.page.keyboard.press("Escape")
    expect(scene.page.get_by_text("Add 1 and 2")).to_be_visible()
    expect(scene.button("Try again")).to_be_visible()


def test_enter_sends_and_shift_enter_breaks_the_line(scene: Gallery) -> None:
    scene.open("chosen").task.press_sequentially("one")
    scene.task.press("Shift+Enter")
    scene.task.press_sequentially("two")
    scene.task.press("Enter")

    expect(scene.button("Stop")).to_be_visible()
    assert scene.tasks() == [["one\ntwo", []]]


def test_escape_stops_the_run_and_the_next_task_can_follow(scene: Gallery) -> None:
    scene.open("chosen").ask("Add")
    expect(scene.button("Stop")).to_be_visible()

    scene.page.keyboard.press("Escape")
    expect(scene.page.get_by_text("Stopping…")).to_be_visible()
    scene.say('say.finished({ success: false, reason: "cancelled" })')

    expect(scene.page.get_by_text("Stopped.")).to_be_visible()
    assert scene.page.evaluate("session.stops") == 1
    expect(scene.button("Send")).to_be_visible()


def test_files_are_attached_shown_and_taken_back(scene: Gallery, tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text("x,y\n")
    with scene.open("chosen").page.expect_file_chooser() as chooser:
        scene.button("Attach files").click()
    chooser.value.set_files(paths)

    scene.button("Remove a.csv").click()
    scene.ask("Add")

    expect(scene.button("Stop")).to_be_visible()
    assert scene.tasks() == [["Add", ["b.csv"]]]


def test_answer_folds_the_steps_and_keeps_plot_table_and_files_in_view(scene: Gallery) -> None:
    scene.open("solved")

    expect(scene.page.get_by_text("November is the rainiest")).to_be_visible()
    summary = scene.page.get_by_text("3 steps · 4.1 s", exact=True)
    expect(summary).to_be_visible()
    expect(scene.page.get_by_text("Step 1")).to_be_hidden()
    expect(scene.page.get_by_role("img", name="result.svg")).to_be_visible()
    with scene.page.expect_download() as table:
        scene.button("CSV").click()
    assert "November,160.6" in table.value.path().read_text("utf-8")
    with scene.page.expect_download() as produced:
        scene.button("Download seattle-months.csv").click()
    assert produced.value.suggested_filename == "seattle-months.csv"

    summary.click()
    expect(scene.page.get_by_text("Step 1")).to_be_visible()
    expect(scene.page.get_by_label("Where")).to_contain_text("total += float")


def test_view_follows_the_end_until_the_person_scrolls_up(scene: Gallery) -> None:
    scene.open("running")
    latest = scene.button("Jump to latest")
    expect(scene.page.get_by_text("Running the code…")).to_be_in_viewport()
    expect(latest).to_be_hidden()

    scene.page.get_by_role("region", name="Conversation").hover()
    scene.page.mouse.wheel(0, -600)
    expect(latest).to_be_visible()
    scene.say("say.printed(3, 'more\\n'.repeat(30))")
    expect(latest).to_be_visible()

    latest.click()
    expect(scene.page.get_by_text("Running the code…")).to_be_in_viewport()
    expect(latest).to_be_hidden()


def test_theme_is_kept_for_the_next_visit(scene: Gallery) -> None:
    scene.open("welcome").button("Theme: as the system").click()
    scene.button("Theme: light").click()

    scene.page.goto("about:blank")
    scene.open()

    expect(scene.button("Theme: dark")).to_be_visible()
    background = "getComputedStyle(agent).backgroundColor"
    assert scene.page.evaluate(background) == "rgb(26, 26, 25)"


def test_key_does_not_follow_to_another_address(scene: Gallery) -> None:
    scene.open("settings-endpoint")
    key = scene.page.get_by_label("Key", exact=True)
    expect(key).to_have_value("sk-example")

    address = scene.page.get_by_label("Base URL")
    address.fill("https://evil.example/v1")
    expect(key).to_have_value("")
    address.fill("https://api.openai.com/v1")
    expect(key).to_have_value("sk-example")


@pytest.mark.parametrize("field", ["Model", "Base URL", "Key (if it needs one)"])
def test_enter_in_a_field_of_the_settings_submits(scene: Gallery, field: str) -> None:
    page = scene.open("settings-custom").page
    page.get_by_label("Base URL").fill("localhost:1234")
    page.get_by_role("button", name="http://localhost:1234/v1").click()
    page.get_by_label("Model", exact=True).fill("m-1")

    page.get_by_label(field, exact=True).press("Enter")

    expect(page.get_by_role("heading", name="Settings")).to_be_hidden()
    assert page.evaluate("session.configured.at(-1).model.baseUrl") == "http://localhost:1234/v1"


def test_enter_in_an_incomplete_form_says_what_is_missing(scene: Gallery) -> None:
    page = scene.open("settings-custom").page

    page.get_by_label("Base URL").press("Enter")
    expect(page.get_by_text("Enter the address of the endpoint")).to_be_visible()
    page.get_by_label("Base URL").fill("localhost:1234/v1")
    page.get_by_label("Model", exact=True).press("Enter")
    expect(page.get_by_text("such as http://localhost:1234/v1")).to_be_visible()


def test_enter_in_a_number_of_the_agent_keeps_it(scene: Gallery) -> None:
    page = scene.open("settings-agent").page
    steps = page.get_by_label("Step limit")
    steps.fill("7")
    steps.press("Enter")

    expect(page.get_by_role("heading", name="Settings")).to_be_hidden()
    assert '"max_steps":7' in page.evaluate("localStorage.getItem('pyagent.settings')")


def test_another_server_may_speak_any_of_four_formats_and_a_known_one_its_own(
    scene: Gallery,
) -> None:
    page = scene.open("settings-custom").page
    provider, formats = page.get_by_label("Provider"), page.get_by_label("It speaks")
    expect(provider.locator("option:checked")).to_have_text("Another server")
    expect(formats.locator("option")).to_have_text(
        ["OpenAI chat completions", "OpenAI responses", "Anthropic messages", "Google Gemini"]
    )

    formats.select_option("Google Gemini")
    address = page.get_by_label("Base URL")
    expect(address).to_have_attribute("placeholder", "https://…/v1beta")
    address.fill("https://llm.example/v1beta")
    page.get_by_label("Model", exact=True).fill("m-1")
    scene.button("Use this model").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_hidden()
    assert page.evaluate("session.configured.at(-1).model.format") == "gemini"

    scene.button("Settings").click()
    provider.select_option("Groq")
    expect(formats).to_have_count(0)


def test_remembered_key_opens_with_its_passphrase_on_the_next_visit(scene: Gallery) -> None:
    page = scene.open("settings-endpoint").page
    page.get_by_label("Remember the key").check()
    page.get_by_label("Passphrase").fill("correct horse")
    scene.button("Use this model").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_hidden()

    page.goto("about:blank")
    scene.open().button("Settings").click()
    page.get_by_label("Unlock them").fill("wrong horse")
    scene.button("Unlock").click()
    expect(page.get_by_text("This passphrase is wrong.")).to_be_visible()
    page.get_by_label("Unlock them").fill("correct horse")
    scene.button("Unlock").click()

    expect(page.get_by_label("Key", exact=True)).to_have_value("sk-example")
    scene.button("Forget all keys").click()
    expect(page.get_by_label("Key", exact=True)).to_have_value("")


def test_loading_of_a_local_model_shows_how_far_it_is_and_can_be_cancelled(scene: Gallery) -> None:
    page = scene.open("settings-local").page
    page.evaluate(
        """() => {
          session.onConfigure = ({ model }) => new Promise((resolve, reject) => {
            if (model.kind === "local") { window.replace = reject; return; }
            window.replace?.(new SessionError("replaced", "Another model was chosen."));
            resolve();
          });
        }"""
    )
    expect(page.get_by_text("491 MB · Apache-2.0")).to_be_visible()
    scene.button("Use this model").click()
    page.evaluate(
        """session.progress({ stage: "model", label: "Downloading Qwen",
          loaded: 120e6, total: 491e6 })"""
    )
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_text("Downloading Qwen · 120 MB of 491 MB")).to_be_visible()

    scene.button("Cancel loading").click()

    expect(scene.button("Use this model")).to_be_enabled()
    expect(dialog.get_by_text("Downloading Qwen")).to_be_hidden()
    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_model_that_does_not_fit_is_explained_where_it_was_chosen(scene: Gallery) -> None:
    page = scene.open("settings-local").page
    page.evaluate(
        """() => {
          const error = new SessionError("does_not_fit", "It needs 4 GB.", "Choose a smaller one.");
          session.onConfigure = () => Promise.reject(error);
        }"""
    )

    scene.button("Use this model").click()

    problem = page.get_by_role("dialog", name="Settings").get_by_role("alert")
    expect(problem).to_have_text(re.compile(r"It needs 4 GB\.\s+Choose a smaller one\."))


def test_text_of_a_model_reaches_nothing_outside(scene: Gallery) -> None:
    alerts: list[str] = []
    scene.page.on("dialog", lambda dialog: alerts.append(dialog.message))

    scene.open("markdown")

    expect(scene.page.get_by_text("Image: remote")).to_be_visible()
    expect(scene.page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert (alerts, scene.outside) == ([], [])


def test_html_of_a_result_is_drawn_without_scripts_or_network(scene: Gallery) -> None:
    scene.page.add_init_script("window.heard = []; onmessage = (e) => heard.push(e.data);")

    frame = scene.open("html").page.frame_locator("iframe")

    expect(frame.get_by_text("Styled.")).to_have_css("color", "rgb(0, 128, 128)")
    assert scene.page.evaluate("window.heard") == []
    assert scene.outside == []


def test_new_conversation_asks_first_and_starts_empty(scene: Gallery) -> None:
    scene.open("table").button("New conversation").click()
    scene.button("Start anew").click()

    expect(scene.page.get_by_role("heading", name="What should Python do")).to_be_visible()
    assert scene.page.evaluate("session.clears") == 1


@pytest.mark.parametrize(
    "name", ["welcome", "solved", "twice", "batch", "open", "markdown", "failed", "files"]
)
def test_narrow_page_never_scrolls_sideways(scene: Gallery, name: str) -> None:
    scene.page.set_viewport_size({"width": 360, "height": 720})
    scene.open(name)

    wide = "(box) => box.scrollWidth - box.clientWidth"
    region = scene.page.get_by_role("region", name="Conversation")
    assert region.evaluate(wide) == 0
    assert scene.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_browsers_own_model_is_offered_where_there_is_one(scene: Gallery) -> None:
    scene.page.add_init_script(
        "globalThis.LanguageModel = { availability: async () => 'available' }"
    )
    scene.open("settings-local")
    dialog = scene.page.get_by_role("dialog", name="Settings")

    dialog.get_by_label("The browser's own model").check()
    scene.button("Use this model").click()

    expect(dialog).to_be_hidden()
    assert scene.page.evaluate("session.configured.at(-1).model.source.engine") == "builtin"


def test_settings_of_the_agent_are_kept(scene: Gallery) -> None:
    scene.open("settings-agent")
    page = scene.page
    page.get_by_label("Reply as JSON").check()
    page.get_by_label("The agent", exact=True).select_option("tool_calling")
    expect(page.get_by_label("Reply as JSON")).to_be_hidden()
    page.get_by_label("Ask me before a tool runs").select_option("some")
    page.get_by_label("Tools to ask about").fill("send, visit_webpage")
    page.get_by_label("A plan every … steps").fill("5")
    page.get_by_label("US dollars").fill("0.25")
    scene.button("Save").click()

    kept = page.evaluate("JSON.parse(localStorage.getItem('pyagent.settings')).agent")
    assert (kept["kind"], kept["approve"]) == ("tool_calling", ["send", "visit_webpage"])
    assert (kept["planning_interval"], kept["limits"]["cost_usd"]) == (5, 0.25)
    assert (kept["structured_output"], kept["limits"]["tokens"]) == (True, None)
