"""The class of each wire format, for callers that choose one by its name."""

from __future__ import annotations

from pyagent.models.formats.anthropic import AnthropicModel
from pyagent.models.formats.gemini import GeminiModel
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.formats.openai_responses import OpenAIResponsesModel
from pyagent.models.http.model import HttpModel
from pyagent.protocol import WireFormat

FORMATS: dict[WireFormat, type[HttpModel]] = {
    model.wire: model for model in (OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel)
}
