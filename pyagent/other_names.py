"""What users of smolagents write, and what it is called here: the one table of such names.

Agents rename or explain options by it (``agents/arguments.py``), and classes explain missing
attributes (``Explained``). Names of models are in ``models/aliases.py``. A name that both libraries
have is in no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Other:
    """A name that is not ours: what it is here, or what to do instead."""

    name: str = ""
    """Our name for the same thing; empty if there is none."""
    advice: str = ""
    """What to write instead, as a sentence."""
    needless: tuple[Any, ...] = ()
    """Values that ask for what happens anyway, so that the option can be left out."""


AGENT_OPTIONS: Mapping[str, Other] = {
    "additional_authorized_imports": Other(name="authorized_imports"),
    "use_structured_outputs_internally": Other(name="structured_output"),
    "max_tool_threads": Other(name="max_tool_calls"),
    "stream_outputs": Other(advice="Models always stream.", needless=(True, False)),
    "max_print_outputs_length": Other(
        advice="Leave it out: long output is cut in its middle.", needless=(None,)
    ),
    "code_block_tags": Other(
        advice="Leave it out: code is found in tags and fences of every kind.",
        needless=(None, "markdown"),
    ),
    "prompt_templates": Other(
        advice="Say what you want to add to the prompt in instructions=.", needless=(None,)
    ),
    "system_prompt": Other(advice="Say what you want to add to the prompt in instructions=."),
    "logger": Other(
        advice="Use verbosity_level=1, or read the events of agent.stream(task).", needless=(None,)
    ),
    "return_full_result": Other(
        advice="run() always returns a RunResult; the answer is its output.",
        needless=(True, None),
    ),
    "grammar": Other(advice="Use structured_output=True.", needless=(None,)),
}
"""Options of agents."""

EXECUTOR_OPTIONS: Mapping[str, Other] = {
    "timeout_seconds": Other(advice="Use deadline_s= of the agent."),
    "timeout": Other(advice="Use deadline_s= of the agent."),
    "max_print_outputs_length": AGENT_OPTIONS["max_print_outputs_length"],
    "additional_authorized_imports": Other(advice="Use authorized_imports= of the agent."),
    "additional_functions": Other(advice="Give functions to the agent as tools, with @tool."),
}
"""Keys of ``executor_kwargs``."""

RUN_OPTIONS: Mapping[str, Other] = {
    "stream": Other(
        advice="Use agent.stream(task), which yields the events of the run.",
        needless=(False, None),
    ),
    "return_full_result": AGENT_OPTIONS["return_full_result"],
}
"""Options of ``run``."""

AGENT_ATTRIBUTES: Mapping[str, str] = {
    "cleanup": "Use agent.close(), or a with block.",
    "from_folder": "Use CodeAgent.load(folder).",
    "from_hub": "Agents are not shared through the Hub yet; use load(folder).",
    "push_to_hub": "Agents are not shared through the Hub yet; use save(folder).",
    "logger": "Use verbosity_level=1, or read the events of agent.stream(task).",
    "monitor": "Use agent.state, which adds up runs, steps, tokens, cost and seconds.",
    "prompt_templates": "Use agent.instructions for what you want to add to the prompt.",
    "write_memory_to_messages": "Use agent.memory.messages(agent.system_prompt).",
    "python_executor": "Give the agent an executor of your own as executor=.",
}
MEMORY_ATTRIBUTES: Mapping[str, str] = {
    "reset": "Use agent.clear(), which also forgets the variables and files.",
    "get_full_steps": "Use agent.memory.to_dict().",
    "get_succinct_steps": "Use agent.memory.to_dict().",
    "return_full_code": "Each ActionStep of memory.steps has its code.",
    "replay": "Use agent.replay().",
    "system_prompt": "Use agent.system_prompt.",
}
RESULT_ATTRIBUTES: Mapping[str, str] = {
    "state": "Use success, reason and problem.",
    "dict": "Use to_dict().",
    "messages": "Use steps.",
}
STEP_ATTRIBUTES: Mapping[str, str] = {
    "step_number": "Use number.",
    "timing": "Use seconds.",
    "duration": "Use seconds.",
    "tool_calls": "Use tool_uses, and code for the code of a CodeAgent.",
    "model_output": "Use reply.",
    "model_output_message": "Use reply.",
    "model_input_messages": "Use agent.memory.messages(agent.system_prompt).",
    "code_action": "Use code.",
    "observations": "Use observation, or tool_results for native calls.",
    "observations_images": "Use images of the interaction in agent.memory.interactions.",
    "action_output": "Use RunResult.output.",
    "is_final_answer": "Use RunResult.output, which the last step gives.",
    "dict": "Use agent.memory.to_dict().",
    "to_messages": "Use agent.memory.messages(agent.system_prompt).",
}


class Explained:
    """A class whose missing attributes may have another name: the error says which."""

    other_attributes: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:  # a type checker would take every attribute to be there

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):  # a property raised this: let its own error out
                return object.__getattribute__(self, name)
            advice = type(self).other_attributes.get(name, "")
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            error = AttributeError(f"{message}. {advice}" if advice else message)
            error.name, error.obj = name, self
            raise error


def in_our_words(
    given: Mapping[str, Any], others: Mapping[str, Other], *, caller: str
) -> dict[str, Any]:
    """The options under our names. Raises ``TypeError`` for one that has no meaning here."""
    options: dict[str, Any] = {}
    for name, value in given.items():
        other = others.get(name)
        if other is None:
            options[name] = value
        elif other.name:
            if other.name in given:
                raise TypeError(
                    f"{caller}: {name} and {other.name} are two names for one option; give one."
                )
            options[other.name] = value
        elif not any(value is needless or value == needless for needless in other.needless):
            raise TypeError(f"{caller} takes no option {name!r}. {other.advice}")
    return options
