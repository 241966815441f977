"""A table of replies that models without native calls really send to a ``ToolCallingAgent``.

``test_shapes`` runs them through the public API.
"""

from __future__ import annotations

import json

_TWICE = '{"name": "double", "arguments": {"n": 7}}'
_CHANNEL = "<|channel|>analysis<|message|>I double it.<|end|><|start|>assistant"
_DEEPSEEK = (
    "<\uff5ctool▁calls▁begin\uff5c><\uff5ctool▁call▁begin\uff5c>function<\uff5ctool▁sep\uff5c>"
)

CALLING = {
    "bare": _TWICE,
    "a fence": f"I double it.\n```json\n{_TWICE}\n```",
    "a fence without a language": f"```\n{_TWICE}\n```",
    "a fence closed on the line": f"```json\n{_TWICE}```",
    "a fence without an end": f"```json\n{_TWICE}",
    "a fence opened after words": f"I call: ```json\n{_TWICE}\n```",
    "a fence in a list": f"- ```json\n  {_TWICE}\n  ```",
    "words around": f"First:\n{_TWICE}\nThen I look.",
    "windows newlines": f"```json\r\n{_TWICE}\r\n```\r\n",
    "a byte order mark": f"\ufeff{_TWICE}",
    "colours": f"\x1b[32m{_TWICE}\x1b[0m",
    "thoughts (DeepSeek R1)": f"<think>I call {_TWICE.replace('7', '0')}</think>\n{_TWICE}",
    "thoughts without end": f"<think>I double it.\n{_TWICE}",
    "thoughts, only their end": f"I call it.</think>{_TWICE}",
    "Qwen": f"<tool_call>\n{_TWICE}\n</tool_call>",
    "Qwen, without an end": f"<tool_call>\n{_TWICE}",
    "Qwen, a template's end": f"<tool_call>\n{_TWICE}\n</tool_call><|im_end|>",
    "Qwen coder": (
        "<tool_call>\n<function=double>\n<parameter=n>\n7\n</parameter>\n</function>\n</tool_call>"
    ),
    "Claude": (
        '<function_calls>\n<invoke name="double">\n<parameter name="n">7</parameter>\n</invoke>\n'
        "</function_calls>"
    ),
    "Llama": '<|python_tag|>{"name": "double", "parameters": {"n": 7}}<|eom_id|>',
    "Llama, its own tools": "<|python_tag|>double.call(n=7)<|eom_id|>",
    "Llama, a function": '<function=double>{"n": 7}</function>',
    "Llama, in Python": "[double(n=7)]",
    "Gemma": "```tool_code\nprint(double(n=7))\n```",
    "Mistral": f"[TOOL_CALLS] [{_TWICE}]",
    "Mistral, newer": '[TOOL_CALLS]double[ARGS]{"n": 7}',
    "Phi": f"<|tool_call|>[{_TWICE}]<|/tool_call|>",
    "Hermes": f"<tool_call>{_TWICE}</tool_call>",
    "Granite": f"<|tool_call|>[{_TWICE}]",
    "DeepSeek": f'{_DEEPSEEK}double\n```json\n{{"n": 7}}\n```<\uff5ctool▁call▁end\uff5c>',
    "gpt-oss": (
        f"{_CHANNEL}<|channel|>commentary to=functions.double <|constrain|>json<|message|>"
        '{"n": 7}<|call|>'
    ),
    "ReAct": 'Thought: I double it.\nAction: double\nAction Input: {"n": 7}',
    "gpt-oss, no namespace": (
        '<|channel|>commentary to=double <|constrain|>json<|message|>{"n": 7}<|call|>'
    ),
    "Kimi, its tokens dropped": 'functions.double:0 {"n": 7}',
    "Gemini": "```tool_code\nprint(default_api.double(n=7))\n```",
    "Gemini, as in TypeScript": 'functions.double({"n": 7})',
    "ReAct in bold": '**Thought:** I double it.\n**Action:** double\n**Action Input:** {"n": 7}',
    "ReAct in Python": "Action: double(n=7)",
    "LangChain": '{"tool": "double", "tool_input": {"n": 7}}',
    "an attribute": '<tool_call name="double">{"n": 7}</tool_call>',
    "tags for both parts": '<tool>double</tool>\n<args>{"n": 7}</args>',
    "as in the older API": json.dumps(
        {"function_call": {"name": "double", "arguments": '{"n": 7}'}}
    ),
    "a list as text": json.dumps({"tool_calls": f"[{_TWICE}]"}),
    "as in the API": json.dumps(
        {"type": "function", "function": {"name": "double", "arguments": '{"n": 7}'}}
    ),
    "a list in an object": f'{{"tool_calls": [{_TWICE}]}}',
    "parameters": _TWICE.replace("arguments", "parameters"),
    "text as arguments": json.dumps({"name": "double", "arguments": '{"n": 7}'}),
    "no arguments": '{"name": "double", "n": 7}',
    "the name as a key": '{"double": {"n": 7}}',
    "a position": '{"name": "double", "arguments": [7]}',
    "single quotes": "{'name': 'double', 'arguments': {'n': 7}}",
    "Python's literals": "{'name': 'double', 'arguments': {'n': 7}, 'id': None, 'last': True}",
    "commas left over": '{"name": "double", "arguments": {"n": 7,},}',
    "comments": '{"name": "double", // twice\n"arguments": {"n": 7}}',
    "bare keys": '{name: "double", arguments: {n: 7}}',
    "typographic quotes": "{“name”: “double”, “arguments”: {“n”: 7}}",
    "hard spaces": _TWICE.replace(" ", "\u00a0"),
    "Cline": "<double>\n<n>7</n>\n</double>",
    "Cline, on one line": "I double it: <double><n>7</n></double> Then I look.",
    "Cline, its ends missing": "<double>\n<n>7",
    "Cline, JSON inside": '<double>{"n": 7}</double>',
    "MiniMax M2": (
        '<minimax:tool_call>\n<invoke name="double">\n<parameter name="n">7</parameter>\n'
        "</invoke>\n</minimax:tool_call>"
    ),
    "MiniMax M1": f"<tool_calls>\n{_TWICE}\n</tool_calls>",
    "a brace missing": _TWICE[:-1],
    "a brace too many": _TWICE + "}",
    "double braces": f"{{{_TWICE}}}",
}
"""Each reply must call ``double`` once, with 7."""

_FUNCTION = "Use:\n```python\ndef double(n):\n    return 2 * n\n\n\nprint(double(int(x)))\n```"
ANSWERING = {
    "words": ("It is 7.", "It is 7."),
    "thoughts": ("<think>Secret.</think>\nIt is 7.", "It is 7."),
    "thoughts (Mistral)": ("[THINK]Secret.[/THINK]It is 7.", "It is 7."),
    "thoughts, only their end": ("Secret.</think>\n\nIt is 7.", "It is 7."),
    "colours and a template's end": ("\x1b[32mIt is 7.\x1b[0m<|im_end|>", "It is 7."),
    "channels": (
        f"{_CHANNEL}<|channel|>final<|message|>It is 7.<|return|>",
        "It is 7.",
    ),
    "code": ("Use:\n```python\nprint(7)\n```", "Use:\n```python\nprint(7)\n```"),
    "a function of the same name": (_FUNCTION, _FUNCTION),
    "another's call": (
        '{"name": "search", "arguments": {}}',
        '{"name": "search", "arguments": {}}',
    ),
}
"""Each is an answer of a model with native calls, and the output that it must give."""

BROKEN = {
    "a quote missing before the name": '{"name": double", "arguments": {"n": 7}}',
    "a quote missing after the name": '{"name": "double, "arguments": {"n": 7}}',
    "a colon missing": '{"name": "double", "arguments" {"n": 7}}',
    "the name as a key": '{"double": {"n" 7}}',
    "several": '{"tool_calls": [{"name": double", "arguments": {"n": 7}}]}',
    "as in the API": '{"type": "function", "function": {"name": double", "arguments": {"n": 7}}}',
    "no value": '{"name": "double", "arguments": {"n": }}',
    "words before": 'I double it.\n{"name": double", "arguments": {"n": 7}}',
    "in a fence": '```json\n{"name": double", "arguments": {"n": 7}}\n```',
    "in a tag": '<tool_call>\n{"name": double", "arguments": {"n": 7}}\n</tool_call>',
    "a tag around words": "<tool_call>double 7</tool_call>",
    "GLM, a tag missing": "<tool_call>\n<arg_key>n</arg_key>\n<arg_value>7</arg_value>",
    "Kimi, no arguments": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.double:0"
        "<|tool_call_argument_begin|>n=7<|tool_call_end|>"
    ),
    "DeepSeek, no name": (
        "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>7"
    ),
    "Mistral": "[TOOL_CALLS]double(7",
    "ReAct": "Thought: I double it.\nAction: double\nAction Input: seven",
    "another tool in a tag": '<tool_call>{"name": halve", "arguments": {}}</tool_call>',
    "Python that is no plain value": "double(n=len('seven') + 2)",
    "Python that prints": "print(double(n=some_value))",
    "Python that assigns": "result = double(n=len('a'))",
    "Python that waits": "await double(n=y)",
    "Python in a namespace": "default_api.double(n=y)",
    "another key first": '{"id": "1", "name": double", "arguments": {"n": 7}}',
    "the arguments first": '{"arguments": {"n" 7}, "name": "double"}',
    "no braces": '"name": "double", "arguments": {"n": 7}',
    "Kimi, its tokens dropped": 'functions.double:0 {"n" 7}',
    "ReAct, no input": "Thought: I double it.\nAction: double",
    "ReAct in square brackets": "Action: double[7]",
    "MiniMax": '[TOOL_CALL]{tool => "double", args => {--n 7}}[/TOOL_CALL]',
    "MiniMax, no brackets": '{tool => "double", args => {--n 7}}',
    "an element with attributes": '<double n="7" />',
}
"""Each reply means a call that cannot be read. It is an error, and never an answer."""

MENTIONING = {
    "a tag in ticks": "Qwen puts its calls into `<tool_call>` tags.",
    "a tag in quotes": 'The tag "<tool_call>" begins a call.',
    "a tag in a sentence": "The tag <tool_call> begins a call.",
    "a token in a sentence": "Kimi's token <|tool_call_begin|> and others are special.",
    "a tool's name": "You can use double(n) for that, and halve(n).",
    "data": '{"name": "Ada", "age": 36}',
    "data with arguments": "The name: Ada, the arguments: none.",
    "a set": "The set {double, halve} has two.",
    "a broken object": '{"name": Ada", "age": 36}',
    "settings": '{"input": [1, 2,, 3]}',
    "a call in a sentence": "x = double(y) is what I would write.",
    "YAML": 'services:\n- name: double\n  args: ["--fast"]',
    "an action in words": "Action: double the dose.\nReason: it is low.",
    "keys in ticks": "Calls have `name: double` and `arguments: {}` in them.",
    "keys in words": "Its name: double, the arguments: none.",
    "an element in words": "<double> is no element of HTML, but <b>n</b> is.",
    "an element in ticks": "`<double><n>7</n></double>` doubles 7.",
    "a definition": (
        '{"name": "double", "parameters": {"type": "object", "properties": {"n": {}}}}'
    ),
}
"""Each is an answer that only mentions what calls look like."""
