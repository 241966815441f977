"""Drives the element with a model that is not on this machine, as far as the agent can tell."""

from __future__ import annotations

from typing import Any

from support.page.agent_page import KEY, AgentPage

HOST = "model.example"
"""The browser must be told to find this host here."""

_ADD_GATE = """() => document.querySelector("py-agent").addTool(
  { name: "gate", description: "Waits until it is opened.",
    parameters: { type: "object", properties: {} } },
  () => new Promise((open) => (window.openGate = () => open(1))))"""


class FarPage(AgentPage):
    """A page whose code can wait in ``gate()`` until ``open_gate``."""

    def open(self, path: str = "", **agent: Any) -> FarPage:
        super().open(path, **agent)
        self.page.evaluate(_ADD_GATE)
        return self

    def configure(self, **agent: Any) -> None:
        model = {**self.choice, "baseUrl": f"http://{HOST}:{self.model.port}/v1", "apiKey": KEY}
        self.page.evaluate(
            """async ([model, agent]) => {
              const element = document.querySelector("py-agent");
              await element.ready;
              await element.configure({ model, agent });
            }""",
            [model, agent],
        )

    def open_gate(self) -> None:
        """Let the code go on that waits in ``gate()``."""
        self.page.evaluate("window.openGate()")
