"""A table of how model families write tool calls in text. ``tool_calls`` and ``dialects`` read it.

Servers that do not know a model's template leave its calls in the text of the reply. Each row says
which models write it, where that is published, and how a call begins; ``example`` is a call of
``search`` with the query ``tea``, as the model writes it. A row is one of four kinds:

- ``header``: a pattern before the tool's name, after which the arguments follow as a JSON object;
- ``element``: elements whose parameters are elements too;
- ``python``: a pattern before a call in Python;
- neither: JSON that names the tool itself, so that only ``mark`` is of interest.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyagent.parsing.elements import (
    ARGUMENTS_IN_KEYS,
    FUNCTION_IS,
    FUNCTION_NAMED,
    INVOKE,
    Element,
    tag,
)


@dataclass(frozen=True, kw_only=True)
class Markup:
    """How a family of models writes a call."""

    models: str
    source: str
    example: str
    mark: str = ""
    """What begins a call and hardly anything else; empty if other text may begin like this."""
    header: str = ""
    element: Element | None = None
    python: str = ""


_DEEPSEEK = "[\uff5c|]tool[\u2581_ ]call"
_BEGIN = "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>"
_END = "<\uff5ctool\u2581call\u2581end\uff5c><\uff5ctool\u2581calls\u2581end\uff5c>"
ACTION = r"\*{0,2}Action\*{0,2}:\*{0,2}"
"""The label of an action in the style of ReAct, perhaps in bold."""
_JSON = '{"name": "search", "arguments": {"query": "tea"}}'
_TEA = '{"query": "tea"}'

MARKUPS = (
    Markup(
        models="Hermes, Qwen 2.5 and 3, EXAONE 4, Falcon H1, Granite 4, SmolLM3",
        source="Qwen/Qwen3-8B and NousResearch/Hermes-3-Llama-3.1-8B, chat_template",
        example=f"<tool_call>\n{_JSON}\n</tool_call>",
        mark=tag("tool_calls?"),
    ),
    Markup(
        models="models that mix the two before and after",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"<tool_call>search\n{_TEA}\n</tool_call>",
        header=rf"{tag('tool_call')}",
    ),
    Markup(
        models="Qwen3-Coder, Seed-OSS, Step 3.5, MiMo, Nemotron 3",
        source="Qwen/Qwen3-Coder-30B-A3B-Instruct, chat_template",
        example="<tool_call>\n<function=search>\n<parameter=query>\ntea\n</parameter>\n</function>\n"
        "</tool_call>",
        mark=r"<function=",
        element=FUNCTION_IS,
    ),
    Markup(
        models="Seed-OSS",
        source="ByteDance-Seed/Seed-OSS-36B-Instruct, chat_template",
        example="<seed:tool_call>\n<function=search>\n<parameter=query>tea</parameter>\n</function>\n"
        "</seed:tool_call>",
    ),
    Markup(
        models="Qwen 2 in Qwen-Agent",
        source="QwenLM/Qwen-Agent, qwen_agent/llm/fncall_prompts/qwen_fncall_prompt.py",
        example=f"✿FUNCTION✿: search\n✿ARGS✿: {_TEA}",
        mark="✿(?:FUNCTION|ARGS)✿",
        header="✿FUNCTION✿:",
    ),
    Markup(
        models="Llama 3.1 to 3.3",
        source="meta-llama/Llama-3.1-8B-Instruct, chat_template",
        example='<|python_tag|>{"name": "search", "parameters": {"query": "tea"}}<|eom_id|>',
        mark=r"<\|python_tag\|>",
    ),
    Markup(
        models="Llama 3.1 with custom tools, Functionary 3.1",
        source="MeetKai/functionary, tests/prompt_test_v3-llama3.1.txt",
        example=f"<function=search>{_TEA}</function>",
        header=r"<function=",
    ),
    Markup(
        models="Llama 4",
        source="meta-llama/llama-models, llama4/prompt_format.md",
        example='<|python_start|>[search(query="tea")]<|python_end|>',
        mark=r"<\|python_start\|>",
        python=r"<\|python_start\|>",
    ),
    Markup(
        models="Mistral 7B v0.3, Mistral Small, Nemo",
        source="mistralai/Mistral-7B-Instruct-v0.3, chat_template",
        example=f"[TOOL_CALLS] [{_JSON}]",
        mark=r"\[TOOL_CALLS?\]",
    ),
    Markup(
        models="Mistral Small 3.2, Magistral, Devstral",
        source="mistralai/mistral-common, tokenizer v11",
        example=f"[TOOL_CALLS]search[CALL_ID]a1b2c3d4e[ARGS]{_TEA}",
        header=r"\[TOOL_CALLS\]",
    ),
    Markup(
        models="DeepSeek V3, R1",
        source="deepseek-ai/DeepSeek-V3-0324, chat_template",
        example=f"{_BEGIN}function<\uff5ctool\u2581sep\uff5c>search\n```json\n{_TEA}\n```{_END}",
        mark=rf"<{_DEEPSEEK}",
        header=r"<[\uff5c|]tool[\u2581_ ]sep[\uff5c|]>",
    ),
    Markup(
        models="DeepSeek V3.1",
        source="deepseek-ai/DeepSeek-V3.1, chat_template",
        example=f"{_BEGIN}search<\uff5ctool\u2581sep\uff5c>{_TEA}{_END}",
        header=rf"<{_DEEPSEEK}[\u2581_ ]begin[\uff5c|]>(?!\s*function\s*<)",
    ),
    Markup(
        models="DeepSeek V3.2, V4",
        source="deepseek-ai/DeepSeek-V3.2, encoding/encoding_dsv32.py",
        example='<\uff5cDSML\uff5cfunction_calls>\n<\uff5cDSML\uff5cinvoke name="search">\n'
        '<\uff5cDSML\uff5cparameter name="query" string="true">tea</\uff5cDSML\uff5cparameter>\n'
        "</\uff5cDSML\uff5cinvoke>\n</\uff5cDSML\uff5cfunction_calls>",
        mark=r"<[\uff5c|]{1,2}DSML",
    ),
    Markup(
        models="GLM-4-0414, ChatGLM3",
        source="zai-org/GLM-4-9B-0414, chat_template",
        example=f"<|assistant|>search\n{_TEA}",
        header=r"<\|assistant\|>",
    ),
    Markup(
        models="GLM-4.5 to 5",
        source="zai-org/GLM-4.5, chat_template.jinja",
        example="<tool_call>search\n<arg_key>query</arg_key>\n<arg_value>tea</arg_value>\n</tool_call>",
        mark=tag("arg_(?:key|value)"),
        element=ARGUMENTS_IN_KEYS,
    ),
    Markup(
        models="LongCat",
        source="meituan-longcat/LongCat-Flash-Chat, chat_template",
        example="<longcat_tool_call>search\n<longcat_arg_key>query</longcat_arg_key>\n"
        "<longcat_arg_value>tea</longcat_arg_value>\n</longcat_tool_call>",
    ),
    Markup(
        models="Hunyuan 3",
        source="vllm-project/vllm, hy_v3_tool_parser.py",
        example="<tool_calls:opensource>\n<tool_call:opensource>search<tool_sep:opensource>\n"
        "<arg_key:opensource>query</arg_key:opensource>\n"
        "<arg_value:opensource>tea</arg_value:opensource>\n</tool_call:opensource>\n"
        "</tool_calls:opensource>",
    ),
    Markup(
        models="Kimi K2",
        source="moonshotai/Kimi-K2-Instruct, docs/tool_call_guidance.md",
        example="<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0"
        f"<|tool_call_argument_begin|>{_TEA}<|tool_call_end|><|tool_calls_section_end|>",
        mark=r"<\|tool_calls?(?:_section|_argument)?_begin\|>",
        header=r"<\|tool_call_begin\|>\s*(?:functions\.)?",
    ),
    Markup(
        models="Kimi K2, its tokens dropped",
        source="moonshotai/Kimi-K2-Instruct, docs/tool_call_guidance.md",
        example=f"functions.search:0 {_TEA}",
        mark=r"^functions\.[\w.-]{1,80}:\d",
        header=r"^functions\.(?=[\w.-]{1,80}:\d)",
    ),
    Markup(
        models="MiniMax M1, Hunyuan A13B, Jamba",
        source="MiniMaxAI/MiniMax-M1-80k, docs/function_call_guide.md",
        example=f"<tool_calls>\n{_JSON}\n</tool_calls>",
    ),
    Markup(
        models="Jamba 1.5, Hunyuan A13B",
        source="ai21labs/AI21-Jamba-1.5-Mini, chat_template",
        example=f"<tool_calls>[{_JSON}]</tool_calls>",
    ),
    Markup(
        models="MiniMax M2, Claude",
        source="MiniMaxAI/MiniMax-M2, docs/tool_calling_guide.md",
        example='<minimax:tool_call>\n<invoke name="search">\n'
        '<parameter name="query">tea</parameter>\n</invoke>\n</minimax:tool_call>',
        mark=r"<(?:[\w\uff5c]{1,20}[:\uff5c])?invoke name=",
        header=r"<invoke name=",
        element=INVOKE,
    ),
    Markup(
        models="Step 3",
        source="stepfun-ai/step3, chat_template",
        example="<\uff5ctool_calls_begin\uff5c><\uff5ctool_call_begin\uff5c>function<\uff5ctool_sep\uff5c>"
        '<steptml:invoke name="search"><steptml:parameter name="query">tea</steptml:parameter>'
        "</steptml:invoke><\uff5ctool_call_end\uff5c><\uff5ctool_calls_end\uff5c>",
    ),
    Markup(
        models="Granite 3",
        source="ibm-granite/granite-3.3-8b-instruct, chat_template",
        example=f"<|tool_call|>[{_JSON}]",
        mark=r"<\|/?tool_call\|>",
    ),
    Markup(
        models="Granite 20B function calling",
        source="ibm-granite/granite-20b-functioncalling, README",
        example=f"<function_call> {_JSON}",
        mark=tag("function_calls?"),
    ),
    Markup(
        models="Phi-4-mini",
        source="microsoft/Phi-4-mini-instruct, README; vllm phi4mini_tool_parser.py",
        example=f"functools[{_JSON}]",
        mark=r"\bfunctools\[",
    ),
    Markup(
        models="InternLM 2.5, 3",
        source="InternLM/InternLM, chat/chat_format.md",
        example='<|action_start|><|plugin|>\n{"name": "search", "parameters": {"query": "tea"}}'
        "<|action_end|>",
        mark=r"<\|action_start\|>",
    ),
    Markup(
        models="xLAM, Hammer, and others that write only a list",
        source="Salesforce/xLAM-1b-fc-r, README",
        example=f"```json\n[{_JSON}]\n```",
    ),
    Markup(
        models="Functionary 2",
        source="MeetKai/functionary, functionary/prompt_template/prompt_template_v2.py",
        example=f"<|from|>assistant\n<|recipient|>search\n<|content|>{_TEA}",
        mark=r"<\|recipient\|>(?!\s*all\b)",
        header=r"<\|recipient\|>",
    ),
    Markup(
        models="Functionary 3.2",
        source="MeetKai/functionary, tests/prompt_test_v3.llama3.txt",
        example=f">>>search\n{_TEA}",
        header=r"^>>>",
    ),
    Markup(
        models="Command R, R+",
        source="CohereForAI/c4ai-command-r-plus, chat_template tool_use",
        example='Action: ```json\n[{"tool_name": "search", "parameters": {"query": "tea"}}]\n```',
    ),
    Markup(
        models="Command R7B, Command A",
        source="CohereLabs/c4ai-command-a-03-2025, chat_template",
        example='<|START_ACTION|>[\n{"tool_call_id": "0", "tool_name": "search", '
        '"parameters": {"query": "tea"}}\n]<|END_ACTION|>',
        mark=r"<\|START_ACTION\|>",
    ),
    Markup(
        models="Nemotron Nano 2, Llama Nemotron",
        source="nvidia/NVIDIA-Nemotron-Nano-9B-v2, chat_template",
        example=f"<TOOLCALL>[{_JSON}]</TOOLCALL>",
        mark=r"<TOOLCALL>",
    ),
    Markup(
        models="gpt-oss",
        source="openai/harmony, docs/format.md",
        example="<|channel|>commentary to=functions.search <|constrain|>json<|message|>"
        f"{_TEA}<|call|>",
        mark=r"to=functions\.\w|<\|channel\|>commentary to=\w",
        header=r"(?:(?:commentary|assistant) )?to=functions\.|(?<=\|>)(?:commentary|assistant) to=",
    ),
    Markup(
        models="gpt-oss, no namespace",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"<|channel|>commentary to=search <|constrain|>json<|message|>{_TEA}<|call|>",
    ),
    Markup(
        models="gpt-oss, the recipient first",
        source="openai/harmony, docs/format.md",
        example="<|start|>assistant to=functions.search<|channel|>commentary json<|message|>"
        f"{_TEA}<|call|>",
    ),
    Markup(
        models="Gemma 3",
        source="ai.google.dev/gemma/docs/capabilities/function-calling",
        example='```tool_code\nsearch(query="tea")\n```',
    ),
    Markup(
        models="FunctionGemma",
        source="google/functiongemma-270m-it, chat_template",
        example="<start_function_call>call:search{query:<escape>tea<escape>}<end_function_call>",
        mark=r"<start_function_call>",
        header=r"<start_function_call>\s*call:",
    ),
    Markup(
        models="Gemma 4",
        source="google/gemma-4-E4B-it, chat_template",
        example='<|tool_call>call:search{query:<|"|>tea<|"|>}<tool_call|>',
        mark=r"<\|tool_call>",
        header=r"<\|tool_call>\s*call:",
    ),
    Markup(
        models="OLMo 3",
        source="allenai/Olmo-3-7B-Instruct, chat_template",
        example='<function_calls>\nsearch(query="tea")\n</function_calls>',
        python=tag("function_calls?"),
    ),
    Markup(
        models="ERNIE 4.5, X1",
        source="baidu/ERNIE-4.5-21B-A3B-Thinking, chat_template",
        example=f"<response>\n\n</response>\n\n<tool_call>\n{_JSON}\n</tool_call>\n",
    ),
    Markup(
        models="Apertus",
        source="swiss-ai/Apertus-8B-Instruct-2509, chat_template",
        example='<|tools_prefix|>[{"search": {"query": "tea"}}]<|tools_suffix|>',
        mark=r"<\|tools_prefix\|>",
    ),
    Markup(
        models="LFM2",
        source="LiquidAI/LFM2-1.2B, README",
        example='I search.<|tool_call_start|>[search(query="tea")]<|tool_call_end|>',
        mark=r"<\|tool_call_start\|>",
        python=r"<\|tool_call_start\|>",
    ),
    Markup(
        models="Solar Open",
        source="upstage/Solar-Open-100B, chat_template",
        example="<|tool_calls|><|tool_call:begin|>0<|tool_call:name|>search<|tool_call:args|>"
        f"{_TEA}<|tool_call:end|>",
        mark=r"<\|tool_call:begin\|>",
        header=r"<\|tool_call:name\|>",
    ),
    Markup(
        models="GigaChat 3",
        source="ai-sage/GigaChat3-10B-A1.8B, chat_template",
        example=f"function call<|role_sep|>\n{_JSON}",
        mark=r"function call<\|role_sep\|>|<\|function_call\|>",
    ),
    Markup(
        models="MiniCPM 5",
        source="sgl-project/sglang, minicpm5_detector.py",
        example='<function name="search"><param name="query">tea</param></function>',
        mark=r"<function name=",
        header=r"<function name=",
        element=FUNCTION_NAMED,
    ),
    Markup(
        models="MiroThinker, Cline",
        source="MiroMindAI/MiroThinker, README",
        example="<use_mcp_tool>\n<server_name>web</server_name>\n<tool_name>search</tool_name>\n"
        f"<arguments>\n{_TEA}\n</arguments>\n</use_mcp_tool>",
        mark=r"<use_mcp_tool>",
        header=r"<tool_name>",
    ),
    Markup(
        models="Gorilla",
        source="ShishirPatil/gorilla, openfunctions/README.md",
        example='<<function>>search(query="tea")',
        mark=r"<<function>>",
        python=r"<<function>>",
    ),
    Markup(
        models="NexusRaven",
        source="Nexusflow/NexusRaven-V2-13B, README",
        example="Call: search(query='tea')<bot_end>",
        python=r"^Call: ",
    ),
    Markup(
        models="ToolACE, Llama 3.2, xLAM in Python",
        source="Team-ACE/ToolACE-8B, README",
        example='[search(query="tea")]',
    ),
    Markup(
        models="models prompted as ReAct agents",
        source="arXiv 2210.03629",
        example=f"Thought: I search.\nAction: search\nAction Input: {_TEA}",
        mark=r"^\*{0,2}Action Input\*{0,2}:",
        header=rf"^{ACTION}",
        python=rf"^{ACTION}",
    ),
    Markup(
        models="models prompted as ReAct agents, in bold",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"**Action:** search\n**Action Input:** {_TEA}",
    ),
    Markup(
        models="models that name the tool in an attribute",
        source="tests/support/agents/shapes_of_calls.py",
        example=f'<tool_call name="search">{_TEA}</tool_call>',
        mark=r"<tool_call name=",
        header=r"<tool_call name=",
    ),
    Markup(
        models="models that put the tool and its arguments in tags",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"<tool>search</tool><args>{_TEA}</args>",
        header=r"<tool>(?=[\w.-]{1,99}</tool>\s{0,9}<(?:arg|param|input))",
    ),
)
