"""A conversation survives a reload, and an interrupted task goes on with nothing done twice."""

from __future__ import annotations

from playwright.sync_api import expect

from support.models.scripted_server import Reply, Request, streamed
from support.page.agent_page import step
from support.page.conversation_page import ConversationPage


def test_a_finished_conversation_is_as_it_was(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.answer("kept = [1, 2]\nprint('seen', sum(kept))", "final_answer(str(kept))")
    before = kept.text

    kept.again()

    kept.wait_for_text("[1, 2]")
    assert kept.text == before
    expect(kept.page.get_by_role("button", name="Continue")).to_have_count(0)


def test_the_conversation_goes_on_with_its_variables_and_files(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.answer("kept = {'a': 41}\nopen('n.txt', 'w').write('7')\nfinal_answer(1)")

    kept.again()

    assert kept.agent.answer("final_answer(kept['a'] + int(open('n.txt').read()))") == 48


def test_the_files_of_its_tasks_are_tables_again(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.run("final_answer(1)", files=[("sums.csv", "city,n\nLisbon,3\nPorto,4\n")])

    kept.again()

    query = "query_db('SELECT sum(n) AS n FROM sums')"
    assert kept.agent.answer(f"final_answer({query})") == [{"n": 7}]


def test_the_model_reads_the_conversation_that_was_kept(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.run("final_answer('blue')", task="Name a colour.")
    kept.again()
    read: list[str] = []

    def choose(request: Request) -> Reply:
        read.append(str(request.json["messages"]))
        return streamed(step("final_answer('red')"))

    kept.agent.choose = choose
    kept.agent.run(task="Another one.")

    assert "Name a colour." in read[0]
    assert "blue" in read[0]


def test_an_interrupted_task_goes_on_after_its_last_step(kept: ConversationPage) -> None:
    kept.open()
    codes = iter(
        [
            "first = order('a')\nfinished = 'step one'\nprint(finished)",
            "import time\nsecond = order('b')\nprint('ordered', 'b', flush=True)\ntime.sleep(600)",
            "second = order('b')\nfinal_answer([finished, first, second])",
        ]
    )

    def choose(request: Request) -> Reply:
        del request
        return streamed(step(next(codes)))

    kept.agent.choose = choose
    kept.begin()
    kept.wait_for_text("step one")
    kept.wait_until_kept("ordered b")

    kept.again()

    kept.wait_for_text("interrupted after step 1")
    assert kept.resume() == ["step one", 1, 2]
    assert kept.orders == ["a", "b"]


def test_a_call_whose_end_is_not_known_is_asked_about(kept: ConversationPage) -> None:
    kept.open()
    kept.page.evaluate("() => { window.order = () => new Promise((r) => (window.orderNow = r)); }")
    code = "number = order('x')\nfinal_answer(f'order {number} is made')"
    kept.begin(code, code)
    kept.page.wait_for_function("() => window.orderNow")

    kept.again()

    kept.page.get_by_role("button", name="Continue").click()
    question = kept.page.locator("pa-approval")
    expect(question).to_contain_text("order", timeout=60_000)
    question.get_by_role("button", name="Allow", exact=True).click()
    kept.wait_for_text("order 1 is made")  # the code, which is on screen before, says it otherwise
    assert kept.orders == ["x"]


def test_a_batch_keeps_what_ended_and_repeats_nothing(kept: ConversationPage) -> None:
    kept.open()
    asked: list[str] = []

    def choose(request: Request) -> Reply:
        asked.append(str(request.json["messages"]))
        code = "n = order('slow')\nimport time\ntime.sleep(600)"
        return streamed(step(code if "Slow." in asked[-1] else "final_answer(f'{6 * 7} is quick')"))

    kept.agent.choose = choose
    kept.page.evaluate(
        """() => {
          const tasks = [{ task: "Quick." }, { task: "Slow." }];
          window.batch = document.querySelector("py-agent").map(tasks, { concurrency: 1 });
        }"""
    )
    kept.wait_for_orders("slow")

    kept.again()

    kept.wait_for_text("1 of 2 tasks ended, and what they gave is kept")
    kept.page.locator("summary").filter(has_text="Quick.").last.click()
    kept.wait_for_text("42 is quick")
    expect(kept.page.get_by_role("button", name="Continue")).to_have_count(0)
    kept.agent.choose = None
    assert kept.agent.answer("final_answer('next')") == "next"
    assert kept.orders == ["slow"]
    assert sum("Slow." in one for one in asked) == 1
