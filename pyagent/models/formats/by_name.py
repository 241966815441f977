"""The class of each wire format, for those who choose one by name."""

from __future__ import annotations

from pyagent.models.catalog.providers import WireFormat
from pyagent.models.formats.anthropic import AnthropicModel
from pyagent.models.formats.gemini import GeminiModel
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.formats.openai_responses import OpenAIResponsesModel
from pyagent.models.http.model import HttpModel

THINKING: frozenset[WireFormat] = frozenset({"anthropic", "gemini"})
"""Those whose models can be told whether to think, by ``thinking``."""
FORMATS: dict[WireFormat, type[HttpModel]] = {
    model.wire: model for model in (OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel)
}
