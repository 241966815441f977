"""Rows of the table of markups whose parameters are elements."""

from __future__ import annotations

from pyagent.parsing.markups.elements import (
    ARGUMENTS_IN_KEYS,
    ARGUMENTS_IN_TOKENS,
    CALL_OF_TOOL,
    FUNCTION_IS,
    FUNCTION_NAMED,
    INVOKE,
    tag,
)
from pyagent.parsing.markups.markup import Markup


def _dsml(around: str, mark: str) -> str:
    return (
        f'<{mark}{around}>\n<{mark}invoke name="search">\n'
        f'<{mark}parameter name="query" string="true">tea</{mark}parameter>\n'
        f"</{mark}invoke>\n</{mark}{around}>"
    )


_IN_TAGS = '<invoke name="search">\n<parameter name="query">tea</parameter>\n</invoke>'

IN_ELEMENTS = (
    Markup(
        models="Qwen3-Coder, Step 3.5, MiMo, Nemotron 3, OpenHands",
        source="vllm-project/vllm, tests/tool_parsers/test_qwen3coder_tool_parser.py",
        example="<tool_call>\n<function=search>\n<parameter=query>\ntea\n</parameter>\n</function>\n"
        "</tool_call>",
        mark=r"<function=",
        element=FUNCTION_IS,
    ),
    Markup(
        models="Seed-OSS",
        source="vllm-project/vllm, tests/tool_parsers/test_seed_oss_tool_parser.py",
        example="<seed:tool_call>\n<function=search>\n<parameter=query>tea</parameter>\n</function>\n"
        "</seed:tool_call>",
    ),
    Markup(
        models="DeepSeek V3.2",
        source="vllm-project/vllm, tests/tool_parsers/test_deepseekv32_tool_parser.py",
        example=_dsml("function_calls", "\uff5cDSML\uff5c"),
        mark=r"<[\uff5c|]{1,2}DSML",
    ),
    Markup(
        models="DeepSeek V4",
        source="vllm-project/vllm, tests/tool_parsers/test_deepseekv4_tool_parser.py",
        example=_dsml("tool_calls", "\uff5cDSML\uff5c"),
    ),
    Markup(
        models="DeepSeek V4.1",
        source="vllm-project/vllm, tests/tool_parsers/test_structural_tag_registry.py",
        example=_dsml("calls", "\uff5cDSML\uff5c "),
    ),
    Markup(
        models="GLM-4.5 to 5, Laguna, HyperCLOVA X",
        source="vllm-project/vllm, tests/tool_parsers/test_glm47_moe_tool_parser.py, "
        "test_poolside_v1_tool_parser.py",
        example="<tool_call>search\n<arg_key>query</arg_key>\n<arg_value>tea</arg_value>\n</tool_call>",
        mark=tag("arg_(?:key|value)"),
        element=ARGUMENTS_IN_KEYS,
    ),
    Markup(
        models="GLM-4.7, no newlines",
        source="vllm-project/vllm, tests/tool_parsers/test_glm47_moe_tool_parser.py",
        example="<tool_call>search<arg_key>query</arg_key><arg_value>tea</arg_value></tool_call>",
    ),
    Markup(
        models="LongCat 2",
        source="projects that read its replies; its own template was not found",
        example="<longcat_tool_call>search\n<longcat_arg_key>query</longcat_arg_key>\n"
        "<longcat_arg_value>tea</longcat_arg_value>\n</longcat_tool_call>",
    ),
    Markup(
        models="K2 Horizon",
        source="vllm-project/vllm, vllm/tool_parsers/k2_horizon_tool_parser.py",
        example="<ifm|tool_calls><ifm|tool_call>search\n<ifm|arg_key>query</ifm|arg_key>"
        "<ifm|arg_type>string</ifm|arg_type><ifm|arg_value>tea</ifm|arg_value>\n</ifm|tool_call>"
        "</ifm|tool_calls>",
    ),
    Markup(
        models="Hunyuan 3",
        source="vllm-project/vllm, tests/tool_parsers/test_hy_v3_tool_parser.py",
        example="<tool_calls>\n<tool_call>search<tool_sep>\n<arg_key>query</arg_key>\n"
        "<arg_value>tea</arg_value>\n</tool_call>\n</tool_calls>",
    ),
    Markup(
        models="Hunyuan 3, its tokens with a suffix",
        source="vllm-project/vllm, vllm/tool_parsers/hy_v3_tool_parser.py",
        example="<tool_calls:opensource>\n<tool_call:opensource>search<tool_sep:opensource>\n"
        "<arg_key:opensource>query</arg_key:opensource>\n"
        "<arg_value:opensource>tea</arg_value:opensource>\n</tool_call:opensource>\n"
        "</tool_calls:opensource>",
    ),
    Markup(
        models="Kimi K3",
        source="vllm-project/vllm, tests/tool_use/test_kimi_k3_tool_parser.py",
        example='<|open|>tools<|sep|><|open|>call tool="search" index="1"<|sep|>'
        '<|open|>argument key="query" type="string"<|sep|>tea<|close|>argument<|sep|>'
        "<|close|>call<|sep|><|close|>tools<|sep|>",
        mark=r"<call tool=",
        element=CALL_OF_TOOL,
    ),
    Markup(
        models="MiniMax M2",
        source="MiniMax-AI/MiniMax-M2, docs/tool_calling_guide.md",
        example=f"<minimax:tool_call>\n{_IN_TAGS}\n</minimax:tool_call>",
        mark=r"<(?:[\w\uff5c]{1,20}[:\uff5c] ?)?invoke name=",
        header=r"<invoke name=",
        element=INVOKE,
    ),
    Markup(
        models="Claude",
        source="docs.anthropic.com, tool use before the API had tools",
        example=f"<function_calls>\n{_IN_TAGS}\n</function_calls>",
    ),
    Markup(
        models="Muse Glimmer",
        source="sgl-project/sglang, python/sglang/srt/function_call/muse_glimmer_detector.py",
        example='<atem:function_calls>\n<atem:invoke name="search">\n'
        '<atem:parameter name="query">tea</atem:parameter>\n</atem:invoke>\n</atem:function_calls>',
    ),
    Markup(
        models="MiniMax M3",
        source="vllm-project/vllm, tests/tool_parsers/test_minimax_m3_tool_parser.py",
        example=']<]minimax[>[<tool_call>\n]<]minimax[>[<invoke name="search">]<]minimax[>[<query>'
        "tea]<]minimax[>[</query>]<]minimax[>[</invoke>\n]<]minimax[>[</tool_call>",
    ),
    Markup(
        models="Cline, Roo Code, Kilo Code",
        source="cline/cline, src/core/assistant-message/__tests__/parseAssistantMessage.test.ts; "
        "RooCodeInc/Roo-Code, src/core/assistant-message/__tests__/XmlToolCallParser.spec.ts",
        example="<search>\n<query>tea</query>\n</search>",
    ),
    Markup(
        models="Step 3",
        source="vllm-project/vllm, tests/tool_parsers/test_step3_tool_parser.py",
        example="<\uff5ctool_calls_begin\uff5c><\uff5ctool_call_begin\uff5c>function<\uff5ctool_sep\uff5c>"
        '<steptml:invoke name="search"><steptml:parameter name="query">tea</steptml:parameter>'
        "</steptml:invoke><\uff5ctool_call_end\uff5c><\uff5ctool_calls_end\uff5c>",
    ),
    Markup(
        models="Solar Open 2",
        source="vllm-project/vllm, tests/tool_parsers/test_solar_open2_tool_parser.py",
        example="<|tool_call:start|>search\n<|tool_arg:start|>query<|tool_arg:value|>tea"
        "<|tool_arg:end|>\n<|tool_call:end|>",
        mark=r"<\|tool_call:start\|>",
        element=ARGUMENTS_IN_TOKENS,
    ),
    Markup(
        models="GigaChat 3.5",
        source="vllm-project/vllm, vllm/tool_parsers/gigachat35_tool_parser.py",
        example='<\uff5cGCML\uff5ctool_calls>\n<\uff5cGCML\uff5cinvoke name="search">\n'
        '<\uff5cGCML\uff5cparameter name="query" string="true">tea</\uff5cGCML\uff5cparameter>\n'
        "</\uff5cGCML\uff5cinvoke>\n</\uff5cGCML\uff5ctool_calls>",
    ),
    Markup(
        models="MiniCPM 5",
        source="vllm-project/vllm, tests/tool_parsers/test_minicpm5xml_tool_parser.py",
        example='<function name="search"><param name="query">tea</param></function>',
        mark=r"<function name=",
        header=r"<function name=",
        element=FUNCTION_NAMED,
    ),
)
