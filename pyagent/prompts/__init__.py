"""The agents' prompts: Jinja templates beside this file, and the functions that fill them.

A system prompt holds only what stays the same through a conversation, byte for byte, so that
providers' prompt caches and a local model's evaluated prefix hit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pyagent.messages import ToolSpec
from pyagent.protocol import ToolStub

if TYPE_CHECKING:
    from jinja2 import Template


def code_agent_prompt(
    *,
    short: bool,
    structured: bool = False,
    tools: Sequence[ToolStub],
    packages: Sequence[str] = (),
    instructions: str = "",
) -> str:
    """The system prompt of a ``CodeAgent``.

    ``short`` is for small local models, ``structured`` for models that reply with JSON of a schema.
    """
    template = _template("code_agent_short.md.j2" if short else "code_agent.md.j2")
    return template.render(
        tools=tools, packages=packages, instructions=instructions.strip(), structured=structured
    ).strip()


def tool_calling_agent_prompt(
    *, short: bool, native: bool, tools: Sequence[ToolSpec], instructions: str = ""
) -> str:
    """The system prompt of a ``ToolCallingAgent``.

    ``native`` means that the model gets ``tools`` beside the prompt.
    """
    name = "tool_calling_agent_short" if short and not native else "tool_calling_agent"
    ends = next((tool.parameters for tool in tools if tool.name == "final_answer"), {})
    answer_names = list(ends.get("required") or ends.get("properties") or ["answer"])
    return (
        _template(f"{name}.md.j2")
        .render(
            native=native,
            tools=tools,
            answer_names=answer_names,
            instructions=instructions.strip(),
        )
        .strip()
    )


def planning_prompt(*, again: bool, left: int) -> str:
    """The prompt that asks for a plan. ``left`` is the number of steps that are left."""
    return _template("planning.md.j2").render(again=again, left=left).strip()


def summary_prompt(transcript: str, *, words: int) -> str:
    """The prompt that asks for a summary of ``transcript`` in at most so many words."""
    return _template("summary.md.j2").render(transcript=transcript, words=words).strip()


@cache
def _template(name: str) -> Template:
    # Imported here because only the first prompt needs it: a program should not wait to start.
    from jinja2 import Environment, StrictUndefined

    # Read as a resource: in the browser the package is a zip file on sys.path.
    source = files(__package__).joinpath(name).read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    return environment.from_string(source)
