"""Drives ``<py-agent>`` in a page by its public API, with a model that replies from a script."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page
from scripted_server import Reply, Request, ScriptedServer, streamed

START_MS = 60_000
"""A page starts in a second or two; a busy machine takes far longer."""

_LISTEN = """() => {
  window.seen = [];
  document.querySelector("py-agent").addEventListener("pyagent-message", (event) => {
    if (event.detail.type !== "model_delta") window.seen.push(event.detail);
  });
}"""
_CONFIGURE = """async ([baseUrl, apiKey, agent]) => {
  const element = document.querySelector("py-agent");
  const model = { provider: "openai-compatible", model: "scripted", baseUrl, apiKey };
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

KEY = "sk-of-the-tests"


class AgentPage:
    """A context manager. Each reply of the model is a text; ``step`` makes one with code."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.replies: deque[Reply] = deque()
        self.model = ScriptedServer(self._reply)

    def __enter__(self) -> AgentPage:
        self.model.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.page.close()
        self.model.__exit__(*error)

    def open(self, path: str = "", **agent: Any) -> AgentPage:
        """Load the page and choose the scripted model; ``agent`` is the element's config."""
        self.page.set_default_timeout(START_MS)
        self.page.goto(f"{self.site}{path}")
        self.page.evaluate(_LISTEN)
        self.page.evaluate(_CONFIGURE, [self.model.base_url, KEY, agent])
        return self

    def run(
        self, *codes: str, task: str = "Do it.", files: Sequence[tuple[str, str]] = ()
    ) -> dict[str, Any]:
        """Solve a task whose model replies with these pieces of code, one a step."""
        self.replies.extend(streamed(step(code)) for code in codes)
        result: dict[str, Any] = self.page.evaluate(_RUN, [task, [list(file) for file in files]])
        return result

    def answer(self, *codes: str) -> Any:
        """What the last of ``codes`` gave to ``final_answer``."""
        result = self.run(*codes)
        assert result["success"], result
        return result["output"]

    def seen(self, message_type: str) -> list[dict[str, Any]]:
        """The messages of that type in the last run, in order."""
        return [m for m in self.page.evaluate("window.seen") if m["type"] == message_type]

    def _reply(self, request: Request) -> Reply:
        return self.replies.popleft() if self.replies else streamed(step("final_answer(None)"))


def step(code: str) -> str:
    """A reply of a model that writes ``code``."""
    return f"I run this.\n\n```python\n{code}\n```\n"
