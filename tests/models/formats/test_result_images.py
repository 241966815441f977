"""Images in tool results: sent where each provider's schema has a place for them."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from typing import Any

import httpx
import pytest

from pyagent import AnthropicModel, GeminiModel, OpenAIModel, OpenAIResponsesModel
from pyagent.messages import ChatMessage, Image, ToolUse
from pyagent.models.base import LeftOut
from pyagent.models.capabilities import NOT_SENT, OF_RESULTS, UNSEEN
from pyagent.models.http.model import HttpModel
from pyagent.models.http.refusals import Refusal
from support.models.formats import PIXEL, PIXEL_BASE64, TOOLS, body_sent, replies, stream_bytes
from support.models.model_asking import scripted, stream_of
from support.models.validators import CHECKS, check_mistral

FORMATS = (OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel)
GIF = Image(media_type="image/gif", data=b"GIF89a")
DATA_URL = f"data:image/png;base64,{PIXEL_BASE64}"
GEMINI_3 = {"model_id": "gemini-3-pro-preview"}


def conversation(image: Image = PIXEL) -> list[ChatMessage]:
    """Two calls at once, the first of which returned an image, and another question."""
    uses = ToolUse(id="call_a", name="now"), ToolUse(id="call_b", name="now")
    return [
        ChatMessage(role="user", content="Draw."),
        ChatMessage(role="assistant", content="", tool_uses=uses),
        ChatMessage(role="tool", content="image_1", tool_use_id="call_a", images=(image,)),
        ChatMessage(role="tool", content="noon", tool_use_id="call_b"),
        ChatMessage(role="user", content="And now?"),
    ]


def sent(cls: type[HttpModel], messages: list[ChatMessage], **options: Any) -> Any:
    body, _ = body_sent(cls, messages=messages, tools=TOOLS, options=options)
    CHECKS[cls.wire](body)
    return body


def test_chat_completions_get_images_in_a_users_turn_after_all_results() -> None:
    turns = sent(OpenAIModel, conversation())["messages"][2:]
    assert [turn["role"] for turn in turns] == ["tool", "tool", "user"]
    assert turns[0]["content"] == "image_1"
    assert turns[2]["content"] == [
        {"type": "image_url", "image_url": {"url": DATA_URL}},
        {"type": "text", "text": OF_RESULTS},
        {"type": "text", "text": "And now?"},
    ]


def test_mistral_gets_a_turn_of_the_assistant_before_the_images() -> None:
    mistral = {"model_id": "pixtral-large", "base_url": "https://api.mistral.ai/v1"}
    check_mistral(sent(OpenAIModel, conversation(), **mistral))


def test_responses_have_images_in_the_output_of_the_call() -> None:
    items = sent(OpenAIResponsesModel, conversation())["input"]
    assert items[3] == {
        "type": "function_call_output",
        "call_id": "call_a",
        "output": [
            {"type": "input_image", "image_url": DATA_URL, "detail": "auto"},
            {"type": "input_text", "text": "image_1"},
        ],
    }
    assert items[4]["output"] == "noon"


def test_anthropic_has_images_in_the_result() -> None:
    turn = sent(AnthropicModel, conversation())["messages"][2]
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL_BASE64}
    assert turn["content"][0]["content"] == [
        {"type": "text", "text": "image_1"},
        {"type": "image", "source": source},
    ]
    assert turn["content"][1]["content"] == "noon"


def test_gemini_3_has_images_in_the_response_of_the_function() -> None:
    parts = sent(GeminiModel, conversation(), **GEMINI_3)["contents"][2]["parts"]
    image = {"inlineData": {"mimeType": "image/png", "data": PIXEL_BASE64}}
    assert parts[0]["functionResponse"]["parts"] == [image]
    assert [list(part) for part in parts] == [["functionResponse"], ["functionResponse"], ["text"]]


@pytest.mark.parametrize(
    ("model_id", "image"), [("gemini-2.5-pro", PIXEL), ("gemini-3-pro-preview", GIF)]
)
def test_gemini_gets_other_images_beside_the_responses(model_id: str, image: Image) -> None:
    parts = sent(GeminiModel, conversation(image), model_id=model_id)["contents"][2]["parts"]
    kinds = ["functionResponse", "functionResponse", "inlineData", "text"]
    assert [next(iter(part)) for part in parts] == kinds
    assert parts[2]["inlineData"]["data"] == b64encode(image.data).decode()


@pytest.mark.parametrize("cls", FORMATS, ids=lambda cls: cls.wire)
@pytest.mark.parametrize("text", ["", "image_1"])
def test_image_at_the_end_of_a_conversation_is_sent(cls: type[HttpModel], text: str) -> None:
    use = ToolUse(id="call_a", name="now")
    messages = [
        ChatMessage(role="user", content="Draw."),
        ChatMessage(role="assistant", content="", tool_uses=(use,)),
        ChatMessage(role="tool", content=text, tool_use_id="call_a", images=(PIXEL, PIXEL)),
    ]
    assert json.dumps(sent(cls, messages)).count(PIXEL_BASE64) == 2


@pytest.mark.parametrize("cls", FORMATS, ids=lambda cls: cls.wire)
def test_model_without_tools_gets_the_images_with_the_results_as_text(cls: Any) -> None:
    body = sent(cls, conversation(), supports_tools=False)
    assert PIXEL_BASE64 in json.dumps(body)


@pytest.mark.parametrize("cls", FORMATS, ids=lambda cls: cls.wire)
def test_model_that_cannot_see_gets_a_line(cls: Any) -> None:
    body = sent(cls, conversation(), supports_images=False)
    assert PIXEL_BASE64 not in json.dumps(body)
    assert UNSEEN in json.dumps(body)


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("At most 1 image(s) may be provided in one request.", 1),
        ("Too many images provided. This model supports up to 1 images", 1),
        ("11 images provided, but the model supports a maximum of 1 images.", 1),
        ("messages: the number of images exceeds the limit of 1", 1),
        ("At most 1 video may be provided", 0),
        ("Max images per request: 1", 1),
        ("image exceeds 5 MB maximum: 5316852 bytes > 5242880 bytes", 0),
        ("The image is larger than the limit of 1 MB", 0),
        ("Images may have up to 1.5 megapixels", 0),
        ("The image has 5000 pixels a side, and the maximum is 4000", 0),
    ],
)
def test_limit_on_the_number_of_images_is_read_from_the_refusal(words: str, most: int) -> None:
    body = json.dumps({"error": {"message": words, "code": 400}})
    assert Refusal(400, body).max_images(2) == most


def test_older_images_are_left_out_where_a_server_takes_fewer() -> None:
    error = {"error": {"message": "At most 1 image(s) may be provided in one request."}}
    requests: list[httpx.Request] = []
    stream = stream_bytes("openai")
    model = scripted(
        OpenAIModel, httpx.Response(400, json=error), stream_of(stream), requests=requests
    )
    other = Image(media_type="image/png", data=b"\x89PNG2")
    messages = [
        ChatMessage(role="user", content="Look.", images=(PIXEL,)),
        *conversation(other)[1:],
    ]
    events = asyncio.run(replies(model, messages, tools=TOOLS))
    told = [event.message for event in events if isinstance(event, LeftOut)]
    assert len(told) == 1
    assert "more than 1 image" in told[0]
    body = requests[1].content.decode()
    assert PIXEL_BASE64 not in body
    assert b64encode(other.data).decode() in body
    assert NOT_SENT in body
