"""Questions whether a tool may run, as a person answers them, by keyboard too."""

from __future__ import annotations

from playwright.sync_api import expect

from support.page.gallery_page import Gallery

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


def team(*agents: str) -> list[str]:
    """Managed agents that work at once, each named and with its name as its run's id."""
    messages = ['say.started("Go")', "say.step(1)"]
    for call_id, name in enumerate(agents, 1):
        caller = f'{{ run_id: "{name}", agent: "{name}", parent_run_id: "r1", '
        caller += f"parent_call_id: {call_id} }}"
        messages += [
            f'say.called(1, {call_id}, "{name}", {{}})',
            f'say.managed("Part of {name}", {caller})',
            f'say.of("{name}", say.step(1))',
        ]
    return messages


def asks(agent: str, call_id: int = 1, step: int = 1) -> list[str]:
    call = f'({step}, {call_id}, "send", {{ to: "{agent}-{call_id}" }})'
    return [f'say.of("{agent}", say.{name}{call})' for name in ("called", "asked")]


def begun(scene: Gallery, *messages: str) -> Gallery:
    scene.open("chosen").ask("Go")
    expect(scene.button("Stop")).to_be_visible()
    scene.say(*messages)
    return scene


def test_the_focus_goes_from_question_to_question_and_then_back(scene: Gallery) -> None:
    begun(scene, *team("ann", "ben", "cid"), *asks("ben"))
    question = scene.page.get_by_role("alertdialog")
    expect(question).to_be_focused()
    scene.say(*asks("ann"), *asks("cid"))
    expect(question).to_have_count(3)
    expect(question.filter(has_text="ben-1")).to_be_focused()

    for answered, following in (("ben-1", "ann-1"), ("ann-1", "cid-1")):
        scene.page.keyboard.press("Tab")
        scene.page.keyboard.press("Enter")
        expect(question.filter(has_text=answered)).to_have_count(0)
        expect(question.filter(has_text=following)).to_be_focused()
        scene.page.keyboard.press("Enter")  # pressed once too often, it answers nothing
    scene.page.keyboard.press("Tab")
    scene.page.keyboard.press("Enter")
    expect(question).to_have_count(0)

    expect(scene.task).to_be_focused()
    verdicts = scene.page.evaluate("session.verdicts.map(({ run_id }) => run_id)")
    assert verdicts == ["ben", "ann", "cid"]


def test_questions_answered_in_any_order_give_the_focus_back(scene: Gallery) -> None:
    begun(scene, *team("ann", "ben"), *asks("ann"), *asks("ben"))
    question = scene.page.get_by_role("alertdialog")
    expect(question).to_have_count(2)

    question.filter(has_text="ben-1").get_by_role("button", name="Allow", exact=True).click()
    expect(question).to_have_count(1)
    expect(question).to_be_focused()
    question.get_by_role("button", name="Allow", exact=True).click()

    expect(question).to_have_count(0)
    expect(scene.task).to_be_focused()


def test_stop_settles_all_questions_and_gives_the_focus_back(scene: Gallery) -> None:
    begun(scene, *team("ann", "ben"), *asks("ann"), *asks("ben"))
    question = scene.page.get_by_role("alertdialog")
    expect(question.first).to_be_focused()

    scene.page.keyboard.press("Escape")
    scene.say('say.finished({ success: false, reason: "cancelled" })')

    expect(question).to_have_count(0)
    expect(scene.task).to_be_focused()


def test_each_question_stands_by_its_own_call_when_others_fold(scene: Gallery) -> None:
    calls = [
        f'say.{name}(1, {call_id}, "send", {{ to: "person-{call_id}" }})'
        for call_id in range(1, 9)
        for name in ("called", "asked" if call_id in (6, 7) else "returned")
    ]
    begun(scene, 'say.started("Go")', "say.step(1)", *calls)
    question = scene.page.get_by_role("alertdialog")
    expect(question).to_have_count(2)
    first = question.filter(has_text="person-6")
    first.get_by_role("textbox").fill("Not her.")
    first.get_by_role("textbox").press("Enter")

    expect(question).to_have_count(1)
    expect(question).to_contain_text("person-7")
    expect(question).to_be_focused()
    expect(question.get_by_role("textbox")).to_have_value("")
    assert scene.page.evaluate("session.verdicts") == [
        {"run_id": "r1", "call_id": 6, "allowed": False, "reason": "Not her."}
    ]


def test_a_question_says_whose_it_is_and_how_many_wait(scene: Gallery) -> None:
    begun(scene, *team("ann", "ben"), *asks("ann"))
    status = scene.page.get_by_role("status")
    expect(status).to_contain_text("Waiting for your permission: send")
    scene.say(*asks("ben"))
    expect(status).to_contain_text("Waiting for your permission: send and 1 more")
    scene.page.evaluate(
        "session.progress({ stage: 'warmup', label: 'Reading', loaded: 1, total: 2 })"
    )
    expect(scene.page.locator("pa-run")).to_have_js_property("waiting", "Reading · 1 of 2 tokens")
    expect(status).to_contain_text("Waiting for your permission: send and 1 more")

    for name in ("ann", "ben"):
        group = scene.page.get_by_role("group", name=f"{name}: Part of {name}")
        expect(group.get_by_role("alertdialog")).to_contain_text(f"{name}-1")


def test_a_question_stays_in_view_while_others_work(scene: Gallery) -> None:
    scene.page.set_viewport_size({"width": 800, "height": 700})
    begun(scene, *team("ann", "ben"), *asks("ann"))
    question = scene.page.get_by_role("alertdialog")
    expect(question).to_be_focused()
    for number in range(2, 8):
        scene.say(
            f'say.of("ben", say.step({number}))',
            'say.of("ben", say.delta('
            f'{number}, "Line {number}. " + "A long thought. ".repeat(60)))',
        )
    expect(scene.page.get_by_text("Line 7.")).to_be_attached()
    scene.page.evaluate(
        "new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))"
    )

    expect(question).to_be_in_viewport(ratio=1)
    scene.page.keyboard.press("Tab")
    scene.page.keyboard.press("Enter")
    scene.say('say.of("ben", say.delta(7, "The end."))')
    expect(scene.page.get_by_text("Waiting for 2 calls…")).to_be_in_viewport()
