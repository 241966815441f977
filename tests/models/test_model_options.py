"""Options of models that are misspelled, come from other libraries or have the wrong type."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from pyagent import (
    AnthropicModel,
    GeminiModel,
    InferenceClientModel,
    LiteLLMModel,
    OpenAIModel,
    OpenAIResponsesModel,
    RouterModel,
    ScriptedModel,
)

BASE = {"base_url": "http://127.0.0.1:9/v1", "api_key": "k"}


class Mine(OpenAIModel):
    def __init__(self, model_id: str, **options: Any) -> None:
        super().__init__(model_id, **options)


@pytest.mark.parametrize(
    ("model_class", "given", "message"),
    [
        (OpenAIModel, {"temprature": 0}, "'temprature'. Did you mean 'temperature'?"),
        (OpenAIModel, {"organisation": "x"}, "Did you mean 'organization'?"),
        (OpenAIModel, {"top_p": 0.9}, 'write extra_body={"top_p": 0.9}.'),
        (OpenAIModel, {"seed": 7}, 'write extra_body={"seed": 7}.'),
        (OpenAIModel, {"reasoning_effort": "low"}, 'write extra_body={"reasoning_effort": "low"}.'),
        (OpenAIModel, {"logit_bias": {"1": 2}}, 'write extra_body={"logit_bias": …}.'),
        (OpenAIModel, {"client_kwargs": {}}, "Use timeout_s=, max_retries= and headers=."),
        (OpenAIModel, {"requests_per_minute": 60}, "Leave it out: if a provider says"),
        (OpenAIModel, {"max_completion_tokens": 60}, "Use max_tokens=."),
        (OpenAIModel, {"timeout": 60}, "Use timeout_s=."),
        (OpenAIModel, {"custom_role_conversions": {}}, "each wire format knows what it takes"),
        (AnthropicModel, {"api_base": "x"}, "Use base_url=."),
        (AnthropicModel, {"top_k": 4}, 'write extra_body={"top_k": 4}.'),
        (GeminiModel, {"top_p": 0.9}, 'extra_body={"generationConfig": {"topP": 0.9}}.'),
        (OpenAIResponsesModel, {"max_output_tokens": 5}, "Use max_tokens=."),
        (InferenceClientModel, {"providr": "groq"}, "Did you mean 'provider'?"),
        (Mine, {"temprature": 0}, "Mine takes no option 'temprature'. Did you mean 'temperature'?"),
        (OpenAIModel, {"secret_key": "sk-1"}, 'extra_body={"secret_key": …}.'),
    ],
)
def test_option_that_a_model_does_not_take_is_explained(
    model_class: Any, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        model_class("m", **BASE, **given)
    assert str(caught.value).startswith(f"{model_class.__name__} takes no option")
    assert message in str(caught.value)


def test_models_without_a_server_explain_their_options_too() -> None:
    with pytest.raises(TypeError, match=r"ScriptedModel takes no option 'delay'.*'delay_s'"):
        ScriptedModel([], delay=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="RouterModel takes no option 'strategy'"):
        RouterModel([ScriptedModel([])], strategy="first")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"RouterModel takes no option 'routing_strategy'. Use cho"):
        RouterModel([ScriptedModel([])], routing_strategy="first")  # type: ignore[call-arg]


@pytest.mark.parametrize("model_class", [OpenAIModel, GeminiModel, InferenceClientModel, Mine])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model_id": None}, "must be a text, not None."),
        ({"model_id": 5}, "must be a text, not 5 (int)."),
        ({"api_key": 123}, "must be a text or None, not an int."),
        ({"api_key": b"sk-secret"}, "must be a text or None, not a bytes."),
        ({"timeout_s": "100"}, "must be a number, not '100' (str). Write timeout_s=100."),
        ({"price": 1}, "must be a Price, not 1 (int). Write price=Price(input=…"),
        ({"temperature": "0"}, "must be a number or None, not '0' (str). Write temperature=0."),
        ({"max_tokens": "100"}, "must be a whole number or None, not '100' (str). Write max_tok"),
        ({"extra_body": "a"}, "must be a dict or None, not 'a' (str)."),
        ({"headers": ["a"]}, "must be a dict or None, not a list."),
        ({"base_url": 5}, "must be a text, not 5 (int)."),
        ({"prompt_style": "long"}, "must be 'full' or 'short', not 'long' (str)."),
        ({"max_retries": 1.5}, "must be a whole number, not 1.5 (float)."),
    ],
)
def test_option_of_a_model_of_a_wrong_type_is_refused_when_it_is_made(
    model_class: Any, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        model_class(**{"model_id": "m", **BASE, **given})
    assert f"{next(iter(given))} of {model_class.__name__} {message}" in str(caught.value)
    assert "sk-secret" not in str(caught.value)


def test_name_that_comes_by_position_is_checked() -> None:
    for model_class in (OpenAIModel, LiteLLMModel, InferenceClientModel):
        with pytest.raises(TypeError, match=f"model_id of {model_class.__name__} must be a text"):
            model_class(None)  # type: ignore[arg-type, call-arg]


def test_litellm_names_itself() -> None:
    with pytest.raises(TypeError, match="timeout_s of LiteLLMModel must be a number"):
        LiteLLMModel("openai/m", api_key="k", timeout_s="1")


def test_none_and_a_transport_are_taken() -> None:
    nothing: Any = {"base_url": None, "price": None, "headers": None, "extra_body": None}
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    assert OpenAIModel("m", api_key="k", transport=transport, **nothing).model_id == "m"
