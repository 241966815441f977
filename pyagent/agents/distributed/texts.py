"""What crosses between a batch and its workers, as JSON text: agents, tasks and results.

Nothing is pickled, and no key is in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, cast, get_type_hints

from pyagent.agents.inputs.files import read_files
from pyagent.agents.inputs.images import read_images
from pyagent.agents.result import RunResult
from pyagent.agents.run.options import RunOptions
from pyagent.agents.saving import Savable, missing_in
from pyagent.errors import AgentError, ProtocolError
from pyagent.messages import Image
from pyagent.models.base import Model
from pyagent.models.litellm import LiteLLMModel
from pyagent.protocol import Json
from pyagent.recipes import argument_names, class_named
from pyagent.wire import as_json, from_data, to_data

KEY_VARIABLE = "PYAGENT_API_KEY"
_APART = ("children", "error")


def agent_text(agent: Savable) -> str:
    """The agent as ``agent_of`` makes it. Raises ``AgentError`` if a worker could not make it."""
    data = agent.to_dict()
    if missing := missing_in(data):
        raise AgentError(
            f"Workers cannot make this agent: {'; '.join(missing)}.",
            advice="Use functions and classes at the top level of a module that workers have.",
            kind="bad_argument",
        )
    if names := sorted(set(_from_script(data))):
        raise AgentError(
            f"Workers cannot import {', '.join(names)} from the script that runs here.",
            advice="Move it to a module of its own that the workers have, and import it.",
            kind="bad_argument",
        )
    return json.dumps(data)


def agent_of(text: str) -> Any:
    """The agent of ``agent_text``. Raises ``LoadError``.

    Its model's key comes from the environment: the provider's own variable, or ``KEY_VARIABLE``.
    """
    data = json.loads(text)
    model, key = data.get("model"), os.environ.get(KEY_VARIABLE)
    if key and isinstance(model, dict) and _takes_key(model):
        model["options"] = {"api_key": key, **model["options"]}
    return Savable.from_dict(data)


def _takes_key(recipe: Mapping[str, Any]) -> bool:
    """Whether the model of a recipe can be given a key."""
    if recipe.get("$") != "object":
        return False
    kind = class_named(recipe["class"], (Model,))
    return "api_key" in argument_names(kind) or issubclass(kind, LiteLLMModel)


def _from_script(data: Json) -> Iterator[str]:
    """The names of functions and classes that only the script of this process has."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key in ("class", "name") and str(value).startswith("__main__:"):
                yield str(value).partition(":")[2]
            yield from _from_script(value)
    elif isinstance(data, list):
        for item in data:
            yield from _from_script(item)


def task_text(task: str, options: RunOptions) -> str:
    """A task with its options; files and images are read here, where they are.

    Raises ``AgentError`` for values that JSON does not have.
    """
    data: dict[str, Any] = {"task": task, **options}
    if files := options.get("files"):
        data["files"] = to_data(read_files(files))
    if (images := options.get("images")) is not None:
        data["images"] = to_data(read_images(images))
    if arguments := options.get("additional_args"):
        try:
            data["additional_args"] = as_json(dict(arguments))
        except ProtocolError as error:
            raise AgentError(
                f"additional_args cannot be sent to a worker: {error}",
                advice="Give JSON values, and tables as lists of rows.",
                kind="bad_task",
            ) from error
    return json.dumps(data)


def task_of(text: str) -> tuple[str, RunOptions]:
    """The task and options of ``task_text``."""
    data: dict[str, Any] = json.loads(text)
    if "files" in data:
        data["files"] = from_data(data["files"], dict[str, bytes])
    if data.get("images") is not None:
        data["images"] = from_data(data["images"], tuple[Image, ...])
    return data.pop("task"), cast(RunOptions, data)


def result_text(result: RunResult) -> str:
    """A result as ``result_of`` reads it."""
    return json.dumps(result.to_dict())


def result_of(text: str) -> RunResult:
    """The result of ``result_text``. Its ``error`` is None: an error's text is in ``problem``."""
    return _result(json.loads(text))


def _result(data: Mapping[str, Any]) -> RunResult:
    hints = _hints()
    read = {name: from_data(data[name], hint) for name, hint in hints.items() if name in data}
    return RunResult(**read, children=tuple(map(_result, data["children"])))


@cache
def _hints() -> dict[str, Any]:
    """The fields of a result that are read by their declarations."""
    hints = get_type_hints(RunResult)
    return {f.name: hints[f.name] for f in fields(RunResult) if f.name not in _APART}
