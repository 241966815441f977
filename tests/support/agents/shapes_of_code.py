"""A table of replies that models really send to a ``CodeAgent``, and of the answers it must give.

A name says which model sends the reply, if that is known. ``test_shapes`` runs the replies through
the public API.
"""

from __future__ import annotations

import json

CODE = "x = 3 + 4\nfinal_answer(x)"
_HARMONY = "<|channel|>analysis<|message|>I run ```python\nfinal_answer(0)\n``` now.<|end|>"
_QUOTED = json.dumps({"thought": "I add.", "code": CODE})
_CALL = '{"name": "final_answer", "arguments": {"answer": 7}}'

ACTING = {
    # --- fences ---
    "fence": f"I add.\n```python\n{CODE}\n```",
    "fence, short language": f"```py\n{CODE}\n```",
    "fence, language in capitals": f"```Python3\n{CODE}\n```",
    "fence without a language": f"```\n{CODE}\n```",
    "fence without a language, after a sentence on its line": f"I add: ```\n{CODE}\n```",
    "fence of four": f"````python\n{CODE}\n````",
    "fence of tildes": f"~~~python\n{CODE}\n~~~",
    "fence of apostrophes (small models)": f"'''python\n{CODE}\n'''",
    "fence closed on the line of the code": f"```python\n{CODE}```",
    "fence closed after a comment": f"```python\n{CODE}  # it's done```",
    "fence closed on the line, then prose": f"```python\n{CODE}```\nThat gives 7.",
    "fence closed by a full stop": f"```python\n{CODE}\n```.",
    "fence closed by its language": f"```python\n{CODE}\n```python",
    "fence closed by its language, then prose": f"```python\n{CODE}\n```python\nIt's done.",
    "fence closed with words on its line": f"```python\n{CODE}\n``` This prints 7.",
    "fence without an end": f"I add.\n```python\n{CODE}",
    "fence without an end, two ticks": f"```python\n{CODE}\n``",
    "fence opened after words on its line": f"Here:```python\n{CODE}\n```",
    "fence opened after words, with a space": f"Here is the code: ```python\n{CODE}\n```",
    "fence opened after words, not closed": f"Here:```python\n{CODE}",
    "second fence opened after words": f"```python\nx = 1\n```\nThen ```python\n{CODE}\n```",
    "fence on one line": "```python final_answer(7)```",
    "fence on one line, no language": "```final_answer(7)```",
    "fence with code on its first line": "```python x = 3 + 4\nfinal_answer(x)\n```",
    "fence with a file's name": f"```py:main.py\n{CODE}\n```",
    "fence with a title": f'```python title="main.py"\n{CODE}\n```',
    "fence with attributes": f"```{{python}}\n{CODE}\n```",
    "fence with a class": f"```{{.python .numberLines}}\n{CODE}\n```",
    "fence in a list": "- ```python\n  x = 3 + 4\n  final_answer(x)\n  ```",
    "fence in a numbered list": "1. Add:\n   ```python\n   x = 3 + 4\n   final_answer(x)\n   ```",
    "fence in a list, text on its line": "1. Add: ```python\n   x = 7\n   final_answer(x)\n   ```",
    "fence indented by four": "    ```python\n    x = 7\n    final_answer(x)\n    ```",
    "fence indented by a tab": "\t```python\n\tx = 7\n\tfinal_answer(x)\n\t```",
    "fence in a quotation": "> ```python\n> x = 3 + 4\n>\n> final_answer(x)\n> ```\n> Done.",
    "fence opening indented, code not": f"   ```python\n{CODE}\n   ```",
    "fence in bold": f"**```python\n{CODE}\n```**",
    "fence in a string": (
        "```python\ns = '''\n```python\nwrong()\n```\n'''\nfinal_answer(s.count('`') + 1)\n```"
    ),
    "fence in a short string": "```python\nfinal_answer(len('a```b') + 2)\n```",
    "fence in a string of one line": '```python\nmd = "```"\nfinal_answer(len(md) + 4)\n```\nSo.',
    "fence in a comment": f"```python\n# not ``` nor ''' yet\n{CODE}\n```",
    "fence in an f-string": "```python\nn = 7\ns = f'```{n}```'\nfinal_answer(int(s[3]))\n```",
    "fence, apostrophe in a comment": f"```python\n# it's a sum\n{CODE}\n```\nThat's it.",
    "fence that ends in a bare name": "```\nx = 3 + 4\nfinal_answer(x)\nx\n```",
    "fence in a fence": f"````markdown\n```bash\nls\n```\n````\n```python\n{CODE}\n```",
    "fence with windows newlines": f"```python\n{CODE}\n```\n".replace("\n", "\r\n"),
    "fence with old newlines": f"```python\n{CODE}\n```\n".replace("\n", "\r"),
    "fence after a byte order mark": f"\ufeff```python\n{CODE}\n```",
    "fence with hard spaces": "```python\nif True:\n\u00a0\u00a0\u00a0 final_answer(7)\n```",
    "fence with hidden spaces": f"\u200b```python\u200b\n{CODE}\u200b\n```",
    "fence with typographic quotes": "```python\nfinal_answer(len(“seven”) + 2)\n```",
    "fence with prompts": "```pycon\n>>> x = 3 + 4\n>>> final_answer(x)\n```",
    "fence without a language, prompts": "```\n>>> x = 3 + 4\n>>> final_answer(x)\n```",
    "several fences": "```python\nx = 3\n```\nand\n```python\nfinal_answer(x + 4)\n```",
    "several fences, the last not closed": "```python\nx = 3\n```\nand\n```py\nfinal_answer(x + 4)",
    "several fences, the first not closed": "```python\nx = 3\n```python\nfinal_answer(x + 4)\n```",
    "fence and what it prints": f"```python\n{CODE}\n```\nOutput:\n```\n7\n```\nIt is 7.",
    "fence and a shell": f"```bash\npip install x\n```\n```python\n{CODE}\n```",
    "fence and JSON": f"```json\n{{}}\n```\n```python\n{CODE}\n```",
    # --- tags ---
    "smolagents": f"Thought: I add.\n<code>\n{CODE}\n</code>",
    "older smolagents": f"Thought: I add.\nCode:\n```py\n{CODE}\n```<end_code>",
    "older smolagents, on a line": f"Thought: I add.\nCode:\n```py\n{CODE}\n```\n<end_code>",
    "code tag without an end": f"So:\n<code>\n{CODE}",
    "code tag around a fence": f"<code>\n```python\n{CODE}\n```\n</code>",
    "code tag opened after words": f"I add: <code>\n{CODE}\n</code>",
    "code tag with a language": f'<code lang="python">{CODE}</code>',
    "HTML": f"<pre><code>{CODE}</code></pre>",
    "HTML with a language": f'<pre><code class="language-python">\n{CODE}\n</code></pre>',
    "CodeAct": f"I add.\n<execute>\n{CODE}\n</execute>",
    "a longer tag of CodeAct": f"<execute_python>\n{CODE}\n</execute_python>",
    "tag of a block": f"I add.\n<code_block>\n{CODE}\n</code_block>",
    "tag of a forum": f"I add.\n[code]\n{CODE}\n[/code]\nThat adds.",
    "brackets that are Python": "code = 0\nx = [7][code]\nfinal_answer(x)",
    "CodeLlama": f"[PYTHON]\n{CODE}\n[/PYTHON]",
    "Gemma": f"```tool_code\n{CODE}\n```",
    "Gemma in a tag": f"<tool_code>\n{CODE}\n</tool_code>",
    "Llama": f"<|python_tag|>{CODE}<|eom_id|>",
    "Llama after words": f"I add.<|python_tag|>{CODE}<|eom_id|>",
    "a fence in a tool's tag": f"<tool_call>\n```python\n{CODE}\n```\n</tool_call>",
    "InternLM": f"I add.<|action_start|><|interpreter|>\n{CODE}<|action_end|>",
    "GLM": f"<|assistant|>interpreter\n```python\n{CODE}\n```",
    "tag without the end of its end": f"<code>\n{CODE}\n</code",
    "tag cut off in its end": f"<code>\n{CODE}\n</co",
    "tag cut off at the start of its end": f"<code>\n{CODE}\n</",
    "tag, its end without a bracket before words": f"<code>\n{CODE}\n</code\nThis adds.",
    "tag closed by its opening": f"<code>\n{CODE}\n<code>",
    "tag closed with a space": f"<code>\n{CODE}\n</ code>",
    "tag closed with a space before the slash": f"<code>\n{CODE}\n< /code>\nThat adds.",
    "tag closed with the slash behind": f"<code>\n{CODE}\n<code/>\nThat adds.",
    "tag closed by the end of older smolagents": f"<code>\n{CODE}\n<end_code>\nThat adds.",
    "fence closed only by the end of older smolagents": f"```py\n{CODE}\n<end_code>\nThat adds.",
    "end of older smolagents in a string": (
        "```py\ns = '''\n<end_code>\n'''\nfinal_answer(len(s) - 5)\n```"
    ),
    "tag closed with a backslash": f"<code>\n{CODE}\n<\\code>",
    "tag closed by a fence": f"<code>\n{CODE}\n```",
    "tag closed by another tag": f"<code>\n{CODE}\n</code_block>",
    "tag of HTML text": f"<code>\n{CODE}\n&lt;/code&gt;",
    "tag in brackets without its end": f"[PYTHON]\n{CODE}\n[/PYTHON",
    "fence closed by a tag": f"```python\n{CODE}\n</code>",
    "fence and a tag without an end": f"<code>\n```python\n{CODE}\n```\n</code",
    # --- marks that the code quotes ---
    "thinking tags in a string": (
        '```python\ns = "<think>plan</think> 4"\nfinal_answer(len(s) - 14)\n```'
    ),
    "thinking tag in a comment": "```python\nx = 7  # what follows </think> counts\n"
    "final_answer(x)\n```",
    "thinking tags in a long string": (
        '<think>It\'s a sum.</think>\n```python\ns = """\n<think>\n</think>\n"""\n'
        "final_answer(s.count('\\n') + 4)\n```"
    ),
    "thinking tags in bare code": 's = "<think></think> 4"\nfinal_answer(len(s) - 10)',
    "thinking tags in a code tag": (
        "<code>\nparts = 'a </think> b'.split('</think>')\nfinal_answer(len(parts) + 5)\n</code>"
    ),
    "thinking tags in JSON": json.dumps(
        {"thought": "I cut.", "code": "s = '<think></think>4'\nfinal_answer(len(s) - 9)"}
    ),
    "thinking tags in the argument of a call": json.dumps(
        {"name": "python", "arguments": {"code": "final_answer(len('a </think> b') - 5)"}}
    ),
    "a template's tokens in a string": (
        "```python\ns = '<|im_end|>\\n<|im_start|>user'\nfinal_answer(len(s) - 20)\n```"
    ),
    "channels in a string": (
        "```python\ns = '<|channel|>final<|message|>4'\nfinal_answer(len(s) - 21)\n```"
    ),
    "invisible characters in a string": (
        "```python\ns = 'a\u200bb\ufeffc\u2060d'\u200b\nfinal_answer(len(s))\n```"
    ),
    "a NUL in a string": "```python\ns = 'a\x00b\x00cde'\x00\nfinal_answer(len(s))\n```",
    "colours in a string": "```python\ns = '\x1b[1mab'\nfinal_answer(len(s) + 1)\n```",
    # --- thoughts and markers ---
    "thinking (DeepSeek R1)": f"<think>No\n```python\nwrong()\n```</think>\n```python\n{CODE}\n```",
    "thinking, only its end (QwQ)": f"So I think.\n</think>\n\n```python\n{CODE}\n```",
    "thinking that never ends": f"<think>I add.\n```python\n{CODE}\n```",
    "thinking (Mistral)": f"[THINK]I add.[/THINK]```python\n{CODE}\n```",
    "thinking (Kimi)": f"◁think▷I add.◁/think▷```python\n{CODE}\n```",
    "thinking (Claude)": f"<thinking>\nI add.\n</thinking>\n\n```python\n{CODE}\n```",
    "thinking (Gemma)": f"<thought>\nI add.\n</thought>```python\n{CODE}\n```",
    "thinking (Seed)": f"<seed:think>I add.</seed:think>```python\n{CODE}\n```",
    "thinking after words": f"Well. <think>```python\nwrong()\n```</think>\n```python\n{CODE}\n```",
    "channels (gpt-oss)": (
        f"{_HARMONY}<|start|>assistant<|channel|>final<|message|>```python\n{CODE}\n```<|return|>"
    ),
    "interpreter in a channel (gpt-oss)": (
        f"{_HARMONY}<|start|>assistant<|channel|>analysis to=python code<|message|>{CODE}<|call|>"
    ),
    "recipient before the channel (gpt-oss)": (
        f"<|start|>assistant to=python<|channel|>commentary code<|message|>{CODE}<|call|>"
    ),
    "colours": "\x1b[1;32m```python\x1b[0m\nx = \x1b[33m7\x1b[0m\nfinal_answer(x)\n```",
    "end of a template": f"```python\n{CODE}\n```<|im_end|>",
    "end of a template (Gemma)": f"```python\n{CODE}\n```<end_of_turn>",
    "end of a template (DeepSeek)": f"```python\n{CODE}\n```<\uff5cend▁of▁sentence\uff5c>",
    "start of a template": f"<|im_start|>assistant\n```python\n{CODE}\n```<|im_end|>",
    "start of a template (Llama)": (
        f"<|start_header_id|>assistant<|end_header_id|>\n\n{CODE}<|eot_id|>"
    ),
    # --- nothing around it ---
    "bare": CODE,
    "bare, one call": "final_answer(3 + 4)",
    "bare, indented": "  final_answer(3 + 4)",
    "bare with a comment": "final_answer(7)  # done",
    "bare after a sentence": f"I add them.\n{CODE}",
    "bare before a sentence": f"{CODE}\n\nThis adds them.",
    "bare after the language": f"python\n{CODE}",
    "bare with a function": "def f(a, b):\n    return a + b\n\nfinal_answer(f(3, 4))",
    "bare with a long string": 's = """\nOne two. It\'s.\n"""\nfinal_answer(len(s) - 9)',
    "bare over several lines": "x = [\n    3,\n    4,\n]\nfinal_answer(\n    sum(x)\n)",
    "bare with a decorator": "@print\ndef f():\n    pass\nfinal_answer(7)",
    "bare ending in a name": "x = 3 + 4\nfinal_answer(x)\nx",
    "bare with prompts": ">>> x = 3 + 4\n>>> final_answer(x)",
    # --- JSON ---
    "JSON": _QUOTED,
    "JSON in a fence": f"```json\n{_QUOTED}\n```",
    "JSON in a fence, then prose": f"```json\n{_QUOTED}\n```\nThat is it.",
    "JSON after prose": f"Here it is:\n{_QUOTED}",
    "JSON before prose": f"{_QUOTED}\nThat is it.",
    "JSON twice": f"{json.dumps({'code': 'x = 3'})}\n{json.dumps({'code': 'final_answer(x + 4)'})}",
    "JSON with braces in the prose": f"A set {{x}} first.\n{_QUOTED}\nNot {{y}}.",
    "JSON with single quotes": "{'thought': \"It's a sum.\", 'code': 'final_answer(7)'}",
    "JSON with a comma left over": '{"thought": "I add.", "code": "final_answer(7)",}',
    "JSON with typographic quotes": "{“thought”: “I add.”, “code”: “final_answer(7)”}",
    "JSON with newlines in the code": '{"thought": "I add.", "code": "x = 3 + 4\nfinal_answer(x)"}',
    "JSON with a triple quote": '{"thought": "I add.", "code": """x = 7\nfinal_answer(x)"""}',
    "JSON with Python's literals": "{'thought': None, 'done': True, 'code': 'final_answer(7)'}",
    "JSON in double braces": "{{'thought': 'I add.', 'code': 'final_answer(7)'}}",
    "JSON, code in a fence": json.dumps({"code": f"```python\n{CODE}\n```"}),
    "call of an interpreter (Qwen)": (
        f"<tool_call>\n{json.dumps({'name': 'python', 'arguments': {'code': CODE}})}\n</tool_call>"
    ),
    "call of an interpreter, text as arguments": json.dumps(
        {"name": "python", "arguments": json.dumps({"code": CODE})}
    ),
    "call of an interpreter, code as arguments": json.dumps({"name": "python", "arguments": CODE}),
    "call of an interpreter, other names": json.dumps(
        {"tool": "code_interpreter", "parameters": {"input": CODE}}
    ),
    "call of an interpreter (Claude)": (
        f'<invoke name="python">\n<parameter name="code">\n{CODE}\n</parameter>\n</invoke>'
    ),
    "call of an interpreter (Llama)": f"<function=python>{json.dumps({'code': CODE})}</function>",
    "call of an interpreter (Qwen coder)": (
        f"<tool_call>\n<function=python>\n<parameter=code>\n{CODE}\n</parameter>\n</function>\n"
        "</tool_call>"
    ),
    "two calls of an interpreter": (
        f"{json.dumps({'name': 'python', 'arguments': {'code': 'x = 3'}})}\n"
        f"{json.dumps({'name': 'python', 'arguments': {'code': 'final_answer(x + 4)'}})}"
    ),
    "call of a tool": _CALL,
    "call of a tool in a fence": f"```json\n{_CALL}\n```",
    "call of a tool with words around": f"I call it:\n```json\n{_CALL}\n```\nThat is it.",
    "call of a tool, text as arguments": _CALL.replace('{"answer": 7}', '"{\\"answer\\": 7}"'),
    "call of a tool (Mistral)": f"[TOOL_CALLS] [{_CALL}]",
    "call of a tool (Llama)": _CALL.replace("arguments", "parameters"),
    "call of a tool (functionary)": '<function=final_answer>{"answer": 7}</function>',
    "call of a tool (gpt-oss)": (
        '<|channel|>commentary to=functions.final_answer <|constrain|>json<|message|>{"answer": 7}'
    ),
    "two calls of tools": '{"name": "double", "arguments": {"n": 1}}\n' + _CALL,
}
"""Each reply must run, and answer 7 in its first step."""

_SHOWN = "```bash\npip install x\n```"

SPEAKING = {
    "words": ("It is 7.", "It is 7."),
    "one word": ("Paris", "Paris"),
    "markdown": ("# Rivers\n\n- Seine\n- Loire (long)", "# Rivers\n\n- Seine\n- Loire (long)"),
    "an apostrophe and brackets": ("It's 7 (see f(x)).", "It's 7 (see f(x))."),
    "a sum": ("3 + 4 = 7", "3 + 4 = 7"),
    "a label": ("Answer: 7", "Answer: 7"),
    "a formula": ("f(x) = 2x + 1", "f(x) = 2x + 1"),
    "a call in ticks": ("Use `print(x)`.", "Use `print(x)`."),
    "a call in three ticks": ("```print(x)``` shows it.", "```print(x)``` shows it."),
    "a call at the start of a line": ("print(x) shows it.", "print(x) shows it."),
    "a call after a label": ("The code is: final_answer(3)", "The code is: final_answer(3)"),
    "code between lines of prose": ("With\nprint(3)\nyou see 3.", "With\nprint(3)\nyou see 3."),
    "a fence's name": ("Blocks open with ```python", "Blocks open with ```python"),
    "a tag in a sentence": ("Use <code>print(x)</code>, then.", "Use <code>print(x)</code>, then."),
    "a tag at a line's start": (
        "<code>print(x)</code> shows it.",
        "<code>print(x)</code> shows it.",
    ),
    "a tag's name": ("Put it into\n<code> tags.", "Put it into\n<code> tags."),
    "a shell's code": (f"Run this:\n{_SHOWN}\nDone.", f"Run this:\n{_SHOWN}\nDone."),
    "an output": ("It is:\n```\nParis 7\nRome 8\n```", "It is:\n```\nParis 7\nRome 8\n```"),
    "a number in a fence": ("It is:\n```\n7\n```", "It is:\n```\n7\n```"),
    "a list in a fence": ("```\n[1, 2]\n```", "```\n[1, 2]\n```"),
    "a table": ("| a | b |\n|---|---|\n| 1 | f(2) |", "| a | b |\n|---|---|\n| 1 | f(2) |"),
    "settings": ("```\nname: Ada\nage: 36\n```", "```\nname: Ada\nage: 36\n```"),
    "data": ('{"name": "Ada", "age": 36}', '{"name": "Ada", "age": 36}'),
    "data with a code": ('{"city": "Lisbon", "code": "PT"}', '{"city": "Lisbon", "code": "PT"}'),
    "data with a tool's name": ('{"double": 14}', '{"double": 14}'),
    "another's call": (
        'Send {"name": "search", "arguments": {}} then.',
        'Send {"name": "search", "arguments": {}} then.',
    ),
    "a quotation": ("> It is 7.", "> It is 7."),
    "thoughts": ("<think>```python\nwrong()\n```</think>\nIt is 7.", "It is 7."),
    "thoughts, only their end": ("So it is 7.</think>\n\nIt is 7.", "It is 7."),
    "thinking tags in a fence": (
        "It is:\n```xml\n<think>plan</think>\n```",
        "It is:\n```xml\n<think>plan</think>\n```",
    ),
    "thoughts with apostrophes": ("It's <think>It's.</think>It's 7.", "It's 7."),
    "thoughts with a fence that does not end": (
        "<think>So\n```python\nwrong()\nIt's so.</think> It's 7.",
        "It's 7.",
    ),
    "thoughts in capitals": ("<Thinking>Hm.</Thinking>It is 7.", "It is 7."),
    "thoughts in a channel": (f"{_HARMONY}<|channel|>final<|message|>It is 7.", "It is 7."),
    "thoughts in a channel, unmarked": ("analysisWe add.assistantfinalIt is 7.", "It is 7."),
    "a preamble in a channel": ("<|channel|>commentary<|message|>It is 7.<|end|>", "It is 7."),
    "colours": ("\x1b[32mIt is 7.\x1b[0m", "It is 7."),
    "a template's end": ("It is 7.<|im_end|>", "It is 7."),
    "turns that it made up": ("It is 7.<|im_end|>\n<|im_start|>user\nThanks!", "It is 7."),
    "a template's token within": ("The token <|im_end|> ends it.", "The token <|im_end|> ends it."),
    "windows newlines": ("It is\r\n7.", "It is\n7."),
}
"""Each is an answer in words, and the output that it must give. Nothing may run."""

_ADDED = "```python\nx = 3 + 4\nprint(x)\n```"
_DOUBLED = "```python\nprint(double(7))\n```"

QUOTING = {
    "code before the answer": f"{_ADDED}\nThe sum is 7.",
    "code after the answer": f"The sum is 7. I ran this:\n{_ADDED}",
    "code within the answer": f"With\n{_ADDED}\nthe sum came out as 7.",
}
"""Each reply is an answer after a step with the same code, which printed 7."""

REPEATING = {
    "no words": _DOUBLED,
    "words of what comes": f"I look again.\n{_DOUBLED}",
    "the outcome, then once more": f"It is still 14, so I look again:\n{_DOUBLED}",
}
"""Each reply must run, after a step with the same code, whose tool returned 14."""

CUT_OFF = {
    "bare": "sent = 1\nprint('side effect')\nrate = 0.05",
    "bare after words": "I send.\nprint('side effect')\nrate = 0.05",
    "fence": "```python\nprint('side effect')\nrate = 0.05",
    "fence, two ticks": "```python\nprint('side effect')\n``",
    "fence after a whole one": "```python\nx = 1\n```\n```python\nprint('side effect')\nx = 0.0",
    "fence after words": "Here:```python\nprint('side effect')\nrate = 0.05",
    "tag": "<code>\nprint('side effect')\nrate = 0.05",
    "Llama": "<|python_tag|>print('side effect')\nrate = 0.05",
    "gpt-oss": "<|channel|>analysis to=python<|message|>print('side effect')\nrate = 0.05",
    "JSON": '{"thought": "I send.", "code": "print(\'side effect\')\\nrate = 0.05',
    "call": '<invoke name="python"><parameter name="code">print("side effect")\nrate = 0.05',
    "thoughts": "<think>I send ```python\nprint('side effect')\n```",
}
"""Each reply ends at the token limit and must not run."""
