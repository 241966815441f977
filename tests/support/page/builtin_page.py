"""The page in a browser with a built-in model, which ``prompt_api.js`` plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from support.page.agent_page import AgentPage

PROMPT_API = Path(__file__).with_name("prompt_api.js")


class BuiltinPage(AgentPage):
    """A context manager. The model gives the replies that ``solve`` gets."""

    def __init__(self, page: Page, site: str) -> None:
        super().__init__(page, site)
        page.add_init_script(path=PROMPT_API)
        self.choice = {"provider": "local", "model": "builtin"}

    def solve(self, task: str, *replies: Any) -> dict[str, Any]:
        """The result of a task. A reply that is not text is JSON, which needs a constraint."""
        self.page.evaluate("(replies) => promptApi.replies.push(...replies)", list(replies))
        return self.run(task=task)

    @property
    def prompts(self) -> list[dict[str, Any]]:
        """All prompts so far: what the session had read ``before``, what was ``asked``, and the
        ``constraint`` or None."""
        prompts: list[dict[str, Any]] = self.page.evaluate("promptApi.prompts")
        return prompts
