"""Resources: code, values and replies that are too much cost a step at most, and the page goes on.

An endless loop, a crash and a huge allocation are in ``tests/e2e/test_kill.py``.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from typing import Any

import httpx
import pytest

from pyagent.errors import ModelError
from pyagent.models.formats.anthropic import AnthropicModel
from pyagent.models.formats.gemini import GeminiModel
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.formats.openai_responses import OpenAIResponsesModel
from pyagent.models.http.model import HttpModel
from support.models.formats import stream_bytes
from support.models.model_asking import ask, scripted, stream_of

from .attacker import MARKED, Attacker, at_once
from .cases import Case, each
from .test_protocol import FORGE

LOST = "SandboxLost|TimeoutError"

CODE = [
    Case(
        name="a lock that nobody opens",
        attack="import js\njs.Atomics.wait(js.Int32Array.new(js.SharedArrayBuffer.new(8)), 0, 0)",
        expected=LOST,
    ),
    Case(
        name="workers that all run",
        attack=MARKED + "url = marked('for (;;);')\n"
        "for _ in range(20): js.Worker.new(url)\nwhile True: pass",
        expected=LOST,
    ),
    Case(
        name="a promise after a promise",
        attack="import js\nfrom pyodide.ffi import create_proxy\n"
        "again = create_proxy(lambda *_: js.queueMicrotask(again))\n"
        "js.queueMicrotask(again)\nimport asyncio\nawait asyncio.sleep(60)",
        expected=LOST,
    ),
    Case(
        name="a worker that closes itself",
        attack="import js\njs.self.close()\nimport asyncio\nawait asyncio.sleep(60)",
        expected="SandboxLost",
    ),
    Case(
        name="a message of a gigabyte",
        attack="import js\njs.self.postMessage(js.Uint8Array.new(2**30))\nfinal_answer(1)",
        expected=f"1|{LOST}",
    ),
    Case(
        name="a long repr",
        attack="class A:\n def __repr__(self): return 'x' * 10**8\nprint(A())\nfinal_answer(A())",
        expected="x+.*",
    ),
    Case(
        name="a repr that never ends",
        attack="class A:\n def __repr__(self):\n  while True: pass\nfinal_answer(A())",
        expected=LOST,
    ),
    Case(
        name="a repr of itself",
        attack="class A:\n def __repr__(self): return repr(self)\nfinal_answer(A())",
        expected=".*",
    ),
    Case(
        name="much output",
        attack="for _ in range(200): print('x' * 100_000)\nfinal_answer(1)",
        expected="1",
    ),
    Case(
        name="an integer of many digits",
        attack="import sys\nsys.set_int_max_str_digits(0)\nfinal_answer(10**20_000)",
        expected="10*.*",
    ),
    Case(name="not a number", attack="final_answer([float('nan'), 1e999])", expected=".*None.*"),
    Case(name="a list in itself", attack="l = []; l.append(l)\nfinal_answer(l)", expected=".*"),
    Case(
        name="a deep list",
        attack="l = []\nfor _ in range(100_000): l = [l]\nfinal_answer(l)",
        expected=f".*|{LOST}",
    ),
    Case(
        name="many files",
        attack="for n in range(3_000): open(f'f{n}.txt', 'w').write('x')\nfinal_answer(1)",
        expected="1",
    ),
    Case(
        name="many displays",
        attack="try:\n for n in range(5_000): display(HTML('<b>x</b>'))\n"
        "except Exception as error: final_answer(type(error).__name__)",
        expected="RuntimeError",
    ),
    Case(
        name="a table of many fields",
        attack="fields = [{'name': f'f{n}', 'type': 'integer'} for n in range(5_000)]\n"
        "row = {f'f{n}': n for n in range(5_000)}\n"
        "class Table:\n def _repr_mimebundle_(self, **_):\n"
        "  return {'application/vnd.dataresource+json': {'schema': {'fields': fields},"
        " 'data': [row] * 50}, 'text/plain': 'table'}\ndisplay(Table())\nfinal_answer(1)",
        expected="1",
    ),
    Case(
        name="Markdown with many marks",
        attack="final_answer('_a_' * 27_000)",
        expected="(_a_)+",
    ),
]

REPLIES = {
    "brackets": "[" * 400_000 + "]" * 400_000,
    "one long line": "x" * 2_000_000,
    "open blocks": "```python\n" * 20_000,
    "nested quotes": "> " * 50_000 + "x",
    "ANSI escapes": "\x1b[2J\x1b]0;owned\x07" * 1_000,
    "bidirectional marks": "\u202e\u2066" * 10_000,
    "half pairs": "\ud83d" * 1_000,
}


@pytest.fixture(scope="module")
def tight(attacker: Attacker) -> Attacker:
    """The attacker, with a short deadline for what only a deadline ends."""
    attacker.agent_page.configure(deadlineS=3)
    attacker.keep()
    return attacker


@each(CODE)
def test_code_that_is_too_much_costs_a_step(tight: Attacker, case: Case) -> None:
    result = tight.run(case.attack)
    error = tight.steps[0]["error"]
    outcome = str(result["output"]) if error is None else error["type"]
    assert re.fullmatch(case.expected, outcome, re.DOTALL), (outcome[:300], error)
    assert tight.goes_on()
    assert tight.page.evaluate("1 + 1") == 2


def test_checkpoint_that_cannot_be_read_is_given_up(tight: Attacker) -> None:
    garbage = "import pyagent.sandbox.guest as g\ng.take_checkpoint = lambda *a, **k: (b'x', {})"
    try:
        result = tight.run(garbage, "import os; os._exit(1)", "final_answer(42)")
        assert result["output"] == 42, result
        assert tight.answer("final_answer(43)") == 43
    finally:
        tight.page.evaluate("document.querySelector('py-agent').clear()")
        tight.keep()


def test_forged_displays_are_counted_by_the_trusted_side(tight: Attacker) -> None:
    code = FORGE + (
        "import sys\nframe = sys._getframe()\n"
        "while type(frame.f_locals.get('message')).__name__ != 'Execute': frame = frame.f_back\n"
        "forged = {'type': 'display', 'id': frame.f_locals['message'].id,"
        " 'bundle': {'text/html': '<b>x</b>', 'text/plain': 'x'}}\n"
        "for _ in range(1_000): port.post(json.dumps(forged), [])\n"
    )
    tight.run(code, "final_answer(1)")
    shown = tight.page.evaluate("seen.filter(({ type }) => type === 'step_display').length")
    tight.page.evaluate("document.querySelector('py-agent').clear()")
    tight.keep()
    assert shown <= 250


@pytest.mark.parametrize("name", REPLIES)
def test_reply_that_is_too_much_is_read_to_its_end(tight: Attacker, name: str) -> None:
    tight.agent_page.replies.append(at_once(REPLIES[name]))
    assert tight.run("final_answer(kept + 1)")["output"] == 42


FORMATS: dict[str, type[HttpModel]] = {
    "openai": OpenAIModel,
    "responses": OpenAIResponsesModel,
    "anthropic": AnthropicModel,
    "gemini": GeminiModel,
}
BAD_VALUES = (
    *("null", "NaN", "-1e999", "9" * 400, "[" * 200 + "]" * 200, '{"__proto__": {"a": 1}}'),
    *('"\\ud800"', "{}", "[]", '""', "true", '"' + "x" * 10_000 + '"', "[[[]], null]"),
)


def malformed(body: bytes, number: int) -> bytes:
    """The recorded stream with a fault that the number chooses."""
    chance = random.Random(number)
    at = chance.randrange(len(body))
    match number % 6:
        case 0:
            return body[:at]
        case 1:
            return body[:at] + bytes(chance.randrange(256) for _ in range(20)) + body[at:]
        case 2:
            lines = body.splitlines(keepends=True)
            chance.shuffle(lines)
            return b"".join(lines)
        case 3:
            return body[at:] + body[:at]
        case 4:
            return body.replace(b"{", b"[", 1 + at % 7)
    text = body.decode()
    values = list(re.finditer(r'(?<=: )("[^"]*"|\d+|null)|(?<=:)("[^"]*"|\d+|null)', text))
    value = chance.choice(values)
    return (text[: value.start()] + chance.choice(BAD_VALUES) + text[value.end() :]).encode()


async def read_all(model_class: type[HttpModel], bodies: list[bytes]) -> list[str]:
    outcomes = []
    for body in bodies:
        model = scripted(model_class, stream_of(body), max_retries=0)
        try:
            await ask(model)
            outcomes.append("a reply")
        except ModelError as error:
            outcomes.append(str(error))
    return outcomes


@pytest.mark.parametrize("name", FORMATS)
def test_malformed_replies_are_errors_in_words(name: str) -> None:
    bodies = [malformed(stream_bytes(name), number) for number in range(125)]
    outcomes = asyncio.run(read_all(FORMATS[name], bodies))
    assert all(outcomes)
    assert len(set(outcomes)) > 1, "some must be refused and some be read"


NO_STREAMS: list[Any] = [
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b"\xff\xfe" * 1_000),
    httpx.Response(200, headers={"content-type": "application/json"}, content=b"[" * 100_000),
    httpx.Response(200, headers={"content-encoding": "identity"}, content=b"data: \x00\n\n"),
    httpx.Response(204),
    httpx.Response(299, content=json.dumps({"choices": "x"}).encode()),
    httpx.Response(500, content=b"<html>" * 100_000),
    httpx.Response(401, headers={"www-authenticate": "x" * 10_000}, content=b"\x1b[2J"),
    httpx.Response(302, headers={"location": "file:///etc/passwd"}),
    httpx.Response(400, content=json.dumps({"error": {"message": ["x"] * 10}}).encode()),
]


@pytest.mark.parametrize("number", range(len(NO_STREAMS)))
def test_answer_that_is_no_stream_is_an_error_in_words(number: int) -> None:
    model = scripted(OpenAIModel, NO_STREAMS[number], max_retries=0)
    with pytest.raises(ModelError) as caught:
        asyncio.run(ask(model))
    assert len(str(caught.value)) < 2_000
    assert "\x1b" not in str(caught.value)
