"""The page in a browser that brings a model of its own, played by ``prompt_api.js``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from support.page.agent_page import AgentPage

PROMPT_API = Path(__file__).with_name("prompt_api.js")


class BuiltinPage(AgentPage):
    """A context manager; the model's replies are what ``solve`` is given."""

    def __init__(self, page: Page, site: str) -> None:
        super().__init__(page, site)
        page.add_init_script(path=PROMPT_API)
        self.choice = {"provider": "local", "model": "builtin"}

    def solve(self, task: str, *replies: Any) -> dict[str, Any]:
        """The result of a task; a reply that is no text is JSON, which needs a constraint."""
        self.page.evaluate("(replies) => promptApi.replies.push(...replies)", list(replies))
        return self.run(task=task)

    @property
    def prompts(self) -> list[dict[str, Any]]:
        """Of each prompt what the session had read ``before``, what was ``asked``, and the
        ``constraint``, None for none."""
        prompts: list[dict[str, Any]] = self.page.evaluate("promptApi.prompts")
        return prompts
