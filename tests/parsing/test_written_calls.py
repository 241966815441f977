"""Every row of the table of markups reads the calls that its models write, whole and streamed."""

from __future__ import annotations

from typing import Any

import pytest

from pyagent.messages import ToolSpec
from pyagent.parsing.code import parse_reply
from pyagent.parsing.markups import MARKUPS
from pyagent.parsing.tool_calls import holds_tool_use, read_tool_uses
from support.agents.written_calls import WRITERS, Calls

TEXT = {"type": "string"}


def spec(name: str, **properties: dict[str, Any]) -> ToolSpec:
    return ToolSpec(name=name, description="", parameters={"properties": properties})


SPECS = [
    spec("search", query=TEXT, limit={"type": "integer"}),
    spec("now"),
    spec(
        "store",
        item={"type": "object"},
        tags={"type": "array"},
        ratio={"type": "number"},
        ok={"type": "boolean"},
        note={"anyOf": [TEXT, {"type": "null"}]},
    ),
    spec("write", path=TEXT, text=TEXT),
]

CODE = 'He said "hi", it\'s ok\nif a < b && c > d: {x} [y] (z)\n\tend'
CALLS: dict[str, Calls] = {
    "two tools": [
        ("search", {"query": "tea", "limit": 3}),
        ("write", {"path": "a.txt", "text": "x"}),
    ],
    "a tool twice": [("search", {"query": "tea"}), ("search", {"query": "milk"})],
    "no arguments": [("now", {})],
    "no arguments, then some": [("now", {}), ("search", {"query": "tea"})],
    "nested values": [
        (
            "store",
            {
                "item": {"a": [1, {"b": None}], "ok": True, "s": "t"},
                "tags": ["x", "y"],
                "ratio": 3.5,
                "ok": False,
            },
        )
    ],
    "text that looks like values": [
        ("search", {"query": "007", "limit": 42}),
        ("write", {"path": "true", "text": "[1, 2]"}),
    ],
    "text or nothing": [("store", {"note": "5"}), ("store", {"note": None})],
    "quotes and brackets": [("write", {"path": "a b.txt", "text": CODE})],
    "tags": [("write", {"path": "a.html", "text": '<p class="x">a</p>\n<b>b</b>'})],
    "white space at both ends": [
        ("write", {"path": "a.py", "text": "    if x:\n        return 1\n"})
    ],
    "other scripts": [("search", {"query": "Köln 東京 🎉 «é»"})],
    "backslashes": [("write", {"path": "C:\\Users\\n.txt", "text": "\\d+\\n"})],
}

SAMPLES: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "Cline, words between": (
        "First: <write><path>a</path><text>x</text></write>Second: <now></now>",
        [("write", {"path": "a", "text": "x"}), ("now", {})],
    ),
    "Cline, the end tag in the text": (
        "<write><path>a.ts</path><text>\nf() {\n// so: </text>\n}\n</text></write>",
        [("write", {"path": "a.ts", "text": "f() {\n// so: </text>\n}"})],
    ),
    "Cline, a call in the text": (
        "<write><path>a</path><text>echo '<search><query>x</query></search>'</text></write>",
        [("write", {"path": "a", "text": "echo '<search><query>x</query></search>'"})],
    ),
    "Cline, spaces": ("<search><query>  tea  </query></search>", [("search", {"query": "tea"})]),
    "Cline, the ends of parameters missing": (
        "<search>\n<query>tea\n<limit>3\n</search>",
        [("search", {"query": "tea", "limit": 3})],
    ),
    "Cline, elements in another tag": (
        "<tool_call><search><query>tea</query></search></tool_call>",
        [("search", {"query": "tea"})],
    ),
    "OpenHands, its end cut off by a stop word": (
        "I look:\n<function=search>\n<parameter=query>tea</parameter>\n</function",
        [("search", {"query": "tea"})],
    ),
    "Roo, CDATA": (
        "<write>\n<path>a.ts</path>\n<text><![CDATA[a <b> c]]></text>\n</write>",
        [("write", {"path": "a.ts", "text": "a <b> c"})],
    ),
    "Roo, JSON as a value": (
        '<store>\n<tags>[{"path": "a.ts"}]</tags>\n<ok>false</ok>\n</store>',
        [("store", {"tags": [{"path": "a.ts"}], "ok": False})],
    ),
    "Roo, elements as a value": (
        "<store><tags><file>a</file><file>b</file></tags><item><k>1</k></item></store>",
        [("store", {"tags": ["a", "b"], "item": {"k": 1}})],
    ),
    "Qwen3-Coder without its outer tags": (
        "<function=search>\n<parameter=query>\ntea\n</parameter>\n</tool_call>",
        [("search", {"query": "tea"})],
    ),
    "Qwen3-Coder, Python's literals": (
        "<function=store>\n<parameter=item>\n{'a': None}\n</parameter>\n<parameter=ok>\nTrue\n"
        "</parameter>\n<parameter=ratio>\n007\n</parameter>\n</function>",
        [("store", {"item": {"a": None}, "ok": True, "ratio": 7})],
    ),
    "DeepSeek V3.2, a number that is marked as text": (
        '<\uff5cDSML\uff5cinvoke name="search"><\uff5cDSML\uff5cparameter name="limit" '
        'string="true">42</\uff5cDSML\uff5cparameter></\uff5cDSML\uff5cinvoke>',
        [("search", {"limit": 42})],
    ),
    "DeepSeek V3.2, all arguments in one": (
        '<\uff5cDSML\uff5cinvoke name="search"><\uff5cDSML\uff5cparameter name="arguments" '
        'string="false">{"query": "tea"}</\uff5cDSML\uff5cparameter></\uff5cDSML\uff5cinvoke>',
        [("search", {"query": "tea"})],
    ),
    "Solar Open 2, an end missing": (
        "<|tool_call:start|>search\n<|tool_arg:start|>query<|tool_arg:value|>tea<|tool_call:end|>"
        "<|tool_call:start|>now\n<|tool_call:end|>",
        [("search", {"query": "tea"}), ("now", {})],
    ),
    "Functionary 3.2, words first": (
        '>>>all\nI look.>>>search\n{"query": "tea"}>>>search\n{"query": "milk"}',
        [("search", {"query": "tea"}), ("search", {"query": "milk"})],
    ),
    "gpt-oss, no arguments": (
        "<|channel|>analysis<|message|>I look.<|end|><|start|>assistant<|channel|>commentary "
        "to=functions.now <|constrain|>json<|message|><|call|>",
        [("now", {})],
    ),
    "gpt-oss, no type": (
        '<|channel|>commentary to=functions.search<|message|>{\n"query": "tea"\n}<|call|>',
        [("search", {"query": "tea"})],
    ),
    "Kimi K3, thoughts and words first": (
        "<|open|>think<|sep|>Hm.<|close|>think<|sep|><|open|>response<|sep|>I look."
        '<|close|>response<|sep|><|open|>tools<|sep|><|open|>call tool="search" index="1"<|sep|>'
        '<|open|>argument key="limit" type="number"<|sep|>3<|close|>argument<|sep|>'
        "<|close|>call<|sep|><|close|>tools<|sep|><|close|>message<|sep|>",
        [("search", {"limit": 3})],
    ),
    "Mistral, the arguments first": (
        '[TOOL_CALLS] [{"arguments": {"query": "tea"}, "name": "search"}]\nand more',
        [("search", {"query": "tea"})],
    ),
    "Mistral, one token left": ('search[ARGS]{"query": "tea"}', [("search", {"query": "tea"})]),
    "DeepSeek V4, its bars doubled": (
        '<\uff5c\uff5cDSML\uff5c\uff5ctool_calls><\uff5c\uff5cDSML\uff5c\uff5cinvoke name="search">'
        '<\uff5c\uff5cDSML\uff5c\uff5cparameter name="query" string="true">tea'
        "</\uff5c\uff5cDSML\uff5c\uff5cparameter></\uff5c\uff5cDSML\uff5c\uff5cinvoke>",
        [("search", {"query": "tea"})],
    ),
    "Granite 4, the arguments as text": (
        '<tool_call>\n{"name": "search", "arguments": "{\\"query\\": \\"tea\\"}"}\n</tool_call>',
        [("search", {"query": "tea"})],
    ),
    "OLMo 3, JSON's literals": (
        "<function_calls>store(note=null, ok=true, tags=['x'])\nnow()</function_calls>",
        [("store", {"note": None, "ok": True, "tags": ["x"]}), ("now", {})],
    ),
    "LFM2, a newline in a text": (
        "<|tool_call_start|> [write(path='a', text='x\ny]')]<|tool_call_end|>\nSo.",
        [("write", {"path": "a", "text": "x\ny]"})],
    ),
    "Apertus, cut off": (
        '<|tools_prefix|>[{"search": {"query": "tea"}',
        [("search", {"query": "tea"})],
    ),
    "Gemma 4, keys as text": (
        '<|tool_call>call:store{item:{<|"|>3<|"|>:<|"|>a "b"<|"|>},ok:true}<tool_call|>',
        [("store", {"item": {"3": 'a "b"'}, "ok": True})],
    ),
    "MiniMax M1, calls in thoughts and a broken line": (
        '<think><tool_calls>\n{"name": "now", "arguments": {}}\n</tool_calls></think>\n'
        "<tool_calls>\n"
        '{"name": "search", "arguments": {"query": "tea"}}\n{invalid}\n'
        '{"name": "now", "arguments": {}}\n</tool_calls>',
        [("search", {"query": "tea"}), ("now", {})],
    ),
    "Llama 3, words around": (
        'So: {"name": "search", "parameters": {"query": "tea"}}; {"name": "now", "parameters": {}} '
        "I used {now}.",
        [("search", {"query": "tea"}), ("now", {})],
    ),
}

NO_CALLS = {
    "Command R calls nothing": (
        'Action: ```json\n[\n    {"tool_name": "directly-answer", "parameters": {}}\n]\n```\n'
        "It is 7.",
        "It is 7.",
    ),
    "Command A answers": (
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>It is 7.<|END_RESPONSE|>",
        "It is 7.",
    ),
    "Kimi K3 answers": (
        "<|open|>response<|sep|>It is 7.<|close|>response<|sep|><|close|>message<|sep|>",
        "It is 7.",
    ),
}


def read(text: str, *, whole: bool = False) -> list[tuple[str, dict[str, Any]]]:
    _, uses = read_tool_uses(text, SPECS, whole=whole)
    assert not any(use.fault for use in uses)
    return [(use.name, use.arguments) for use in uses]


def test_every_row_of_the_table_has_a_writer() -> None:
    assert WRITERS.keys() == {row.models for row in MARKUPS}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("models", WRITERS)
def test_written_calls_are_read_back(models: str, name: str) -> None:
    text = WRITERS[models](CALLS[name])
    said, _ = read_tool_uses(f"I look.\n{text}", SPECS)
    assert read(text) == [(tool, dict(given)) for tool, given in CALLS[name]]
    assert read(f"I look.\n{text}") == read(text)
    assert said == "I look."


@pytest.mark.parametrize("models", WRITERS)
def test_calls_that_are_seen_while_they_stream_are_those_at_the_end(models: str) -> None:
    for calls in CALLS.values():
        text = WRITERS[models](calls)
        at_end = read(text)
        for cut in range(len(text)):
            if holds_tool_use(text[:cut], SPECS):
                seen = read(text[:cut], whole=True)
                assert seen == at_end[: len(seen)], text[:cut]


@pytest.mark.parametrize(("text", "calls"), SAMPLES.values(), ids=SAMPLES)
def test_published_samples_are_read(text: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert read(text) == calls


@pytest.mark.parametrize(("text", "said"), NO_CALLS.values(), ids=NO_CALLS)
def test_reply_that_calls_nothing_is_its_words(text: str, said: str) -> None:
    assert read_tool_uses(text, SPECS) == (said, ())


@pytest.mark.parametrize(
    "token",
    [
        "<|START_THINKING|>",
        "]<]minimax[>[",
        '<|open|>call tool="a"<|sep|>',
        "<|close|>think<|sep|>",
    ],
)
def test_token_that_code_or_arguments_quote_stays_as_it_is(token: str) -> None:
    code = f"print({token!r})"
    assert parse_reply(f"```python\n{code}\n```").code == code
    given = {"path": "a", "text": f"x = {token!r}"}
    assert read(WRITERS["MiniMax M1"]([("write", given)])) == [("write", given)]


def test_text_of_kimi_k3_may_hold_the_tags_of_thoughts() -> None:
    calls = [("write", {"path": "a", "text": "a <think>b</think> c"})]
    assert read(WRITERS["Kimi K3"](calls)) == calls
