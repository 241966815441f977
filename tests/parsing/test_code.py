"""The shapes of replies that models really send, and the code that is found in them."""

from __future__ import annotations

import pytest

from pyagent.parsing.code import has_closed_block, parse_reply
from support.agents.shapes_of_code import ACTING, CUT_OFF

SHAPES = {
    "fence": ("Sum:\n```python\nx = 1\n```", "Sum:", "x = 1"),
    "short language": ("```py\nx = 1\n```", "", "x = 1"),
    "upper-case language": ("```Python\nx = 1\n```", "", "x = 1"),
    "no language": ("```\nprint(1)\n```", "", "print(1)"),
    "tildes": ("~~~python\nx = 1\n~~~", "", "x = 1"),
    "longer fence": ("````python\nx = '```'\n````", "", "x = '```'"),
    "indented fence": ("1. Do:\n   ```python\n   x = 1\n   ```", "1. Do:", "x = 1"),
    "one line": ("```python print(1)```", "", "print(1)"),
    "code after the language": ("```python x = 1\ny = 2\n```", "", "x = 1\ny = 2"),
    "windows newlines": ("```python\r\nx = 1\r\n```\r\n", "", "x = 1"),
    "several blocks": (
        "```python\nx = 1\n```\nand\n```python\ny = 2\n```",
        "and",
        "x = 1\n\ny = 2",
    ),
    "code and its output": ("```python\nprint(1)\n```\n```\n1\n```", "```\n1\n```", "print(1)"),
    "code and json": ("```json\n{}\n```\n```python\nx = 1\n```", "```json\n{}\n```", "x = 1"),
    "code tag": ("So:\n<code>\nx = 1\n</code>", "So:", "x = 1"),
    "python tag": ("<python>x = 1</python>", "", "x = 1"),
    "execute tag": ("<execute>\nx = 1\n</execute> ok", "ok", "x = 1"),
    "bare": ("x = 5\nfinal_answer(x)", "", "x = 5\nfinal_answer(x)"),
    "bare with comment": (
        "# add\nx = 5 + 1\nx.bit_length()",
        "",
        "# add\nx = 5 + 1\nx.bit_length()",
    ),
    "bare with blocks": (
        "import csv\nfor i in range(3):\n    print(i)\n\nelse:\n    pass",
        "",
        "import csv\nfor i in range(3):\n    print(i)\n\nelse:\n    pass",
    ),
    "bare with a string": (
        's = """\nSome prose. In it.\n"""\nprint(s)',
        "",
        's = """\nSome prose. In it.\n"""\nprint(s)',
    ),
    "bare after prose": (
        "I add them.\ntotal = 1 + 2\nprint(total)",
        "I add them.",
        "total = 1 + 2\nprint(total)",
    ),
    "doctest prompts": (
        "```python\n>>> x = 1\n>>> if x:\n...     x\n```",
        "",
        "x = 1\nif x:\n    x",
    ),
    "fence in a string": (
        "```python\ns = '''\n```\nno code\n```\n'''\nprint(s)\n```\nDone.",
        "Done.",
        "s = '''\n```\nno code\n```\n'''\nprint(s)",
    ),
    "thinking": ("<think>```python\nwrong()\n```</think>\n```python\nx = 1\n```", "", "x = 1"),
    "thinking, end only": ("I think so.</think>\n```python\nx = 1\n```", "", "x = 1"),
    "colours": ("\x1b[32m```python\x1b[0m\nx = \x1b[1m1\x1b[0m\n```", "", "x = 1"),
    "tool code tag": ("<tool_code>\nprint(1)\n</tool_code>", "", "print(1)"),
    "tag with attributes": ('<code lang="python">print(1)</code>', "", "print(1)"),
    "tag beside another fence": (
        "```bash\nls\n```\n<code>x = 1</code>",
        "```bash\nls\n```",
        "x = 1",
    ),
    "attributes after the fence": ("```{python}\nprint(1)\n```", "", "print(1)"),
    "marker of a template": ("<|python_tag|>print(1)<|eom_id|>", "", "print(1)"),
    "last channel": (
        "<|channel|>analysis<|message|>Hm.<|end|><|channel|>final<|message|>Hello!",
        "Hello!",
        "",
    ),
    "call of an interpreter": (
        '<tool_call>{"name": "python", "arguments": {"code": "print(1)"}}</tool_call>',
        "",
        "print(1)",
    ),
    "invoked interpreter": (
        'So:\n<invoke name="python">\n<parameter name="code">\nx = 1\nprint(x)\n</parameter>\n'
        "</invoke>",
        "So:",
        "x = 1\nprint(x)",
    ),
    "call of a function": (
        '[TOOL_CALLS] [{"name": "search", "arguments": {"query": "it\'s", "limit": null}}]',
        "",
        'search(query="it\'s", limit=None)',
    ),
    "answer as a call": (
        '```json\n{"name": "final_answer", "arguments": {"answer": 4}}\n```',
        "",
        "final_answer(answer=4)",
    ),
    "json with code": ('{"thought": "Add.", "code": "print(1 + 1)"}', "Add.", "print(1 + 1)"),
    "fence in json": ('{"code": "```python\\nprint(1)\\n```"}', "", "print(1)"),
    "curly quotes": (
        '```python\nprint(“it\'s”, \u2018b\u2019, “say "x"”)\n```',
        "",
        'print("it\'s", \'b\', "say \\"x\\"")',
    ),
    "curly quotes in a string": ("```python\nprint('“a”')  # “b”\n```", "", "print('“a”')  # “b”"),
    "thinking, several": ("<think>a</think><thinking>b</thinking>Hello.", "Hello.", ""),
    "thinking in brackets": ("[THINK]a[/THINK]\n```python\nx = 1\n```", "", "x = 1"),
    "thinking tag in the code": (
        "```python\nprint(text.split('</think>'))\n```",
        "",
        "print(text.split('</think>'))",
    ),
    "answer that mentions a call": (
        'Like this: {"name": "search", "arguments": {}}',
        'Like this: {"name": "search", "arguments": {}}',
        "",
    ),
    "json, no code": ('{"name": "Ada", "age": 36}', '{"name": "Ada", "age": 36}', ""),
    "prose": ("2% of 67000 is 1340.", "2% of 67000 is 1340.", ""),
    "greeting": ("Hello! How can I help you today?", "Hello! How can I help you today?", ""),
    "prose with brackets": ("Paris (the capital) it is.", "Paris (the capital) it is.", ""),
    "prose with a sum": ("Result: total = 5", "Result: total = 5", ""),
    "markdown": ("# Rivers\n\n- Seine\n- Loire", "# Rivers\n\n- Seine\n- Loire", ""),
    "shell only": ("```bash\npip install x\n```", "```bash\npip install x\n```", ""),
    "thinking only": ("<think>what now", "", ""),
    "nothing": ("  \n", "", ""),
}


@pytest.mark.parametrize(("text", "thought", "code"), SHAPES.values(), ids=SHAPES)
def test_code_and_thought_are_told_apart(text: str, thought: str, code: str) -> None:
    reply = parse_reply(text)
    assert (reply.thought, reply.code) == (thought, code)


@pytest.mark.parametrize("name", SHAPES)
def test_whole_code_is_closed_unless_it_is_bare(name: str) -> None:
    # Only the end of the text marks the end of bare code, whether it was cut off or not.
    assert parse_reply(SHAPES[name][0]).closed == (not name.startswith("bare"))


@pytest.mark.parametrize(
    "text",
    [
        *("```python\nx = 1", "```python\nx = 1\n``", "<code>\nx = 1\n"),
        "<think>Two drafts.\n```python\ndraft()\n```\n```python\nx = 1\n```",
    ],
)
def test_reply_that_was_cut_off_is_not_closed(text: str) -> None:
    reply = parse_reply(text)
    assert (reply.code, reply.closed) == ("x = 1", False)


def test_block_counts_as_closed_only_when_its_fence_is_there() -> None:
    text = "So:\n```python\nx = 1\n```"
    closed = [i for i in range(len(text) + 1) if has_closed_block(text[:i])]
    assert closed == [len(text)]


@pytest.mark.parametrize("text", ACTING.values(), ids=ACTING)
def test_first_closed_block_is_read_the_same_when_more_text_comes(text: str) -> None:
    seen = (text[:end] for end in range(len(text) + 1))
    enough = next(filter(has_closed_block, seen), "")
    reply = parse_reply(enough)
    assert reply.closed
    assert bool(reply.code) == bool(enough)
    assert parse_reply(text).code.startswith(reply.code)


@pytest.mark.parametrize("text", CUT_OFF.values(), ids=CUT_OFF)
def test_block_that_was_cut_off_never_counts_as_closed(text: str) -> None:
    first_is_whole = "x = 1\n```" in text
    assert has_closed_block(text) == first_is_whole


def test_deeply_nested_reply_is_harmless() -> None:
    code = "x = " + "[" * 100_000
    assert parse_reply(f"```python\n{code}\n```").code == code


HOSTILE = [
    *("x = f()\n", "```\n", "<code>", "<think></think>", "\x1b[", "a: ", "x: int ", "“", '{"a":'),
    *(
        "```python\n'''\n```\n",
        "```py\n",
        "- ```py\n",
        "x ```\n",
        "# ```a",
        '\\"""',
        "f(x\n",
        "x[0].",
        "{",
    ),
    *(
        "<|channel|>analysis<|message|><|end|>",
        "<|python_tag|>",
        "<|im_end|> ",
        "<python>",
        "</a:think>",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_hostile_text_does_no_harm(piece: str) -> None:
    # If work grew with the square of the length, this would take an hour.
    text = piece * (200_000 // len(piece)) + "\nThat is all."
    assert parse_reply(text).thought.endswith("That is all.") or parse_reply(text).code
