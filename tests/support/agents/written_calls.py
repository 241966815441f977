"""Writes calls as each family of models writes them, so that tests can read them back.

The published templates and the tests of vLLM, SGLang and llama.cpp say how. ``WRITERS`` has a
function for every row of the table in ``pyagent.parsing.markups``, under the row's ``models``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Calls: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
Writer: TypeAlias = Callable[[Calls], str]

_SEP = "<\uff5ctool\u2581sep\uff5c>"
_BEGIN = "<\uff5ctool\u2581call\u2581begin\uff5c>"
_END = "<\uff5ctool\u2581call\u2581end\uff5c>"
_DEEPSEEK = "<\uff5ctool\u2581calls\u2581begin\uff5c>{}<\uff5ctool\u2581calls\u2581end\uff5c>"
_NAMESPACE = "]<]minimax[>["


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def raw(value: Any) -> str:
    """A value between tags: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else dumped(value)


def as_object(name: str, arguments: Mapping[str, Any], key: str = "arguments") -> str:
    return dumped({"name": name, key: arguments})


def in_python(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def each(
    form: str, *, between: str = "", around: str = "{}", key: str = "arguments", one: str = ""
) -> Writer:
    """A writer that puts every call into ``form`` and all of them into ``around``.

    In ``form``, ``$NAME``, ``$ARGS``, ``$CALL``, ``$CODE``, ``$INDEX`` and ``$PAIRS`` stand for the
    name, the arguments as JSON, both as one object, the call in Python, the number of the call, and
    the arguments one by one. In ``one``, which is the form of an argument, ``$KEY``, ``$RAW`` and
    ``$TYPE`` stand for its parts.
    """

    def write(calls: Calls) -> str:
        written = []
        for index, (name, arguments) in enumerate(calls):
            pairs = [
                _filled(one, KEY=item, RAW=raw(value), TYPE=_type(value))
                for item, value in arguments.items()
            ]
            written.append(
                _filled(
                    form,
                    NAME=name,
                    ARGS=dumped(arguments),
                    CALL=as_object(name, arguments, key),
                    CODE=in_python(name, arguments),
                    INDEX=str(index),
                    PAIRS="".join(pairs),
                )
            )
        return around.replace("{}", between.join(written))

    return write


def _filled(form: str, **parts: str) -> str:
    """``form`` with each ``$WORD`` replaced. What was put in is not looked at again."""
    return re.sub(rf"\$({'|'.join(parts)})", lambda match: parts[match[1]], form)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "number", float: "number", dict: "object", list: "array"}
    return kinds.get(type(value), "null")


def _escaped(value: Any, quote: str) -> str:
    """A value in the notation of Gemma, whose strings stand between tokens."""
    if isinstance(value, str):
        return f"{quote}{value}{quote}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_escaped(item, quote)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_escaped(item, quote) for item in value) + "]"
    return dumped(value)


def _gemma(begin: str, end: str, quote: str) -> Writer:
    def write(calls: Calls) -> str:
        return "".join(
            f"{begin}call:{name}{_escaped(dict(arguments), quote)}{end}"
            for name, arguments in calls
        )

    return write


def _elements(value: Any, before: str) -> str:
    """A value in elements that have the names of its keys, as MiniMax M3 writes it."""
    if isinstance(value, dict):
        return "".join(
            f"{before}<{key}>{_elements(item, before)}{before}</{key}>"
            for key, item in value.items()
        )
    if isinstance(value, list):
        return "".join(f"{before}<item>{_elements(item, before)}{before}</item>" for item in value)
    return raw(value)


def _minimax_m3(calls: Calls) -> str:
    ns = _NAMESPACE
    written = "\n".join(
        f'{ns}<invoke name="{name}">{_elements(dict(arguments), ns)}{ns}</invoke>'
        for name, arguments in calls
    )
    return f"{ns}<tool_call>\n{written}\n{ns}</tool_call>"


def _functionary(calls: Calls) -> str:
    return (
        "\n".join(
            f"<|from|>assistant\n<|recipient|>{name}\n<|content|>{dumped(arguments)}"
            for name, arguments in calls
        )
        + "<|stop|>"
    )


def _command(calls: Calls) -> str:
    listed = [{"tool_name": name, "parameters": dict(given)} for name, given in calls]
    return f"Action: ```json\n{json.dumps(listed, indent=4, ensure_ascii=False)}\n```"


def _command_a(calls: Calls) -> str:
    listed = [
        dumped({"tool_call_id": str(i), "tool_name": name, "parameters": dict(given)})
        for i, (name, given) in enumerate(calls)
    ]
    return "<|START_ACTION|>[\n    " + ",\n    ".join(listed) + "\n]<|END_ACTION|>"


def _apertus(calls: Calls) -> str:
    return f"<|tools_prefix|>{dumped([{name: given} for name, given in calls])}<|tools_suffix|>"


def _inkling(calls: Calls) -> str:
    return "".join(
        f"<|message_model|>{name}<|content_invoke_tool_json|>{as_object(name, given, 'args')}"
        "<|end_message|>"
        for name, given in calls
    )


_QWEN = "<function=$NAME>\n$PAIRS</function>"
_KEYS = "<arg_key>$KEY</arg_key>\n<arg_value>$RAW</arg_value>\n"
_INVOKE = '<invoke name="$NAME">\n$PAIRS</invoke>\n'
_PARAMETER = '<parameter name="$KEY">$RAW</parameter>\n'
_LIST = each("$CALL", between=", ", around="[{}]")


def _dsml(around: str, space: str = "") -> Writer:
    mark = "\uff5cDSML\uff5c" + space

    def write(calls: Calls) -> str:
        written = ""
        for name, arguments in calls:
            written += f'<{mark}invoke name="{name}">\n'
            for key, value in arguments.items():
                is_text = str(isinstance(value, str)).lower()
                written += f'<{mark}parameter name="{key}" string="{is_text}">{raw(value)}'
                written += f"</{mark}parameter>\n"
            written += f"</{mark}invoke>\n"
        return f"<{mark}{around}>\n{written}</{mark}{around}>"

    return write


WRITERS: dict[str, Writer] = {
    "Hermes, Qwen 2.5 and 3, EXAONE 4, Falcon H1, Granite 4, SmolLM3": each(
        "<tool_call>\n$CALL\n</tool_call>", between="\n"
    ),
    "models that mix the two before and after": each(
        "<tool_call>$NAME\n$ARGS\n</tool_call>", between="\n"
    ),
    "Step-Audio 2": each("<tool_call>function\n$NAME\n$ARGS</tool_call>"),
    "Qwen3-Coder, Step 3.5, MiMo, Nemotron 3, OpenHands": each(
        f"<tool_call>\n{_QWEN}\n</tool_call>",
        between="\n",
        one="<parameter=$KEY>\n$RAW\n</parameter>\n",
    ),
    "Seed-OSS": each(
        f"<seed:tool_call>\n{_QWEN}\n</seed:tool_call>",
        between="\n",
        one="<parameter=$KEY>$RAW</parameter>\n",
    ),
    "Qwen 2 in Qwen-Agent": each("✿FUNCTION✿: $NAME\n✿ARGS✿: $ARGS", between="\n"),
    "Llama 3.1 to 3.3": each("$CALL", between="; ", around="<|python_tag|>{}", key="parameters"),
    "Llama 3.1 with custom tools, Functionary 3.1": each("<function=$NAME>$ARGS</function>"),
    "Llama 4": each("$CODE", between=", ", around="<|python_start|>[{}]<|python_end|>"),
    "Mistral 7B v0.3, Mistral Small, Nemo": each("$CALL", between=", ", around="[TOOL_CALLS] [{}]"),
    "Mistral Small 3.2, Magistral, Devstral": each("[TOOL_CALLS]$NAME[ARGS]$ARGS"),
    "Mistral Small 3.2, its tokens dropped": each("[TOOL_CALLS]$NAME$ARGS"),
    "DeepSeek V3, R1": each(
        f"{_BEGIN}function{_SEP}$NAME\n```json\n$ARGS\n```{_END}", between="\n", around=_DEEPSEEK
    ),
    "DeepSeek V3.1": each(f"{_BEGIN}$NAME{_SEP}$ARGS{_END}", around=_DEEPSEEK),
    "DeepSeek V3.2": _dsml("function_calls"),
    "DeepSeek V4": _dsml("tool_calls"),
    "DeepSeek V4.1": _dsml("calls", " "),
    "GLM-4-0414, ChatGLM3": each("<|assistant|>$NAME\n$ARGS"),
    "GLM-4.5 to 5, Laguna, HyperCLOVA X": each(
        "<tool_call>$NAME\n$PAIRS</tool_call>", between="\n", one=_KEYS
    ),
    "GLM-4.7, no newlines": each(
        "<tool_call>$NAME$PAIRS</tool_call>",
        one="<arg_key>$KEY</arg_key><arg_value>$RAW</arg_value>",
    ),
    "LongCat Flash": each("<longcat_tool_call>\n$CALL\n</longcat_tool_call>"),
    "LongCat 2": each(
        "<longcat_tool_call>$NAME\n$PAIRS</longcat_tool_call>",
        between="\n",
        one="<longcat_arg_key>$KEY</longcat_arg_key>\n<longcat_arg_value>$RAW</longcat_arg_value>\n",
    ),
    "K2 Horizon": each(
        "<ifm|tool_call>$NAME\n$PAIRS</ifm|tool_call>",
        around="<ifm|tool_calls>{}</ifm|tool_calls>",
        one="<ifm|arg_key>$KEY</ifm|arg_key><ifm|arg_type>$TYPE</ifm|arg_type>"
        "<ifm|arg_value>$RAW</ifm|arg_value>\n",
    ),
    "Hunyuan 3": each(
        "<tool_call>$NAME<tool_sep>\n$PAIRS</tool_call>\n",
        around="<tool_calls>\n{}</tool_calls>",
        one=_KEYS,
    ),
    "Hunyuan 3, its tokens with a suffix": each(
        "<tool_call:opensource>$NAME<tool_sep:opensource>\n$PAIRS</tool_call:opensource>\n",
        around="<tool_calls:opensource>\n{}</tool_calls:opensource>",
        one="<arg_key:opensource>$KEY</arg_key:opensource>\n"
        "<arg_value:opensource>$RAW</arg_value:opensource>\n",
    ),
    "Kimi K2": each(
        "<|tool_call_begin|>functions.$NAME:$INDEX<|tool_call_argument_begin|>$ARGS<|tool_call_end|>",
        around="<|tool_calls_section_begin|>{}<|tool_calls_section_end|>",
    ),
    "Kimi K2, its tokens dropped": each("functions.$NAME:$INDEX $ARGS", between="\n"),
    "Kimi K3": each(
        '<|open|>call tool="$NAME" index="$INDEX"<|sep|>$PAIRS<|close|>call<|sep|>',
        around="<|open|>tools<|sep|>{}<|close|>tools<|sep|>",
        one='<|open|>argument key="$KEY" type="$TYPE"<|sep|>$RAW<|close|>argument<|sep|>',
    ),
    "MiniMax M1": each("$CALL", between="\n", around="<tool_calls>\n{}\n</tool_calls>"),
    "Jamba 1.5, Hunyuan A13B, Apriel": each(
        "    $CALL", between=",\n", around="<tool_calls>[\n{}\n]</tool_calls>"
    ),
    "MiniMax M2": each(
        _INVOKE, around="<minimax:tool_call>\n{}</minimax:tool_call>", one=_PARAMETER
    ),
    "Claude": each(_INVOKE, around="<function_calls>\n{}</function_calls>", one=_PARAMETER),
    "Muse Glimmer": each(
        '<atem:invoke name="$NAME">\n$PAIRS</atem:invoke>\n',
        around="<atem:function_calls>\n{}</atem:function_calls>",
        one='<atem:parameter name="$KEY">$RAW</atem:parameter>\n',
    ),
    "MiniMax M3": _minimax_m3,
    "Step 3": each(
        "<\uff5ctool_call_begin\uff5c>function<\uff5ctool_sep\uff5c>"
        '<steptml:invoke name="$NAME">$PAIRS</steptml:invoke><\uff5ctool_call_end\uff5c>',
        around="<\uff5ctool_calls_begin\uff5c>{}<\uff5ctool_calls_end\uff5c>",
        one='<steptml:parameter name="$KEY">$RAW</steptml:parameter>',
    ),
    "Granite 3": each("$CALL", between=", ", around="<|tool_call|>[{}]"),
    "Granite 20B function calling": each("<function_call> $CALL", between="\n"),
    "Phi-4-mini": each("$CALL", between=", ", around="functools[{}]"),
    "InternLM 2.5, 3, Intern-S1": each(
        "<|action_start|><|plugin|>\n$CALL<|action_end|>", key="parameters"
    ),
    "openPangu": each("$CALL", between=", ", around="[unused11][{}][unused12]"),
    "xLAM, Hammer, and others that write only a list": _LIST,
    "RWKV 7": each("**Tool Call:**\n```json\n$CALL\n```", between="\n"),
    "Functionary 2": _functionary,
    "Functionary 3.2": each(">>>$NAME\n$ARGS"),
    "Command R, R+": _command,
    "Command R7B, Command A": _command_a,
    "Nemotron Nano 2, Llama Nemotron": each(
        "$CALL", between=", ", around="<TOOLCALL>[{}]</TOOLCALL>"
    ),
    "gpt-oss": each(
        "<|channel|>commentary to=functions.$NAME <|constrain|>json<|message|>$ARGS<|call|>"
    ),
    "gpt-oss, no namespace": each(
        "<|channel|>commentary to=$NAME <|constrain|>json<|message|>$ARGS<|call|>"
    ),
    "gpt-oss, the recipient first": each(
        "<|start|>assistant to=functions.$NAME<|channel|>commentary json<|message|>$ARGS<|call|>"
    ),
    "Inkling": _inkling,
    "Gemma 3": each("$CODE", between="\n", around="```tool_code\n{}\n```"),
    "FunctionGemma": _gemma("<start_function_call>", "<end_function_call>", "<escape>"),
    "Gemma 4": _gemma("<|tool_call>", "<tool_call|>", '<|"|>'),
    "OLMo 3": each("$CODE", between="\n", around="<function_calls>{}</function_calls>"),
    "ERNIE 4.5, X1": each("<tool_call>\n$CALL\n</tool_call>\n"),
    "Apertus": _apertus,
    "LFM2": each("$CODE", between=", ", around="<|tool_call_start|>[{}]<|tool_call_end|>"),
    "Solar Open": each(
        "<|tool_call:begin|>a1b2c3d4$INDEX<|tool_call:name|>$NAME<|tool_call:args|>$ARGS"
        "<|tool_call:end|>",
        around="<|tool_calls|>{}<|calls|>",
    ),
    "Solar Open 2": each(
        "<|tool_call:start|>$NAME\n$PAIRS<|tool_call:end|>",
        between="\n",
        one="<|tool_arg:start|>$KEY<|tool_arg:value|>$RAW<|tool_arg:end|>\n",
    ),
    "PLaMo 3": each(
        "<|plamo:begin_tool_request:plamo|><|plamo:begin_tool_name:plamo|>$NAME"
        "<|plamo:end_tool_name:plamo|><|plamo:begin_tool_arguments:plamo|>$ARGS"
        "<|plamo:end_tool_arguments:plamo|><|plamo:end_tool_request:plamo|>",
        around="<|plamo:begin_tool_requests:plamo|>{}<|plamo:end_tool_requests:plamo|>",
    ),
    "GigaChat 3": each("<|message_sep|>\n\nfunction call<|role_sep|>\n$CALL"),
    "GigaChat 3.1": each("<|function_call|>$CALL"),
    "GigaChat 3.5": each(
        '<\uff5cGCML\uff5cinvoke name="$NAME">\n$PAIRS</\uff5cGCML\uff5cinvoke>\n',
        around="<\uff5cGCML\uff5ctool_calls>\n{}</\uff5cGCML\uff5ctool_calls>",
        one='<\uff5cGCML\uff5cparameter name="$KEY">$RAW</\uff5cGCML\uff5cparameter>\n',
    ),
    "MiniCPM 5": each(
        '<function name="$NAME">$PAIRS</function>',
        between="\n",
        one='<param name="$KEY">$RAW</param>',
    ),
    "MiroThinker, Cline and Roo for MCP": each(
        "<use_mcp_tool>\n<server_name>web</server_name>\n<tool_name>$NAME</tool_name>\n"
        "<arguments>\n$ARGS\n</arguments>\n</use_mcp_tool>",
        between="\n",
    ),
    "Cline, Roo Code, Kilo Code": each(
        "<$NAME>\n$PAIRS</$NAME>", between="\n", one="<$KEY>$RAW</$KEY>\n"
    ),
    "Gorilla": each("<<function>>$CODE", between=", "),
    "NexusRaven": each("$CODE", between="; ", around="Call: {}<bot_end>"),
    "ToolACE, Llama 3.2, Gemma 3, xLAM in Python": each("$CODE", between=", ", around="[{}]"),
    "Granite 3.3 and 4 in Python": each("$CODE", between="\n"),
    "models prompted as ReAct agents": each("Action: $NAME\nAction Input: $ARGS", between="\n"),
    "models prompted as ReAct agents, in bold": each(
        "**Action:** $NAME\n**Action Input:** $ARGS", between="\n"
    ),
    "models that name the tool in an attribute": each(
        '<tool_call name="$NAME">$ARGS</tool_call>', between="\n"
    ),
    "models that put the tool and its arguments in tags": each(
        "<tool>$NAME</tool><args>$ARGS</args>", between="\n"
    ),
}
