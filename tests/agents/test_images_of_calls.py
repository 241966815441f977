"""Images that tools return to an agent that calls tools: shown, named, passed on, answered with."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from pyagent import CodeAgent, Image, ScriptedModel, ToolCallingAgent, tool
from pyagent.agents.run.observation import NAMED_IMAGES
from pyagent.agents.run.sight import NOT_SEEN
from pyagent.protocol import StepDisplay, ToolFinished, ToolStarted
from support.agents.image_agents import asked, draw, images_in, size, use
from support.agents.scripted_agents import block
from support.images import png

PNG = png(6, 5)


@pytest.mark.parametrize("native", [True, False])
def test_image_of_a_tool_is_seen_and_has_a_name(native: bool) -> None:
    calls = [use("draw"), use("size", images=["image_1"]), use("final_answer", answer="image_1")]
    with asked(*calls, native=native) as agent:
        events = list(agent.stream("Draw."))
        result = agent.last_result
        requests = agent.model.requests  # type: ignore[attr-defined]
    assert images_in(requests[1]) == [png(6, 5)]
    assert "image_1 [image 6x5]" in requests[1].messages[-1].content
    assert NAMED_IMAGES in requests[1].messages[-1].content
    assert "[[6, 5]]" in requests[2].messages[-1].content
    assert result is not None
    assert result.output == "[image 6x5]"
    assert result.image == Image(media_type="image/png", data=png(6, 5))
    shown = [event.bundle for event in events if isinstance(event, StepDisplay)]
    assert [list(bundle) for bundle in shown] == [["text/plain", "image/png"]]
    assert "base64" not in str(events)
    for event in events:
        if isinstance(event, ToolStarted | ToolFinished):
            assert len(str(event)) < 500


def test_model_that_cannot_see_gets_a_line_in_place_of_the_image() -> None:
    with asked(use("draw"), use("final_answer", answer="ok"), sees=False) as agent:
        agent.run("Draw.")
        last = agent.model.requests[-1]  # type: ignore[attr-defined]
    assert images_in(last) == []
    assert NOT_SEEN in last.messages[-1].content


def test_images_inside_a_result_are_named_too_and_the_same_one_keeps_its_name() -> None:
    @tool
    def gallery() -> dict:
        """Several."""
        one, two = (Image(media_type="image/png", data=png(6, i)) for i in (1, 2))
        return {"title": "A", "all": [one, two, one]}

    with asked(
        use("gallery"), use("gallery"), use("final_answer", answer="x"), tools=[gallery]
    ) as agent:
        agent.run("Look.")
        text = agent.model.requests[1].messages[-1].content  # type: ignore[attr-defined]
        again = agent.model.requests[2].messages[-1].content  # type: ignore[attr-defined]
    data = json.loads(text.splitlines()[0])
    assert data["title"] == "A"
    assert data["all"] == ["image_1 [image 6x1]", "image_2 [image 6x2]", "image_1 [image 6x1]"]
    assert "You called this before" in again


def test_image_file_of_the_task_can_be_named() -> None:
    calls = [use("size", images=["a.png", "b.png"]), use("size", images=["c.png"])]
    with asked(*calls, use("final_answer", answer="x")) as agent:
        agent.run("Sizes?", files={"a.png": PNG, "b.png": png(2, 1), "n.txt": "c"})
        requests = agent.model.requests  # type: ignore[attr-defined]
    assert "[[6, 5], [2, 1]]" in requests[1].messages[-1].content
    assert "there is no image 'c.png'" in requests[2].messages[-1].content


@pytest.mark.parametrize("kind", [CodeAgent, ToolCallingAgent])
def test_image_may_come_as_a_variable(kind: Any) -> None:
    image = Image(media_type="image/png", data=PNG)
    calls: list[Any] = [use("size", images=["photo"]), use("final_answer", answer="x")]
    code = [block("print(size([photo]))"), block("final_answer(1)")]
    model = ScriptedModel(calls if kind is ToolCallingAgent else code, supports_tools=True)
    with kind([size], model) as agent:
        result = agent.run("Size?", additional_args={"photo": image})
    assert result.problem is None
    assert "[[6, 5]]" in model.requests[-1].messages[-1].content
    asked = model.requests[0].messages[-1].content
    assert "[image 6x5]" in asked
    assert len(asked) < 1_000


def test_image_as_the_answer_of_a_managed_agent_reaches_its_caller() -> None:
    painter = CodeAgent(
        [draw],
        ScriptedModel([block("final_answer(draw())")]),
        name="painter",
        description="Paints.",
    )
    calls = [use("painter", task="Paint."), use("final_answer", answer="image_1")]
    model = ScriptedModel(calls, supports_tools=True)
    with ToolCallingAgent([], model, managed_agents=[painter]) as agent:
        result = agent.run("Paint.")
    assert result.image is not None
    assert result.image.size == (6, 5)
    assert len(images_in(model.requests[-1])) == 1


def test_image_is_passed_on_to_a_managed_agent() -> None:
    code = block("final_answer(size([photo]))")
    judge = CodeAgent([size], ScriptedModel([code]), name="judge", description="Judges.")
    given = {"photo": "image_1"}
    calls = [
        use("draw"),
        use("judge", task="How large?", additional_args=given),
        use("final_answer", answer="x"),
    ]
    model = ScriptedModel(calls, supports_tools=True)
    with ToolCallingAgent([draw], model, managed_agents=[judge]) as agent:
        agent.run("Judge.")
    assert model.requests[-1].messages[-1].content == "[[6, 5]]"


def test_data_url_that_a_tool_returns_is_an_image_and_not_text() -> None:
    @tool
    def screenshot() -> str:
        """Take a screenshot."""
        return f"data:image/png;base64,{b64encode(PNG).decode()}"

    calls = [use("screenshot"), use("final_answer", answer="image_1")]
    model = ScriptedModel(calls, supports_tools=True)
    with ToolCallingAgent([screenshot], model) as agent:
        result = agent.run("Look.")
    assert images_in(model.requests[-1]) == [PNG]
    assert "base64" not in model.requests[-1].messages[-1].content
    assert result.image is not None


def test_other_bundle_is_shown_to_the_person_and_its_text_to_the_model() -> None:
    bundle = {"text/plain": "2 rows", "text/html": "<table>"}

    @tool
    def table() -> dict:
        """Make a table."""
        return bundle

    with asked(use("table"), use("final_answer", answer="x"), tools=[table]) as agent:
        events = list(agent.stream("Look."))
        text = agent.model.requests[-1].messages[-1].content  # type: ignore[attr-defined]
    assert text == "2 rows"
    assert [event.bundle for event in events if isinstance(event, StepDisplay)] == [bundle]


def test_svg_is_shown_to_the_person_only() -> None:
    @tool
    def sketch() -> dict:
        """Sketch."""
        return {"image/svg+xml": "<svg/>"}

    with asked(use("sketch"), use("final_answer", answer="image_1"), tools=[sketch]) as agent:
        result = agent.run("Look.")
        last = agent.model.requests[-1].messages[-1]  # type: ignore[attr-defined]
    assert (last.images, NOT_SEEN in last.content) == ((), True)
    assert result.bundle == {"text/plain": "[image]", "image/svg+xml": "<svg/>"}


def test_checks_of_answers_get_words_and_not_base64() -> None:
    got: list[Any] = []
    calls = [use("draw"), use("final_answer", answer="image_1")]
    model = ScriptedModel(calls, supports_tools=True)
    with ToolCallingAgent([draw], model, final_answer_checks=[got.append]) as agent:
        agent.run("Draw.")
    assert got == ["[image 6x5]"]
