"""Reads what people give to make an agent or a run, and says what to write if it is something else.

``TakesOtherNames`` is the metaclass of agents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import isclass
from typing import Any, TypeVar, cast

from pyagent.agents.run.options import RunOptions
from pyagent.checked_options import check_options
from pyagent.errors import ToolDefinitionError
from pyagent.models.base import Model
from pyagent.other_names import AGENT_OPTIONS, RUN_OPTIONS, ExplainedClass, in_our_words
from pyagent.recipes import SignedByInit
from pyagent.tools.base import Tool

T = TypeVar("T")


class TakesOtherNames(ExplainedClass, SignedByInit):
    """Lets a class of agents take options by smolagents' names, and explains its attributes."""

    def __call__(cls: type[T], *args: Any, **kwargs: Any) -> T:
        if not AGENT_OPTIONS.keys().isdisjoint(kwargs):
            kwargs = in_our_words(kwargs, AGENT_OPTIONS, caller=cls.__name__)
        if "add_base_tools" in kwargs:
            wanted = kwargs.pop("add_base_tools")
            tools = args[0] if args else kwargs.pop("tools", ())
            args = (with_base_tools(tools) if wanted else tools, *args[1:])
        made: T = super().__call__(*args, **kwargs)  # type: ignore[misc]
        return made


def with_base_tools(tools: Iterable[Tool]) -> list[Tool]:
    """These tools, and those of ``default_tools`` whose names are not taken."""
    # Imported here: the tools need sqlite3 and httpx, which an agent without them does not.
    from pyagent.tools.builtin.defaults import default_tools

    given = list(tools)
    taken = {getattr(tool, "name", None) for tool in given}
    return given + [tool for tool in default_tools() if tool.name not in taken]


def check_parts(agent: str, tools: Any, model: Any) -> Model:
    """The model. Raises ``TypeError`` unless it is one, and ``tools`` can be a list of tools."""
    if isinstance(tools, Model):
        raise TypeError(f"The tools come first and the model second: {agent}(tools, model).")
    if isinstance(tools, Tool | str | Mapping) or not isinstance(tools, Iterable):
        raise TypeError(f"tools must be a list of tools, as in {agent}([my_tool], model).")
    if isinstance(model, Model):
        return model
    if model is None:
        raise TypeError(f'{agent} needs a model: {agent}(tools, OpenAIModel("gpt-5-mini")).')
    wrong = f"model must be a pyagent Model, not {_kind(model)}."
    if isinstance(model, str):
        raise TypeError(f"{wrong} Write {agent}(tools, {_model_named(model)}).")
    if isclass(model) and issubclass(model, Model):
        raise TypeError(f'{wrong} Make one of it: {model.__name__}("...").')
    raise TypeError(f"{wrong} A class of your own derives from Model and writes reply().")


def check_numbers(
    max_steps: int, *, memory_size: int | None, planning_interval: int | None
) -> None:
    """Raise ``ValueError`` for an option of an agent that is too small."""
    if memory_size is not None and memory_size < 1:
        raise ValueError(
            "memory_size must be at least 1, or None: it counts the running interaction."
        )
    if max_steps < 0:
        raise ValueError("max_steps must be at least 0.")
    if planning_interval is not None and planning_interval < 1:
        raise ValueError("planning_interval must be at least 1, or None.")


def check_deadline(deadline_s: float) -> None:
    """Raise ``ValueError`` unless the code of a step may take any time."""
    if not deadline_s > 0:  # false for NaN too
        raise ValueError(f"deadline_s must be more than 0 seconds, not {deadline_s}.")


def not_a_tool(value: Any) -> ToolDefinitionError:
    """The error about something that was given as a tool."""
    if isclass(value) and issubclass(value, Tool):
        return ToolDefinitionError(
            f"{value.__name__} is a class and not a tool.",
            advice=f"Make one of it: {value.__name__}().",
        )
    if hasattr(value, "managed_agents"):
        return ToolDefinitionError(
            f"The agent {value.name!r} is not a tool.", advice="Give it in managed_agents=[...]."
        )
    name = getattr(value, "__name__", "") if callable(value) else repr(value)
    return ToolDefinitionError(
        f"{name or repr(value)} is not a tool.",
        advice="Decorate the function with @tool, or write a class that derives from Tool.",
    )


def check_run_options(task: Any, given: Mapping[str, Any]) -> RunOptions:
    """The options of a run. Raises ``TypeError`` that says what to write instead of a wrong one."""
    if given.get("resume"):
        return _check_resumed(task, given)
    if not isinstance(task, str):
        several = " Several tasks are for map()." if isinstance(task, list | tuple) else ""
        raise TypeError(f"The task must be a text, not {_kind(task)}.{several}")
    options = in_our_words(given, RUN_OPTIONS, caller="run()")
    return cast(RunOptions, check_options(options, RunOptions, caller="run()"))


def _check_resumed(task: Any, given: Mapping[str, Any]) -> RunOptions:
    """The options of a resumed run. Raises ``TypeError`` for what only a new task can have."""
    options = check_options(given, RunOptions, caller="run()")
    added = [name for name in options if name not in ("resume", "calls_made", "max_steps")]
    if task is not None or added:
        what = ", ".join(["the task", *added] if task is not None else added)
        raise TypeError(
            f"resume=True goes on with the task that was interrupted: leave out {what}."
        )
    return cast(RunOptions, options)


def _kind(value: Any) -> str:
    return f"the class {value.__name__}" if isclass(value) else type(value).__name__


def _model_named(name: str) -> str:
    """The code that makes the model of this name."""
    # Imported here: only this error needs the table of providers.
    from pyagent.models.catalog.model_facts import models_at
    from pyagent.models.catalog.providers import providers

    if "/" in name:
        return f'LiteLLMModel("{name}")'
    serving = (p.id for p in providers() if p.key_env and name in models_at(p.id))
    provider = next(serving, "openai")
    return (
        f'OpenAIModel("{name}")' if provider == "openai" else f'LiteLLMModel("{provider}/{name}")'
    )
