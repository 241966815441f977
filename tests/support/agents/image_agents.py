"""Tools that draw and measure, and agents that call them, for the tests of images."""

from __future__ import annotations

import json
from typing import Any

from pyagent import Image, ScriptedModel, ToolCallingAgent, tool
from pyagent.messages import ToolUse
from pyagent.models.base import ModelRequest
from support.images import png


@tool
def draw(grey: int = 128) -> Image:
    """Draw.

    Args:
        grey: How light.
    """
    return Image(media_type="image/png", data=png(6, 5, grey=grey))


@tool
def size(images: list[Image], name: str = "") -> list:
    """Sizes.

    Args:
        images: Of what.
        name: Text.
    """
    return [image.size for image in images]


def images_in(request: ModelRequest) -> list[bytes]:
    return [image.data for message in request.messages for image in message.images]


def use(name: str, **arguments: Any) -> list[ToolUse]:
    return [ToolUse(id=f"{name}-{json.dumps(arguments)}", name=name, arguments=arguments)]


def asked(
    *calls: list[ToolUse], native: bool = True, sees: bool = True, tools: Any = (draw, size)
) -> ToolCallingAgent:
    """An agent whose model makes these calls, one in a step."""
    texts = [json.dumps({"name": c[0].name, "arguments": c[0].arguments}) for c in calls]
    replies: Any = list(calls) if native else texts
    model = ScriptedModel(replies, supports_tools=native, supports_images=sees)
    return ToolCallingAgent(list(tools), model)
