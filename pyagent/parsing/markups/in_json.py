"""Rows of the table of markups whose arguments are JSON."""

from __future__ import annotations

from pyagent.parsing.markups.elements import tag
from pyagent.parsing.markups.markup import ACTION, JSON, TEA, Markup

_DEEPSEEK = "[\uff5c|]tool[\u2581_ ]call"
_BEGIN = "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>"
_END = "<\uff5ctool\u2581call\u2581end\uff5c><\uff5ctool\u2581calls\u2581end\uff5c>"
_PLAMO = "<|plamo:{}:plamo|>"

IN_JSON = (
    Markup(
        models="Hermes, Qwen 2.5 and 3, EXAONE 4, Falcon H1, Granite 4, SmolLM3",
        source="vllm-project/vllm, tests/tool_parsers/test_hermes_tool_parser.py, "
        "test_granite4_tool_parser.py",
        example=f"<tool_call>\n{JSON}\n</tool_call>",
        mark=tag("tool_calls?"),
    ),
    Markup(
        models="ERNIE 4.5, X1",
        source="vllm-project/vllm, tests/tool_parsers/test_ernie45_moe_tool_parser.py",
        example=f"<response>\n\n</response>\n\n<tool_call>\n{JSON}\n</tool_call>\n",
    ),
    Markup(
        models="LongCat Flash",
        source="vllm-project/vllm, tests/tool_parsers/test_longcat_tool_parser.py",
        example=f"<longcat_tool_call>\n{JSON}\n</longcat_tool_call>",
    ),
    Markup(
        models="Step-Audio 2",
        source="vllm-project/vllm, vllm/tool_parsers/step_audio_2_tool_parser.py",
        example=f"<tool_call>function\nsearch\n{TEA}</tool_call>",
        header=rf"{tag('tool_call')}\s{{0,9}}function\n",
    ),
    Markup(
        models="models that mix the two before and after",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"<tool_call>search\n{TEA}\n</tool_call>",
        header=rf"{tag('tool_call')}",
    ),
    Markup(
        models="Qwen 2 in Qwen-Agent",
        source="QwenLM/Qwen-Agent, qwen_agent/llm/fncall_prompts/qwen_fncall_prompt.py",
        example=f"✿FUNCTION✿: search\n✿ARGS✿: {TEA}",
        mark="✿(?:FUNCTION|ARGS)✿",
        header="✿FUNCTION✿:",
    ),
    Markup(
        models="Llama 3.1 to 3.3",
        source="vllm-project/vllm, tests/tool_parsers/test_llama3_json_tool_parser.py",
        example='<|python_tag|>{"name": "search", "parameters": {"query": "tea"}}<|eom_id|>',
        mark=r"<\|python_tag\|>",
    ),
    Markup(
        models="Llama 3.1 with custom tools, Functionary 3.1",
        source="MeetKai/functionary, tests/prompt_test_v3-llama3.1.txt",
        example=f"<function=search>{TEA}</function>",
        header=r"<function=",
    ),
    Markup(
        models="Mistral 7B v0.3, Mistral Small, Nemo",
        source="vllm-project/vllm, tests/tool_parsers/test_mistral_tool_parser.py",
        example=f"[TOOL_CALLS] [{JSON}]",
        mark=r"\[TOOL_CALLS?\]",
    ),
    Markup(
        models="Mistral Small 3.2, Magistral, Devstral",
        source="mistralai/mistral-common, tokenizer v11",
        example=f"[TOOL_CALLS]search[CALL_ID]a1b2c3d4e[ARGS]{TEA}",
        header=r"\[TOOL_CALLS?\]|^(?=[\w.-]{1,99}\[ARGS\])",
    ),
    Markup(
        models="Mistral Small 3.2, its tokens dropped",
        source="vllm-project/vllm, tests/tool_parsers/test_mistral_tool_parser.py",
        example=f"[TOOL_CALLS]search{TEA}",
    ),
    Markup(
        models="DeepSeek V3, R1",
        source="vllm-project/vllm, tests/tool_parsers/test_deepseekv3_tool_parser.py",
        example=f"{_BEGIN}function<\uff5ctool\u2581sep\uff5c>search\n```json\n{TEA}\n```{_END}",
        mark=rf"<{_DEEPSEEK}",
        header=r"<[\uff5c|]tool[\u2581_ ]sep[\uff5c|]>",
    ),
    Markup(
        models="DeepSeek V3.1",
        source="vllm-project/vllm, tests/tool_parsers/test_deepseekv31_tool_parser.py",
        example=f"{_BEGIN}search<\uff5ctool\u2581sep\uff5c>{TEA}{_END}",
        header=rf"<{_DEEPSEEK}[\u2581_ ]begin[\uff5c|]>(?!\s*function\s*<)",
    ),
    Markup(
        models="GLM-4-0414, ChatGLM3",
        source="THUDM/GLM-4, inference/glm_server.py",
        example=f"<|assistant|>search\n{TEA}",
        header=r"<\|assistant\|>",
    ),
    Markup(
        models="Kimi K2",
        source="MoonshotAI/Kimi-K2, docs/tool_call_guidance.md",
        example="<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0"
        f"<|tool_call_argument_begin|>{TEA}<|tool_call_end|><|tool_calls_section_end|>",
        mark=r"<\|tool_calls?(?:_section|_argument)?_begin\|>",
        header=r"<\|tool_call_begin\|>\s*(?:functions\.)?",
    ),
    Markup(
        models="Kimi K2, its tokens dropped",
        source="MoonshotAI/Kimi-K2, docs/tool_call_guidance.md",
        example=f"functions.search:0 {TEA}",
        mark=r"^functions\.[\w.-]{1,80}:\d",
        header=r"^functions\.(?=[\w.-]{1,80}:\d)",
    ),
    Markup(
        models="MiniMax M1",
        source="MiniMax-AI/MiniMax-M1, docs/function_call_guide.md",
        example=f"<tool_calls>\n{JSON}\n</tool_calls>",
    ),
    Markup(
        models="Jamba 1.5, Hunyuan A13B, Apriel",
        source="vllm-project/vllm, tests/tool_parsers/test_jamba_tool_parser.py, "
        "test_hunyuan_a13b_tool_parser.py",
        example=f"<tool_calls>[{JSON}]</tool_calls>",
    ),
    Markup(
        models="Granite 3",
        source="vllm-project/vllm, tests/tool_parsers/test_granite_tool_parser.py",
        example=f"<|tool_call|>[{JSON}]",
        mark=r"<\|/?tool_call\|>",
    ),
    Markup(
        models="Granite 20B function calling",
        source="vllm-project/vllm, tests/tool_parsers/test_granite_20b_fc_tool_parser.py",
        example=f"<function_call> {JSON}",
        mark=tag("function_calls?"),
    ),
    Markup(
        models="Phi-4-mini",
        source="vllm-project/vllm, tests/tool_parsers/test_phi4mini_tool_parser.py",
        example=f"functools[{JSON}]",
        mark=r"\bfunctools\[",
    ),
    Markup(
        models="InternLM 2.5, 3, Intern-S1",
        source="InternLM/InternLM, chat/chat_format.md",
        example='<|action_start|><|plugin|>\n{"name": "search", "parameters": {"query": "tea"}}'
        "<|action_end|>",
        mark=r"<\|action_start\|>",
    ),
    Markup(
        models="openPangu",
        source="vllm-project/vllm, vllm/tool_parsers/pangu_tool_parser.py",
        example=f"[unused11][{JSON}][unused12]",
        mark=r"\[unused11\]",
    ),
    Markup(
        models="xLAM, Hammer, and others that write only a list",
        source="vllm-project/vllm, tests/tool_parsers/test_xlam_tool_parser.py",
        example=f"```json\n[{JSON}]\n```",
    ),
    Markup(
        models="RWKV 7",
        source="vllm-project/vllm, vllm/tool_parsers/rwkv_tool_parser.py",
        example=f"**Tool Call:**\n```json\n{JSON}\n```",
    ),
    Markup(
        models="Functionary 2",
        source="MeetKai/functionary, tests/prompt_test_v2.txt",
        example=f"<|from|>assistant\n<|recipient|>search\n<|content|>{TEA}",
        mark=r"<\|recipient\|>(?!\s*all\b)",
        header=r"<\|recipient\|>",
    ),
    Markup(
        models="Functionary 3.2",
        source="MeetKai/functionary, tests/prompt_test_v3.llama3.txt",
        example=f">>>search\n{TEA}",
        header=r">>>(?!all\n)(?=[\w.-]{1,99}\n)",
    ),
    Markup(
        models="Command R, R+",
        source="vllm-project/vllm, examples/command_r_tool_chat_template.jinja",
        example='Action: ```json\n[{"tool_name": "search", "parameters": {"query": "tea"}}]\n```',
    ),
    Markup(
        models="Command R7B, Command A",
        source="vllm-project/vllm, tests/tool_parsers/test_cohere_command_tool_parser.py",
        example='<|START_ACTION|>[\n{"tool_call_id": "0", "tool_name": "search", '
        '"parameters": {"query": "tea"}}\n]<|END_ACTION|>',
        mark=r"<\|START_ACTION\|>",
    ),
    Markup(
        models="Nemotron Nano 2, Llama Nemotron",
        source="vllm-project/vllm, examples/tool_chat_template_nemotron_nano_v2.jinja",
        example=f"<TOOLCALL>[{JSON}]</TOOLCALL>",
        mark=r"<TOOLCALL>",
    ),
    Markup(
        models="gpt-oss",
        source="openai/harmony, docs/format.md",
        example="<|channel|>commentary to=functions.search <|constrain|>json<|message|>"
        f"{TEA}<|call|>",
        mark=r"to=functions\.\w|<\|channel\|>commentary to=\w",
        header=r"(?:(?:commentary|assistant) )?to=functions\.|(?<=\|>)(?:commentary|assistant) to=",
    ),
    Markup(
        models="gpt-oss, no namespace",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"<|channel|>commentary to=search <|constrain|>json<|message|>{TEA}<|call|>",
    ),
    Markup(
        models="gpt-oss, the recipient first",
        source="openai/harmony, docs/format.md",
        example="<|start|>assistant to=functions.search<|channel|>commentary json<|message|>"
        f"{TEA}<|call|>",
    ),
    Markup(
        models="Inkling",
        source="sgl-project/sglang, python/sglang/srt/function_call/inkling_detector.py",
        example="<|message_model|>search<|content_invoke_tool_json|>"
        '{"name": "search", "args": {"query": "tea"}}<|end_message|>',
        mark=r"<\|content_invoke_tool_json\|>",
    ),
    Markup(
        models="FunctionGemma",
        source="vllm-project/vllm, tests/tool_parsers/test_functiongemma_tool_parser.py",
        example="<start_function_call>call:search{query:<escape>tea<escape>}<end_function_call>",
        mark=r"<start_function_call>",
        header=r"<start_function_call>\s*call:",
    ),
    Markup(
        models="Gemma 4",
        source="vllm-project/vllm, tests/tool_parsers/test_gemma4_tool_parser.py",
        example='<|tool_call>call:search{query:<|"|>tea<|"|>}<tool_call|>',
        mark=r"<\|tool_call>",
        header=r"<\|tool_call>\s*call:",
    ),
    Markup(
        models="Apertus",
        source="vllm-project/vllm, tests/tool_parsers/test_apertus_tool_parser.py",
        example='<|tools_prefix|>[{"search": {"query": "tea"}}]<|tools_suffix|>',
        mark=r"<\|tools_prefix\|>",
    ),
    Markup(
        models="Solar Open",
        source="upstage/Solar-Open-100B, chat_template",
        example="<|tool_calls|><|tool_call:begin|>0<|tool_call:name|>search<|tool_call:args|>"
        f"{TEA}<|tool_call:end|>",
        mark=r"<\|tool_call:begin\|>",
        header=r"<\|tool_call:name\|>",
    ),
    Markup(
        models="PLaMo 3",
        source="vllm-project/vllm, vllm/tool_parsers/plamo3_tool_parser.py",
        example=_PLAMO.format("begin_tool_requests")
        + _PLAMO.format("begin_tool_request")
        + _PLAMO.format("begin_tool_name")
        + "search"
        + _PLAMO.format("end_tool_name")
        + _PLAMO.format("begin_tool_arguments")
        + TEA
        + _PLAMO.format("end_tool_arguments"),
        mark=r"<\|plamo:begin_tool_",
        header=r"<\|plamo:begin_tool_name:plamo\|>",
    ),
    Markup(
        models="GigaChat 3",
        source="vllm-project/vllm, tests/tool_parsers/test_gigachat3_tool_parser.py",
        example=f"function call<|role_sep|>\n{JSON}",
        mark=r"function call<\|role_sep\|>|<\|function_call\|>",
    ),
    Markup(
        models="GigaChat 3.1",
        source="vllm-project/vllm, tests/tool_parsers/test_gigachat3_tool_parser.py",
        example=f"<|function_call|>{JSON}",
    ),
    Markup(
        models="MiroThinker, Cline and Roo for MCP",
        source="ggml-org/llama.cpp, models/templates/MiroThinker-v1.jinja",
        example="<use_mcp_tool>\n<server_name>web</server_name>\n<tool_name>search</tool_name>\n"
        f"<arguments>\n{TEA}\n</arguments>\n</use_mcp_tool>",
        mark=r"<use_mcp_tool>",
        header=r"<tool_name>",
    ),
    Markup(
        models="models prompted as ReAct agents",
        source="arXiv 2210.03629",
        example=f"Thought: I search.\nAction: search\nAction Input: {TEA}",
        mark=r"^\*{0,2}Action Input\*{0,2}:",
        header=rf"^{ACTION}",
        python=rf"^{ACTION}",
    ),
    Markup(
        models="models prompted as ReAct agents, in bold",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"**Action:** search\n**Action Input:** {TEA}",
    ),
    Markup(
        models="models that name the tool in an attribute",
        source="tests/support/agents/shapes_of_calls.py",
        example=f'<tool_call name="search">{TEA}</tool_call>',
        mark=r"<tool_call name=",
        header=r"<tool_call name=",
    ),
    Markup(
        models="models that put the tool and its arguments in tags",
        source="tests/support/agents/shapes_of_calls.py",
        example=f"<tool>search</tool><args>{TEA}</args>",
        header=r"<tool>(?=[\w.-]{1,99}</tool>\s{0,9}<(?:arg|param|input))",
    ),
)
