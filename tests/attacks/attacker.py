"""Runs attacks one after another in one sandbox, as the code that a model wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from support.models.scripted_server import Reply
from support.page.agent_page import AgentPage, step

REALM = Path(__file__).with_name("realm.js").read_text("utf-8")

ATTEMPTS = 3
"""How often an attack in JavaScript is made whose sandbox does not answer by its deadline: a worker
that a worker of Firefox starts now and then hangs, and its timers with it."""

MARKED = """
import js
from pyodide.ffi import create_proxy, to_js

def marked(script):
    url = js.URL.createObjectURL(js.Blob.new(to_js([script]), type="text/javascript"))
    if not hasattr(js, "trustedTypes"):
        return url
    if not hasattr(js, "around"):
        rules = js.Object.new()
        rules.createScript = rules.createScriptURL = create_proxy(lambda text, *_: text)
        js.self.around = js.trustedTypes.createPolicy("lit-html", rules)
    return js.around.createScriptURL(url)
"""
"""Defines ``marked``: the address of a script, for what takes no text as an address. Code may write
such a policy itself, so the sandbox must hold without Trusted Types."""

IN_SANDBOX = """
import json

url = marked({source!r})
js.WorkerGlobalScope.prototype.importScripts.call(js.self, url)
at = js.JSON.parse({at!r})
final_answer(json.loads(await js.everywhere(at, url)))
"""

PYTHON = """
import js
NAME, URL, PORT = {name!r}, {url!r}, {port}
async def attack():
    {body}
    return "reached"
try:
    outcome = await attack()
except BaseException as error:
    outcome = f"{{type(error).__name__}}: {{error}}"
final_answer(outcome)
"""


def script(attack: str) -> str:
    """The attack, the body of an async function of ``at``, as a script for a worker."""
    return f"{REALM}\nself.attack = async (at) => {{\n{attack}\n}};"


def at_once(text: str) -> Reply:
    """A model's reply that comes in one piece, because a stream of words takes seconds."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    event = f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n"
    return Reply(pieces=[event.encode()])


def python(attack: str, at: dict[str, Any]) -> str:
    """Code that gives the outcome of a line of Python to ``final_answer``."""
    name, url = at["name"], at["url"]
    return PYTHON.format(name=name, url=url, port=urlsplit(url).port, body=attack)


def came_of_it(expected: str, outcomes: list[str]) -> bool:
    """Whether the outcome in each realm is the right one; the inner worker may not have started."""
    inner = f"(?:{expected})|Error: no worker"
    return bool(
        re.fullmatch(expected, outcomes[0], re.DOTALL)
        and re.fullmatch(inner, outcomes[1], re.DOTALL)
    )


class Attacker:
    """A conversation of ``agent_page``, which is open. A sandbox that dies is replaced."""

    def __init__(self, agent_page: AgentPage) -> None:
        self.agent_page = agent_page

    def run(self, *codes: str, **options: Any) -> dict[str, Any]:
        """The result of a task whose model replies with these pieces of code, one per step."""
        self.agent_page.replies.extend(at_once(step(code)) for code in codes)
        return self.agent_page.run(**options)

    def answer(self, *codes: str, **options: Any) -> Any:
        """What the last of ``codes`` passes to ``final_answer``."""
        result = self.run(*codes, **options)
        assert result["success"], result
        errors = [step["error"] for step in self.steps]
        assert errors == [None] * max(len(codes), 1), errors
        return result["output"]

    def keep(self) -> None:
        """Have the sandbox keep a variable, for ``goes_on``."""
        self.answer("kept = 41\nfinal_answer(kept)")

    def goes_on(self) -> bool:
        """Whether the next task is solved, with the variable that was kept."""
        return bool(self.answer("final_answer(kept + 1)") == 42)

    def by_javascript(self, attack: str, at: dict[str, Any]) -> list[str]:
        """The outcomes in the sandbox's worker and in a worker inside of it."""
        code = MARKED + IN_SANDBOX.format(source=script(attack), at=json.dumps(at))
        for _ in range(ATTEMPTS - 1):
            result = self.run(code)
            error = self.steps[0]["error"]
            if error is None or error["type"] != "TimeoutError":
                break
        else:
            result = {"output": self.answer(code)}
        assert self.steps[0]["error"] is None, self.steps
        outcomes: list[str] = result["output"]
        return outcomes

    def by_python(self, attack: str, at: dict[str, Any]) -> str:
        """The outcome of a line of Python, which knows ``NAME``, ``URL`` and ``PORT``."""
        result = self.run(python(attack, at))
        lost = self.steps[0]["error"]
        return str(result["output"]) if lost is None else f"{lost['type']}: {lost['message']}"

    @property
    def page(self) -> Page:
        return self.agent_page.page

    @property
    def steps(self) -> list[dict[str, Any]]:
        """How the steps of the last task ended."""
        return self.agent_page.seen("step_finished")
