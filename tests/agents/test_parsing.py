"""The shapes of replies that models really send, and the code that is found in them."""

from __future__ import annotations

import pytest

from pyagent.agents.parsing import has_closed_block, parse_reply

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
    assert (reply.thought, reply.code, reply.closed) == (thought, code, True)


@pytest.mark.parametrize("text", ["```python\nx = 1", "```python\nx = 1\n``", "<code>\nx = 1\n"])
def test_reply_that_was_cut_off_is_not_closed(text: str) -> None:
    reply = parse_reply(text)
    assert (reply.code, reply.closed) == ("x = 1", False)


def test_block_counts_as_closed_only_when_its_fence_is_there() -> None:
    text = "So:\n```python\nx = 1\n```"
    closed = [i for i in range(len(text) + 1) if has_closed_block(text[:i])]
    assert closed == [len(text)]


def test_deeply_nested_reply_is_harmless() -> None:
    code = "x = " + "[" * 100_000
    assert parse_reply(f"```python\n{code}\n```").code == code
