"""The browser or the agent's worker is killed in the middle of a step: nothing is done twice."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType, Error, expect

from support.browser.killing import RECORD_WORKERS, fail_sandbox, kill_agent, kill_browser
from support.models.scripted_server import Reply, Request, streamed
from support.page.agent_page import AgentPage, step
from support.page.conversation_page import ConversationPage

FIRST = (
    "first = order('a')\nkept = {'one': 1}\nopen('note.txt', 'w').write('7')\nprint('step', 'one')"
)
LAST = "second = order('b')\nfinal_answer([first, second, kept, open('note.txt').read()])"


def reply_to(request: Request) -> Reply:
    """The reply for the step at which the conversation is. The second step does not end."""
    read = str(request.json["messages"])
    if "step one" not in read:
        return streamed(step(FIRST))
    if "was interrupted" not in read:
        return streamed(
            step("order('b')\nprint('ordered', 'b', flush=True)\nimport time\ntime.sleep(600)")
        )
    return streamed(step(LAST))


def test_a_killed_browser_goes_on_with_nothing_done_twice(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, object],
    tmp_path: Path,
    site: str,
) -> None:
    profile = tmp_path / "profile"

    def launched() -> BrowserContext:
        return browser_type.launch_persistent_context(profile, **browser_type_launch_args)

    context = launched()
    kept = ConversationPage(AgentPage(context.new_page(), site))
    with kept.agent.model:
        kept.agent.choose = reply_to
        kept.open().begin(task="Order two.")
        kept.wait_for_text("step one")
        kept.wait_until_kept("ordered b")

        kill_browser(profile)
        with suppress(Error):
            context.close()
        context = launched()
        again = kept.beside(context.new_page())

        again.pick("Order two.")
        again.wait_for_text("interrupted after step 1")
        assert again.resume() == [1, 2, {"one": 1}, "7"]
        assert kept.orders == ["a", "b"]
        context.close()


def test_a_run_whose_worker_is_killed_goes_on_by_itself(kept: ConversationPage) -> None:
    kept.page.add_init_script(RECORD_WORKERS)
    kept.agent.choose = reply_to
    kept.open().begin()
    kept.wait_for_text("step one")
    kept.wait_until_kept("ordered b")

    kill_agent(kept.page)

    assert kept.result() == [1, 2, {"one": 1}, "7"]
    assert kept.orders == ["a", "b"]
    expect(kept.page.get_by_role("button", name="Continue")).to_have_count(0)


def test_a_step_that_kills_its_sandbox_orders_once(kept: ConversationPage) -> None:
    kept.open().begin(
        "x = 1", "first = order('a')\nimport os\nos._exit(1)", "final_answer([x, order('a')])"
    )

    assert kept.result() == [1, 1]
    assert kept.orders == ["a"]


def test_a_sandbox_that_is_killed_in_a_call_leaves_a_question(kept: ConversationPage) -> None:
    kept.open()
    kept.page.evaluate(
        """() => {
          const order = window.order;
          window.order = async (sku) => {
            await order(sku);
            await new Promise((resolve) => { window.orderNow = resolve; });
          };
        }"""
    )
    code = "try:\n    got = order('x')\nexcept Exception as error:\n    got = str(error)"
    kept.begin("a = 1", f"{code}\nprint(got)", f"{code}\nfinal_answer([a, got])")
    kept.wait_for_orders("x")

    assert fail_sandbox(kept.page)

    question = kept.page.locator("pa-approval")
    expect(question).to_contain_text("x")
    question.get_by_role("button", name="Don’t allow").click()  # noqa: RUF001
    a, told = kept.result()
    assert a == 1
    assert "not" in told
    assert kept.orders == ["x"]
