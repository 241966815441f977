"""What users of smolagents write, and what it is called here: the one table of such names.

Agents rename or explain options by it (``agents/arguments.py``), and classes explain missing
attributes (``Explained``) and assignments (``replaced_only``). ``pyagent`` and ``pyagent.tools``
explain missing names that a program imports (``missing_export``). Names of models are in
``models/aliases.py``. A name that both libraries have is in no table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from opcode import opname
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from pyagent.errors import FrozenError

T = TypeVar("T", bound="Explained")


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
    "observations_images": "Use images of the interaction for those of the task, and images of the "
    "step for others.",
    "action_output": "Use RunResult.output.",
    "is_final_answer": "Use RunResult.output, which the last step gives.",
    "dict": "Use agent.memory.to_dict().",
    "to_messages": "Use agent.memory.messages(agent.system_prompt).",
}

TOOLBOX_ATTRIBUTES: Mapping[str, str] = {
    "keys": "Iterate over the tools, as in [tool.name for tool in agent.tools].",
    "values": "Iterate over the tools, as in list(agent.tools).",
    "items": "Iterate over the tools, as in {tool.name: tool for tool in agent.tools}.",
    "update": "Use agent.tools.add(tool) for each.",
    "pop": "Use agent.tools.remove(name).",
}
COLLECTION_ATTRIBUTES: Mapping[str, str] = {"from_hub": "Tools are not on the Hub here yet."}
MODEL_ATTRIBUTES: Mapping[str, str] = {
    "generate": "Use stream(messages), an async generator; the last event is ReplyDone.",
    "generate_stream": "Use stream(messages), an async generator; the last event is ReplyDone.",
    "last_input_token_count": "Use token_usage of the result or of a step.",
    "last_output_token_count": "Use token_usage of the result or of a step.",
}

_EXECUTOR = "Choose executor_type='docker' or another one, or pass your own as executor=."
_GRADIO = "Run pyagent serve for the page, or put the element <py-agent> into your own."
_HUB = "Agents and tools are not shared through the Hub yet; use agent.save and Agent.load."
_LITELLM = 'Use LiteLLMModel("{}/…"), with litellm installed.'
_OWN_SERVER = "Start its own server and use OpenAIModel(base_url=…)."
_PROMPTS = "Say what you want to add to the prompt in instructions= of the agent."
_RAISED = "run() raises nothing: look at problem of its result, or raise {} by raise_for_problem()."
_RESULT = "An answer is plain data in RunResult.output; pictures and files are in bundle and files."
_RUN_CODE = "Code is found and run by a CodeAgent only; there is no function for it."
_SEARCH = "Use WikipediaTool and VisitWebpageTool, or write your own search with @tool."
_SEND_CODE = "Values cross to the code as JSON, or pickled to a LocalExecutor, without a class."
_STEPS = "Steps are ActionStep, PlanningStep and SummaryStep."
_TEXTS = "Wire formats and parsers do this inside; there is no public function for it."
_TOOL_RESULT = "Use ActionStep.tool_uses and tool_results."

EXPORTS: Mapping[str, str] = {
    **dict.fromkeys(("AgentAudio", "AgentText", "AgentType"), _RESULT),
    "AgentImage": "Use Image; RunResult.image is the answer, if it is an image.",
    **dict.fromkeys(("AUTHORIZED_TYPES", "handle_agent_output_types", "ActionOutput"), _RESULT),
    "AgentExecutionError": _RAISED.format("AgentError"),
    "AgentGenerationError": _RAISED.format("ModelError"),
    "AgentMaxStepsError": _RAISED.format("MaxStepsError"),
    "AgentParsingError": _RAISED.format("AgentError"),
    "AgentToolCallError": _RAISED.format("AgentError"),
    "AgentToolExecutionError": _RAISED.format("AgentError"),
    "AgentMemory": "Use Memory.",
    "MultiStepAgent": "Use Agent.",
    "AGENT_REGISTRY": "Use Agent.load(folder), which finds the class.",
    "CallbackRegistry": "Use step_callbacks= of the agent: a list, or a dict by class of step.",
    "LocalPythonExecutor": 'Use LocalExecutor, or executor_type="local" of a CodeAgent.',
    "PythonExecutor": "Use Executor.",
    "BlaxelExecutor": _EXECUTOR,
    "PythonInterpreterTool": "Use a CodeAgent, whose model writes Python.",
    "BASE_BUILTIN_MODULES": "Code may import what its executor has; there is no list.",
    **dict.fromkeys(("evaluate_python_code", "fix_final_answer_code"), _RUN_CODE),
    **dict.fromkeys(("extract_code_from_text", "parse_code_blobs"), _RUN_CODE),
    **dict.fromkeys(("SafeSerializer", "SerializationError"), _SEND_CODE),
    "AgentLogger": "Use verbosity_level=1, or read the events of agent.stream(task).",
    "LogLevel": "Use verbosity_level=1 to see progress, 0 for none.",
    "Monitor": "Use agent.state, which adds up runs, steps, tokens, cost and seconds.",
    "MemoryStep": "Use Step.",
    "FinalAnswerStep": f"Use RunResult.output. {_STEPS}",
    "SystemPromptStep": f"Use agent.system_prompt. {_STEPS}",
    "TaskStep": f"Use Interaction, as in agent.memory.interactions. {_STEPS}",
    "ToolCall": _TOOL_RESULT,
    "ToolOutput": _TOOL_RESULT,
    "StreamEvent": "Use Event from pyagent.protocol.",
    "ApiModel": "Use Model; OpenAIModel and its like are models behind an endpoint.",
    "HfApiModel": "Use InferenceClientModel, its name since smolagents 1.14.",
    "MODEL_REGISTRY": "Write the class of the model, as in OpenAIModel(…).",
    "load_model": "Write the class of the model, as in OpenAIModel(…).",
    "LiteLLMRouterModel": "Use RouterModel, which takes any models.",
    "AmazonBedrockModel": _LITELLM.format("bedrock"),
    "AmazonBedrockServerModel": _LITELLM.format("bedrock"),
    "AzureOpenAIModel": _LITELLM.format("azure"),
    "AzureOpenAIServerModel": _LITELLM.format("azure"),
    "MLXModel": _OWN_SERVER,
    "VLLMModel": _OWN_SERVER,
    "MessageRole": "A role is a text: user, assistant, system or tool.",
    "REMOVE_PARAMETER": "Leave it out: what a server refuses is not sent again.",
    "CODEAGENT_RESPONSE_FORMAT": "Use structured_output=True of a CodeAgent.",
    "ChatMessageStreamDelta": "Read the events of agent.stream(task).",
    "ChatMessageToolCall": "Use ToolUse from pyagent.messages.",
    **dict.fromkeys(("agglomerate_stream_deltas", "get_clean_message_list"), _TEXTS),
    **dict.fromkeys(("parse_json_if_needed", "tool_role_conversions", "truncate_content"), _TEXTS),
    **dict.fromkeys(("is_valid_name", "validate_tool_arguments", "make_init_file"), _TEXTS),
    **dict.fromkeys(("PromptTemplates", "PlanningPromptTemplate", "populate_template"), _PROMPTS),
    **dict.fromkeys(("ManagedAgentPromptTemplate", "FinalAnswerPromptTemplate"), _PROMPTS),
    "EMPTY_PROMPT_TEMPLATES": _PROMPTS,
    "BaseTool": "Use Tool.",
    "TOOL_MAPPING": "Use add_base_tools=True of the agent.",
    **dict.fromkeys(("DuckDuckGoSearchTool", "WebSearchTool", "GoogleSearchTool"), _SEARCH),
    "ApiWebSearchTool": _SEARCH,
    "WikipediaSearchTool": "Use WikipediaTool.",
    "SpeechToTextTool": "Write your own with @tool.",
    "UserInputTool": "Write a @tool that calls input; it runs in a thread.",
    "load_tool": _HUB,
    **dict.fromkeys(("GradioUI", "launch_gradio_demo", "stream_to_gradio"), _GRADIO),
    "create_agent_gradio_app_template": _GRADIO,
    **dict.fromkeys(("interactive_mode", "run_smolagent"), "Use pyagent run in a terminal."),
}
"""Classes and functions that programs import → what to write instead."""
_INSTEAD = (
    "In a step callback, return dataclasses.replace(step, {change}), which takes the place of the "
    "step; for an earlier step, call agent.memory.replace_step(step, new)."
)


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


class ExplainedClass(type):
    """Explains missing attributes of a class itself, as in ``CodeAgent.from_folder``."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:
            others = {} if name == "other_attributes" else cls.other_attributes
            message = f"type object {cls.__name__!r} has no attribute {name!r}"
            raise AttributeError(f"{message}. {others[name]}" if name in others else message)


def replaced_only(cls: type[T]) -> type[T]:
    """Let a frozen dataclass of steps say how to replace a step when somebody assigns to it."""

    def __setattr__(self: T, name: str, value: Any) -> NoReturn:
        _refuse(self, name)

    def __delattr__(self: T, name: str) -> NoReturn:
        _refuse(self, name)

    cls.__setattr__ = __setattr__  # type: ignore[assignment]
    cls.__delattr__ = __delattr__  # type: ignore[assignment]
    return cls


def _refuse(step: Explained, name: str) -> NoReturn:
    other = type(step).other_attributes.get(name, "")
    change = f"{name}=…"
    if other:
        change = "images=[…]" if name == "observations_images" else "observation=…"
    raise FrozenError(
        f"{name!r} of {type(step).__name__} cannot be changed, because steps are frozen."
        f"{f' {other}' if other else ''}",
        advice=_INSTEAD.format(change=change),
    )


class Steps(tuple[Any, ...]):
    """Steps as a program reads them. What a list can do besides is refused with what to do."""

    def refuse(self, *_: object) -> NoReturn:
        raise FrozenError(
            "The steps in the memory are a tuple, and only a run adds steps.",
            advice=f"{_INSTEAD.format(change='observation=…')} agent.clear() forgets all.",
        )

    __setitem__ = __delitem__ = refuse
    append = extend = insert = remove = pop = clear = sort = reverse = refuse


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


def exported(module: str, name: str) -> Any:
    """What ``pyagent`` exports, for a module that has this name in smolagents too."""
    public = sys.modules["pyagent"]
    if name in public.__all__:
        return getattr(public, name)
    raise missing_export(module, name, public.__all__, depth=3)


def _is_import(asking: FrameType) -> bool:
    """Whether a frame asks a module for a name because of ``from module import name``.

    Python asks a package in ``_handle_fromlist``, and another module by one instruction.
    """
    code = asking.f_code
    instruction = code.co_code[asking.f_lasti]
    return code.co_name == "_handle_fromlist" or opname[instruction] == "IMPORT_FROM"


def missing_export(module: str, name: str, has: Iterable[str], *, depth: int = 2) -> Exception:
    """The error about a name that ``module`` does not have; ``has`` are the names that it has.

    ``from module import name`` would lose the advice of an ``AttributeError``, so
    it gets an ``ImportError``. ``getattr`` and ``hasattr`` get an ``AttributeError``.
    """
    advice = EXPORTS.get(name, "")
    # 0 is this function, and 1 the __getattr__ that calls it, unless that calls another function.
    if advice and _is_import(sys._getframe(depth)):
        return ImportError(f"{module} has no {name}. {advice}", name=module)
    close = [] if advice or name.startswith("_") else get_close_matches(name, has, 1)
    told = advice or (f"Did you mean {close[0]!r}?" if close else "")
    message = f"module {module!r} has no attribute {name!r}"
    return AttributeError(f"{message}. {told}" if told else message)
