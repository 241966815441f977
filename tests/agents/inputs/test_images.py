"""Images that come with a task: shown once, and only to models that see."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from pyagent import CodeAgent, Image, ScriptedModel, ToolCallingAgent
from pyagent.models.base import ModelRequest
from support.agents.scripted_agents import agent_with, block, requests_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff" + bytes(20)


def _images(request: ModelRequest) -> list[Image]:
    return [image for message in request.messages for image in message.images]


def test_each_request_holds_exactly_one_copy() -> None:
    replies = [block("x = 1"), block("y = 2"), block("final_answer(1)"), block("final_answer(2)")]
    with agent_with(*replies) as agent:
        agent.run("What is this?", images=[PNG])
        agent.run("And its colour?")
        held = [_images(request) for request in requests_of(agent)]
        first_question = requests_of(agent)[-1].messages[1]
    assert held == [[Image(media_type="image/png", data=PNG)]] * 4
    assert first_question.images


def test_images_of_a_second_run_are_kept_with_those_of_the_first() -> None:
    with agent_with(block("final_answer(1)"), block("final_answer(2)")) as agent:
        agent.run("One?", images=[PNG])
        agent.run("Two?", images=[JPEG])
        assert [image.data for image in _images(requests_of(agent)[-1])] == [PNG, JPEG]


def test_reset_and_clear_forget_images() -> None:
    with agent_with(*[block("final_answer(1)")] * 3) as agent:
        agent.run("One?", images=[PNG])
        agent.run("Two?", reset=True)
        assert _images(requests_of(agent)[-1]) == []
        agent.run("Three?", images=[PNG])
        agent.clear()
        assert agent.memory.interactions == ()


class _Picture:
    """An image that saves itself as those of Pillow do."""

    def save(self, fp: BytesIO, format: str) -> None:
        assert format == "PNG"
        fp.write(PNG)


def test_images_come_in_many_forms(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    given: list[Any] = [Image(media_type="image/webp", data=b"w"), PNG, path, str(path), _Picture()]
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Which?", images=given)
        types = [image.media_type for image in _images(requests_of(agent)[0])]
    assert types == ["image/webp", "image/png", "image/jpeg", "image/jpeg", "image/png"]


@pytest.mark.parametrize("is_path", [True, False])
def test_images_may_be_a_single_one(tmp_path: Path, is_path: bool) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    url = f"data:image/png;base64,{b64encode(PNG).decode()}"
    image = Image(media_type="image/png", data=PNG)
    given: list[Any] = (
        [path, str(path), url] if is_path else [PNG, bytearray(PNG), image, _Picture()]
    )
    for one in given:
        with agent_with(block("final_answer(1)")) as agent:
            assert agent.run("What?", images=one).success
            assert _images(requests_of(agent)[0]) == [image]


@pytest.mark.parametrize("none", [None, [], ()])
def test_no_images_may_be_given(none: Any) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        assert agent.run("What?", images=none).success
        assert _images(requests_of(agent)[0]) == []


def test_images_may_come_from_a_generator() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Which?", images=(data for data in (PNG, JPEG)))
        assert len(_images(requests_of(agent)[0])) == 2


def test_image_of_pillow_is_given_as_it_is() -> None:
    pillow = pytest.importorskip("PIL.Image")
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("What?", images=pillow.new("CMYK", (3, 2)))
        assert _images(requests_of(agent)[0])[0].size == (3, 2)


@pytest.mark.parametrize("kind", [CodeAgent, ToolCallingAgent])
def test_model_that_cannot_see_is_not_asked(kind: Any) -> None:
    model = ScriptedModel(["Hello."], supports_images=False)
    with kind(model=model) as agent:
        result = agent.run("What is this?", images=[PNG])
    assert result.problem is not None
    assert result.problem.message == "The model scripted cannot see images."
    assert "file" in result.problem.advice
    assert model.requests == []
    assert agent.memory.interactions == ()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"%PDF-1.7", "not an image that models can read"),
        ("/nowhere/a.png", "cannot be read: No such file"),
        (PNG + bytes(21 * 2**20), "is too large: 21 MB"),
        (7, "A value of type int is not an image that models can read"),
        ({"a": 1}, "A value of type dict is not an image"),
        ("https://example.org/a.png", "is an address, and images are not downloaded"),
        ("data:image/png;base64,AAAA", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_unreadable_image_is_refused(image: Any, message: str) -> None:
    with agent_with() as agent:
        result = agent.run("What is this?", images=[image])
    assert result.problem is not None
    assert message in result.problem.message
