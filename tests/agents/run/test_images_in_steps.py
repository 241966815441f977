"""Images that code shows and tools return reach a model that sees, within limits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pyagent import (
    ActionStep,
    CodeAgent,
    OpenAIModel,
    ScriptedModel,
    Tool,
    ToolCallingAgent,
)
from pyagent.agents.run.sight import MAX_SEEN
from pyagent.memory import MAX_IMAGES, NO_LONGER_SHOWN, Memory, images_of
from support.agents.image_agents import asked, draw, images_in, size, use
from support.agents.scripted_agents import agent_with, block, requests_of
from support.images import png

PNG = png(6, 5)
SHOW = f"display(Image({PNG!r}))"


# --- agents that write code ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        SHOW,
        f"Image({PNG!r})",
        f"{SHOW}\nImage({PNG!r})",  # the same image once
        f"display({{'text/plain': '[image]', 'image/png': {PNG!r}}})",
    ],
)
def test_image_that_code_shows_is_in_the_next_request(code: str) -> None:
    with agent_with(block(code), block("final_answer(1)")) as agent:
        result = agent.run("Look.")
        first, second = requests_of(agent)
    assert (images_in(first), images_in(second)) == ([], [PNG])
    assert second.messages[-1].role == "user"
    assert "[image" in second.messages[-1].content
    assert images_of(result.steps[0])[0].data == PNG


def test_image_of_pillow_and_figure_are_seen() -> None:
    pytest.importorskip("PIL.Image")
    code = "import PIL.Image\nPIL.Image.new('RGB', (7, 8))"
    with agent_with(block(code), block("final_answer(1)")) as agent:
        agent.run("Look.")
        last = requests_of(agent)[-1].messages[-1]
    assert last.images[0].size == (7, 8)
    assert "Value of the last expression: [image 7x8]" in last.content


def test_image_that_was_only_made_is_not_seen() -> None:
    with agent_with(block("image = draw()"), block("final_answer(1)"), tools=[draw]) as agent:
        agent.run("Look.")
        assert images_in(requests_of(agent)[-1]) == []


def test_model_that_is_not_known_to_see_is_sent_no_images() -> None:
    for model in (ScriptedModel([block(SHOW), block("final_answer(1)")], supports_images=False),):
        with CodeAgent(model=model) as agent:
            agent.run("Look.")
        assert images_in(model.requests[-1]) == []
        assert "Shown to the person: [image 6x5]" in model.requests[-1].messages[-1].content
    local = {"base_url": "http://127.0.0.1:9/v1", "api_key": ""}
    assert OpenAIModel("any", **local).supports_images  # for the images of a task: tried
    assert not OpenAIModel("any", **local).is_known_to_see
    assert OpenAIModel("any", supports_images=True, **local).is_known_to_see
    assert OpenAIModel("gpt-5-mini", api_key="k").is_known_to_see
    assert not OpenAIModel("gpt-5-mini", api_key="k", supports_images=False).is_known_to_see


def test_only_so_many_images_of_a_step_are_seen() -> None:
    code = "\n".join(f"display(Image({png(6, 5, grey=i)!r}))" for i in range(MAX_SEEN + 2))
    with agent_with(block(code), block("final_answer(1)")) as agent:
        agent.run("Look.")
        last = requests_of(agent)[-1].messages[-1]
    assert len(last.images) == MAX_SEEN
    assert last.content.endswith(f"(Only the first {MAX_SEEN} of these images are shown to you.)")


def test_too_large_an_image_is_made_smaller_or_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL.Image")
    code = "import zlib\n" + _made_in_guest(9_000, 10)
    for there in (True, False):
        if not there:
            monkeypatch.setattr("pyagent.agents.run.sight.find_spec", lambda name: None)
        with agent_with(block(code), block("final_answer(1)")) as agent:
            agent.run("Look.")
            last = requests_of(agent)[-1].messages[-1]
        assert [image.size for image in last.images] == ([(1568, 2)] if there else [])
        assert ("cannot be shown to you: too large" in last.content) is not there


def _made_in_guest(width: int, height: int) -> str:
    return f"display(Image({png(width, height)!r}))"


def test_old_images_are_replaced_by_a_line_in_blocks() -> None:
    """Half of them stay, so that the start of the conversation seldom changes."""
    count = MAX_IMAGES + 3
    replies = [block(f"display(Image({png(6, 5, grey=i)!r}))") for i in range(count)]
    with agent_with(*replies, block("final_answer(1)"), max_steps=count + 1) as agent:
        result = agent.run("Look.")
        seen = [len(images_in(request)) for request in requests_of(agent)]
        last = requests_of(agent)[-1]
        written = json.dumps(agent.memory.to_dict())
    assert seen == [*range(MAX_IMAGES + 1), MAX_IMAGES // 2, *range(11, 13)]
    assert images_in(last)[-1] == png(6, 5, grey=count - 1)
    notes = [m.content.count(NO_LONGER_SHOWN) for m in last.messages if m.role == "user"]
    assert sum(notes) == count - 12
    assert all(images_of(step) for step in result.steps[:count])  # the result keeps them
    assert Memory.from_dict(json.loads(written)).messages("") == agent.memory.messages("")


def test_images_of_a_task_stay() -> None:
    replies = [block(f"display(Image({png(6, 5, grey=i)!r}))") for i in range(MAX_IMAGES + 1)]
    with agent_with(*replies, block("final_answer(1)"), max_steps=50) as agent:
        agent.run("Look.", images=PNG)
        assert images_in(requests_of(agent)[-1])[0] == PNG


def test_compaction_counts_images_and_leaves_out_the_oldest() -> None:
    replies = [block(f"display(Image({png(6, 5, grey=i)!r}))") for i in range(9)]
    model = ScriptedModel([*replies, block("final_answer(1)")], context_tokens=12_000)
    with CodeAgent(model=model) as agent:
        assert agent.run("Look.").success
    held = [len(images_in(request)) for request in model.requests]
    assert held[:3] == [0, 1, 2]
    assert max(held) < 9
    assert held[-1] >= 1


# --- what callbacks add, and what is kept --------------------------------------------------------


def test_callback_adds_images_of_any_form(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)

    def screenshot(step: ActionStep) -> ActionStep:
        return replace(step, images=[tmp_path / "a.png", PNG])  # type: ignore[arg-type]

    with agent_with(block("1"), block("final_answer(1)"), step_callbacks=[screenshot]) as agent:
        agent.run("Look.")
        assert images_in(requests_of(agent)[-1]) == [PNG, PNG]


def test_callback_that_assigns_as_in_smolagents_is_told_what_to_write() -> None:
    def screenshot(step: Any) -> None:
        step.observations_images = [PNG]

    with agent_with(block("1"), step_callbacks=[screenshot]) as agent:
        problem = agent.run("Look.").problem
    assert problem is not None
    assert "'observations_images' of ActionStep cannot be changed" in problem.message
    assert "replace(step, images=[…])" in problem.advice


def test_saved_agent_still_shows_its_images(tmp_path: Path) -> None:
    with agent_with(block(SHOW), block("final_answer(1)")) as agent:
        agent.run("Look.")
        agent.save(tmp_path)
        before = agent.memory.messages("")
    with CodeAgent.load(tmp_path, model=ScriptedModel([])) as loaded:
        assert loaded.memory.messages("") == before
        assert [image.data for step in loaded.memory.steps for image in images_of(step)] == [PNG]


def test_saved_agent_still_knows_its_images_by_name(tmp_path: Path) -> None:
    with asked(use("draw"), use("final_answer", answer="x")) as agent:
        agent.run("Draw.")
        agent.save(tmp_path)
    calls = [use("size", images=["image_1"]), use("draw", grey=9), use("final_answer", answer="x")]
    model = ScriptedModel(calls, supports_tools=True)
    with ToolCallingAgent.load(tmp_path, model=model, tools=[draw, size]) as loaded:
        loaded.run("How large is it? Draw another.")
    texts = [request.messages[-1].content for request in model.requests]
    assert texts[1] == "[[6, 5]]"
    assert texts[2].startswith("image_2 ")


def test_printed_run_has_words_for_images(capsys: pytest.CaptureFixture[str]) -> None:
    calls = [use("draw"), use("size", images=["image_1"]), use("final_answer", answer="image_1")]
    with asked(*calls) as agent:
        result = agent.run("Draw.")
        agent.replay()
    result.replay(detailed=True)
    result.visualize()
    printed = capsys.readouterr().out
    assert "[image 6x5]" in printed
    assert "iVBOR" not in printed
    assert "iVBOR" not in repr(result)
    assert json.dumps(result.to_dict())


def test_agent_with_a_tool_of_smolagents_style() -> None:
    class Turn(Tool):
        name = "turn"
        description = "Turns."
        inputs = {"image": {"type": "image", "description": "What."}}  # noqa: RUF012
        output_type = "image"

        def forward(self, image: Any) -> Any:
            return image

    code = "again = turn(turn(draw()))\nagain.save('b.png')\nfinal_answer(again)"
    with agent_with(block(code), tools=[draw, Turn()]) as agent:
        result = agent.run("Turn.")
    assert result.image is not None
    assert result.image.size == (6, 5)
    assert list(result.files) == ["b.png"]
