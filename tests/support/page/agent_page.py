"""Drives ``<py-agent>`` in a page through its public API, with a scripted model."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Page

from support.models.scripted_server import Cors, Reply, Request, ScriptedServer, streamed

START_MS = 60_000
"""A page starts in a second or two; a busy machine takes far longer."""

_LISTEN = """() => {
  window.seen = [];
  document.querySelector("py-agent").addEventListener("pyagent-message", (event) => {
    if (event.detail.type !== "model_delta") window.seen.push(event.detail);
  });
}"""
_CONFIGURE = """async ([model, agent]) => {
  const element = document.querySelector("py-agent");
  await element.ready;
  await element.configure({ model, agent });
}"""
_RUN = """async ([task, files]) => {
  const made = files.map(([name, text]) => new File([text], name));
  window.seen.length = 0;
  const { files: produced, ...result } = await document.querySelector("py-agent")
    .run(task, { files: made });
  return result;
}"""

_ALLOW = """() => {
  const find = (root, name) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.localName === name) return element;
      const inside = element.shadowRoot && find(element.shadowRoot, name);
      if (inside) return inside;
    }
    return null;
  };
  document.querySelector("py-agent").addEventListener("pyagent-message", (event) => {
    if (event.detail.type !== "approval_requested") return;
    const allow = () => {
      const question = find(document, "pa-approval");
      if (question === null) setTimeout(allow, 50);
      else question.shadowRoot.querySelector("button.primary").click();
    };
    setTimeout(allow, 50);
  });
}"""

KEY = "sk-of-the-tests"


class AgentPage:
    """A context manager. Each reply of the model is a text; ``step`` makes a reply with code."""

    def __init__(
        self,
        page: Page,
        site: str,
        *,
        cors: Cors | None = None,
        model: ScriptedServer | None = None,
    ) -> None:
        self.page = page
        self.site = site
        self.choice = {"provider": "openai-compatible", "model": "scripted"}
        """The model that is configured. Any endpoint gets the scripted model's address."""
        self.replies: deque[Reply] = deque()
        self.choose: Callable[[Request], Reply] | None = None
        """Chooses a reply by the request, for tests in which several agents ask at once."""
        self.model = model or ScriptedServer(self._reply, cors=cors)

    def __enter__(self) -> AgentPage:
        self.model.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.page.close()
        self.model.__exit__(*error)

    def open(self, path: str = "", **agent: Any) -> AgentPage:
        """Load the page and choose the scripted model. ``agent`` is the element's config."""
        self.page.set_default_timeout(START_MS)
        self.page.goto(f"{self.site}{path}")
        self.listen()
        self.configure(**agent)
        return self

    def listen(self) -> None:
        """Note the messages of the page that was loaded, for ``seen``."""
        self.page.evaluate(_LISTEN)

    def allow_everything(self) -> None:
        """Answer each question whether something may be done with a yes, as a person would."""
        self.page.evaluate(_ALLOW)

    def run(
        self, *codes: str, task: str = "Do it.", files: Sequence[tuple[str, str]] = ()
    ) -> dict[str, Any]:
        """Solve a task whose model replies with these pieces of code, one per step."""
        self.replies.extend(streamed(step(code)) for code in codes)
        result: dict[str, Any] = self.page.evaluate(_RUN, [task, [list(file) for file in files]])
        return result

    def answer(self, *codes: str) -> Any:
        """The value that the last of ``codes`` passes to ``final_answer``."""
        result = self.run(*codes)
        assert result["success"], result
        return result["output"]

    def answer_to(self, task: str) -> Any:
        """The output of a task. ``choose`` gives the replies."""
        result = self.run(task=task)
        assert result["success"], result
        return result["output"]

    def seen(self, message_type: str) -> list[dict[str, Any]]:
        """The messages of one type in the last run, in order."""
        return [m for m in self.page.evaluate("window.seen") if m["type"] == message_type]

    def configure(self, **agent: Any) -> None:
        """Change settings from the next run on. Settings that are not named stay."""
        address = {"baseUrl": self.model.base_url, "apiKey": KEY}
        model = self.choice if self.choice["provider"] == "local" else {**self.choice, **address}
        self.page.evaluate(_CONFIGURE, [model, agent])

    def _reply(self, request: Request) -> Reply:
        if self.choose is not None:
            return self.choose(request)
        return self.replies.popleft() if self.replies else streamed(step("final_answer(None)"))


def step(code: str) -> str:
    """A model's reply with ``code``."""
    return f"I run this.\n\n```python\n{code}\n```\n"


def calling(*calls: tuple[str, dict[str, Any]]) -> Reply:
    """A model's reply with native tool calls, whose arguments come in pieces."""
    deltas: list[dict[str, Any]] = [{"content": "I call."}]
    for index, (name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": ""}
        deltas.append({"index": index, "id": f"call-{index}", "function": function})
        text = json.dumps(arguments)
        deltas += [
            {"index": index, "function": {"arguments": text[at : at + 5]}}
            for at in range(0, len(text), 5)
        ]
    events = [{"delta": d if "content" in d else {"tool_calls": [d]}} for d in deltas]
    return _events([*events, {"delta": {}, "finish_reason": "tool_calls"}])


def priced(text: str, cost: float) -> Reply:
    """A reply of a provider that says what it cost, in US dollars."""
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "cost": cost}
    return _events([{"delta": {"content": text}, "finish_reason": "stop"}], usage)


def _events(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> Reply:
    chunks = [{"choices": [{"index": 0, **choice}]} for choice in choices]
    chunks += [{"choices": [], "usage": usage}] if usage else []
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return Reply(pieces=[line.encode() for line in [*lines, "data: [DONE]\n\n"]])
