"""The class of each wire format, for those who choose one by name."""

from __future__ import annotations

from pyagent.models.anthropic import AnthropicModel
from pyagent.models.gemini import GeminiModel
from pyagent.models.http import HttpModel
from pyagent.models.openai_chat import OpenAIModel
from pyagent.models.openai_responses import OpenAIResponsesModel
from pyagent.models.providers import WireFormat

THINKING: frozenset[WireFormat] = frozenset({"anthropic", "gemini"})
"""Those whose models can be told whether to think, by ``thinking``."""
FORMATS: dict[WireFormat, type[HttpModel]] = {
    model.wire: model for model in (OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel)
}
