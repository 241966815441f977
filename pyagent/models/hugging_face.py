"""Models of the Hugging Face Hub, through its router to many providers."""

from __future__ import annotations

from typing import Unpack

from pyagent.checked_options import checked
from pyagent.models.aliases import also_called
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http.options import HttpOptions


class InferenceClientModel(OpenAIModel):
    """A model of the Hugging Face Hub, by its name there. Any provider may serve it; the Hub bills.

    ``provider`` is one of the Hub's inference providers, such as ``together`` or ``groq``, or a
    rule, ``fastest`` or ``cheapest``; None leaves the choice to your settings at the Hub.
    ``token`` None takes ``HF_TOKEN`` from the environment. ``api_key`` is another name for
    ``token``, and ``timeout`` for ``timeout_s``. ``bill_to`` is one of your organisations.
    ``base_url`` is for an Inference Endpoint of your own. Give it a token, because ``HF_TOKEN``
    is sent to the Hub only. For the other options see ``HttpModel``.

    https://huggingface.co/docs/inference-providers
    """

    default_base_url = "https://router.huggingface.co/v1"

    @checked
    def __init__(
        self,
        model_id: str = "Qwen/Qwen3-Next-80B-A3B-Thinking",
        *,
        provider: str | None = None,
        token: str | None = None,
        bill_to: str | None = None,
        timeout: float | None = None,
        **options: Unpack[HttpOptions],
    ) -> None:
        also_called(options, "api_key", token=token)
        also_called(options, "timeout_s", timeout=timeout)
        if bill_to:
            options["headers"] = {**(options.get("headers") or {}), "X-HF-Bill-To": bill_to}
        chosen = f":{provider}" if provider and provider != "auto" else ""
        super().__init__(model_id + chosen, **options)
