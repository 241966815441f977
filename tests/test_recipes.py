"""Models and other parts as data: every class comes back with its arguments."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyagent import (
    AnthropicModel,
    GeminiModel,
    InferenceClientModel,
    LiteLLMModel,
    LoadError,
    Model,
    OpenAIModel,
    OpenAIResponsesModel,
    Price,
    ScriptedModel,
    ServerError,
    SqlTool,
    Tool,
)
from pyagent.messages import ToolUse
from pyagent.models.base import TextDelta
from pyagent.models.demo.model import demo_model
from pyagent.models.page import PageModel
from pyagent.models.router import RouterModel
from pyagent.recipes import missing_parts, remake, to_recipe

ALLOWED = (Model, Tool)
KEY = "sk-secret-4711"
COMMON: dict[str, Any] = {
    "api_key": KEY,
    "temperature": 0.25,
    "max_tokens": 100,
    "context_tokens": 9_000,
    "prompt_style": "short",
    "price": Price(input=1, output=2.5),
    "extra_body": {"seed": 1, "deep": [{"$": "taken"}, None]},
    "timeout_s": 1.5,
}


def by_length(request: Any) -> str:
    """A router's rule."""
    return "first"


def again(value: Any) -> Any:
    """``value`` after a round trip through text."""
    return remake(json.loads(json.dumps(to_recipe(value), allow_nan=False)), ALLOWED)


MODELS: list[Callable[[], Model]] = [
    lambda: OpenAIModel("gpt-5-mini", **COMMON),
    lambda: OpenAIModel("local", base_url="http://127.0.0.1:8080/v1", api_key=""),
    lambda: OpenAIResponsesModel("gpt-5-mini", **COMMON),
    lambda: AnthropicModel("claude-sonnet-4-5", thinking=2_000, **COMMON),
    lambda: GeminiModel("gemini-2.5-flash", **COMMON),
    lambda: InferenceClientModel("Qwen/Qwen3-32B", provider="groq", token=KEY),
    lambda: LiteLLMModel("groq/llama-3.3-70b-versatile", api_key=KEY, temperature=0.5, top_p=0.9),
    lambda: RouterModel([OpenAIModel("gpt-5", api_key=KEY), ScriptedModel()], choose="round_robin"),
    lambda: ScriptedModel(
        ["text", (ToolUse(id="1", name="a", arguments={"b": [1.5]}), TextDelta(text="x"))],
        supports_tools=True,
        price=Price(input=1, output=2),
    ),
    demo_model,
]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "ANTHROPIC", "GEMINI", "GROQ"):
        monkeypatch.setenv(f"{name}_API_KEY", KEY)
    monkeypatch.setenv("HF_TOKEN", KEY)


@pytest.mark.parametrize("make", MODELS)
def test_model_comes_back_as_it_was_and_without_its_key(make: Callable[[], Model]) -> None:
    model = make()
    data = to_recipe(model)
    assert not list(missing_parts(data))
    assert KEY not in json.dumps(data)
    copy = again(model)
    assert type(copy) is type(model)
    assert to_recipe(copy) == data
    shown = {name: value for name, value in vars(model).items() if not name.startswith("_")}
    plain = {n: v for n, v in shown.items() if type(v) in (str, int, float, bool, Price, dict)}
    assert {name: vars(copy)[name] for name in plain} == plain


def test_ability_that_a_model_was_found_to_lack_is_saved() -> None:
    model = OpenAIModel("gpt-5-mini")
    assert "supports_tools" not in to_recipe(model)["options"]
    model.supports_tools = False
    assert again(model).supports_tools is False


def test_router_comes_back_with_its_models_and_its_rule() -> None:
    router = RouterModel(
        {"first": ScriptedModel(["1"]), "second": ScriptedModel()}, choose=by_length
    )
    copy = again(router)
    assert to_recipe(copy) == to_recipe(router)
    assert to_recipe(copy)["options"]["choose"]["name"] == "test_recipes:by_length"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (PageModel(lambda message: None), "m.send (the function <lambda>"),
        (ScriptedModel([ServerError("Busy.")]), "m.replies[0] (a ServerError)"),
        (
            OpenAIModel("m", api_key=KEY, headers={"X-Auth-Token": KEY}),
            "m.headers.X-Auth-Token (a secret)",
        ),
        (RouterModel([PageModel(print)]), "m.models[0].send (the function print"),
    ],
)
def test_parts_that_are_not_data_are_named(model: Model, told: str) -> None:
    assert any(told in what for what in missing_parts(to_recipe(model), "m"))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, 2.5, float("inf"), "é\n", b"\x00\xff", Path("a/b"), (1, (2,)), []),
        *({"$": 1}, {"$": "missing", "what": "me"}, {"a": {"$": [{}]}}, Price(input=1, output=2)),
    ],
)
def test_value_comes_back_as_it_was(value: Any) -> None:
    assert not list(missing_parts(to_recipe(value)))
    assert again(value) == value
    assert type(again(value)) is type(value)


@pytest.mark.parametrize("database", ["postgres://me:pw@host/db", "x://:pw@host"])
def test_address_with_a_password_is_left_out(database: str) -> None:
    data = to_recipe(SqlTool(database))
    assert "pw" not in json.dumps(data)
    assert list(missing_parts(data, "t")) == ["t.database (an address with a password)"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"$": "object", "class": "os:PathLike", "options": {}}, "standard library"),
        (
            {"$": "object", "class": "pyagent.wire:loads", "options": {}},
            "may not use pyagent.wire:loads",
        ),
        ({"$": "object", "class": "pyagent:SqlTool", "options": {"bad": 1}}, "cannot be made"),
        ({"$": "object", "class": "pyagent:SqlTool"}, "cannot be made"),
        ({"$": "function", "name": "subprocess:run"}, "standard library"),
        ({"$": "function", "name": "builtins:exec"}, "standard library"),
        ({"$": "function", "name": "pyagent:SqlTool"}, "is not a function"),
        ({"$": "function", "name": ""}, "cannot be found"),
        ({"$": "bytes", "base64": "%"}, "cannot be made"),
        ({"$": "code", "text": "1"}, "kind 'code' are unknown"),
    ],
)
def test_bad_data_makes_nothing(data: Any, told: str) -> None:
    with pytest.raises(LoadError, match=told):
        remake(data, ALLOWED)


def test_standard_library_is_out_of_reach_through_a_module_that_imports_it() -> None:
    with pytest.raises(LoadError, match="part of the standard library"):
        remake({"$": "function", "name": "pyagent.executors.local:shutil.rmtree"}, ALLOWED)


def test_module_of_the_standard_library_is_not_even_imported() -> None:
    with pytest.raises(LoadError, match="part of the standard library"):
        remake({"$": "function", "name": "this:s"}, ALLOWED)
    assert "this" not in sys.modules


class Trusting(ScriptedModel):
    def __init__(self, *, trust_remote_code: bool = False) -> None:
        super().__init__()


@pytest.mark.parametrize("where", ["options", "options.model_kwargs"])
def test_saved_file_cannot_run_code_that_comes_with_a_model(where: str) -> None:
    options: dict[str, Any] = {"trust_remote_code": True}
    if where == "options.model_kwargs":
        options = {"model_kwargs": options}
    with pytest.raises(LoadError, match="code that comes with a model"):
        remake({"$": "object", "class": "pyagent:TransformersModel", "options": options}, ALLOWED)


def test_permission_to_run_code_of_a_model_is_not_kept() -> None:
    missing = list(missing_parts(to_recipe(Trusting(trust_remote_code=True)), "model"))
    assert missing == ["model.trust_remote_code (permission to run code that comes with the model)"]
    assert list(missing_parts(to_recipe(Trusting()), "model")) == []


def test_signature_of_a_model_stays_visible() -> None:
    assert "organization" in inspect.signature(OpenAIModel).parameters
    assert list(inspect.signature(SqlTool).parameters) == ["database", "max_rows", "timeout_s"]
