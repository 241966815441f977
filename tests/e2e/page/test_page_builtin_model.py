"""Tasks solved by the browser's own model: ``{provider: "local", model: "builtin"}``."""

from __future__ import annotations

from support.page.agent_page import step
from support.page.builtin_page import BuiltinPage


def test_a_task_is_solved_by_the_browsers_own_model(builtin_page: BuiltinPage) -> None:
    builtin_page.open()

    result = builtin_page.solve(
        "What is 2% of 67000?",
        step("part = 67000 * 2 / 100\nprint('it is', part)"),
        step("final_answer(part)"),
    )

    assert (result["success"], result["output"], result["steps"]) == (True, 1340, 2), result
    assert result["cost"] == 0
    assert result["tokenUsage"]["estimated"]
    first, second = builtin_page.prompts
    assert "What is 2% of 67000?" in first["asked"][-1]["content"]
    assert "it is 1340" in second["asked"][-1]["content"]
    assert first["constraint"] is None


def test_every_prompt_begins_after_the_system_prompt_alone(builtin_page: BuiltinPage) -> None:
    builtin_page.open(instructions="Answer like a hamster.")

    builtin_page.solve("Do it.", step("print(1)"), step("final_answer(2)"))

    first, second = builtin_page.prompts
    (system,) = first["before"]
    assert system["role"] == "system"
    assert "Answer like a hamster." in system["content"]
    assert second["before"] == [system]
    assert builtin_page.page.evaluate("promptApi.created.at(-1)") == [system]


def test_sessions_end_with_their_replies(builtin_page: BuiltinPage) -> None:
    builtin_page.open()

    builtin_page.solve("Do it.", step("print(1)"), step("final_answer(2)"))

    assert builtin_page.page.evaluate("promptApi.alive") == 1  # what others are cloned from


def test_a_failure_of_the_browsers_model_ends_the_run_with_its_words(
    builtin_page: BuiltinPage,
) -> None:
    builtin_page.open()

    result = builtin_page.solve("Do it.")

    assert not result["success"]
    assert result["problem"]["message"] == "The browser's model failed: No more replies."
