"""Asks a model through the real litellm; test_litellm runs it.

``litellm_asking.py SITE_PACKAGES QUESTIONS`` takes pairs of model id and options, by name, and
writes the outcome of each: events, or an error. SITE_PACKAGES is where litellm is installed; our
own packages come before it. One process asks all questions, because importing litellm takes 8 s.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from pyagent.errors import ModelError
from pyagent.messages import ChatMessage, ToolSpec
from pyagent.models.litellm import LiteLLMModel

TOOL = ToolSpec(
    name="population",
    description="People in a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)


async def ask(model_id: str, options: dict[str, Any]) -> dict[str, Any]:
    asked = {"tools": [TOOL]} if options.pop("with_tool", False) else {}
    model = LiteLLMModel(model_id, **options)
    told: dict[str, Any] = {"events": [], "context": model.context_tokens}
    try:
        async for event in model.stream([ChatMessage(role="user", content="How many?")], **asked):
            told["events"].append({"type": type(event).__name__, **asdict(event)})
    except ModelError as error:
        told["error"] = {"type": type(error).__name__, "text": str(error), "status": error.status}
    finally:
        await model.aclose()
    return told


async def main(questions: dict[str, Any]) -> dict[str, Any]:
    return {name: await ask(*question) for name, question in questions.items()}


sys.path.append(sys.argv[1])
sys.stdout.write(json.dumps(asyncio.run(main(json.loads(sys.argv[2])))))
