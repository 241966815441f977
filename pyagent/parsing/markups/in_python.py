"""Rows of the table of markups whose calls are Python."""

from __future__ import annotations

from pyagent.parsing.markups.elements import tag
from pyagent.parsing.markups.markup import Markup

IN_PYTHON = (
    Markup(
        models="Llama 4",
        source="vllm-project/vllm, tests/tool_parsers/test_llama4_pythonic_tool_parser.py",
        example='<|python_start|>[search(query="tea")]<|python_end|>',
        mark=r"<\|python_start\|>",
        python=r"<\|python_start\|>",
    ),
    Markup(
        models="Gemma 3",
        source="ai.google.dev/gemma/docs/capabilities/function-calling",
        example='```tool_code\nsearch(query="tea")\n```',
    ),
    Markup(
        models="OLMo 3",
        source="vllm-project/vllm, tests/tool_parsers/test_olmo3_tool_parser.py",
        example='<function_calls>\nsearch(query="tea")\n</function_calls>',
        python=tag("function_calls?"),
    ),
    Markup(
        models="LFM2",
        source="vllm-project/vllm, tests/tool_parsers/test_lfm2_tool_parser.py",
        example='I search.<|tool_call_start|>[search(query="tea")]<|tool_call_end|>',
        mark=r"<\|tool_call_start\|>",
        python=r"<\|tool_call_start\|>",
    ),
    Markup(
        models="Gorilla",
        source="ShishirPatil/gorilla, openfunctions/openfunctions_utils.py",
        example='<<function>>search(query="tea")',
        mark=r"<<function>>",
        python=r"<<function>>",
    ),
    Markup(
        models="NexusRaven",
        source="nexusflowai/NexusRaven-V2, README.md",
        example="Call: search(query='tea')<bot_end>",
        python=r"^Call: ",
    ),
    Markup(
        models="ToolACE, Llama 3.2, Gemma 3, xLAM in Python",
        source="vllm-project/vllm, examples/tool_chat_template_toolace.jinja, "
        "tool_chat_template_gemma3_pythonic.jinja",
        example='[search(query="tea")]',
    ),
    Markup(
        models="Granite 3.3 and 4 in Python",
        source="vllm-project/vllm, vllm/tool_parsers/granite_pythonic_tool_parser.py",
        example='search(query="tea")',
    ),
)
