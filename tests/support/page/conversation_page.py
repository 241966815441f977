"""Drives a page that keeps its conversations, through reloads, second tabs and killed browsers."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from support.models.scripted_server import Reply
from support.page.agent_page import START_MS, AgentPage, step

_TEXT = """() => {
  const texts = [];
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
    else if (["STYLE", "SCRIPT", "SVG"].includes(node.nodeName)) return;
    for (const child of (node.shadowRoot ?? node).childNodes) visit(child);
  };
  for (const run of document.querySelector("py-agent").shadowRoot.querySelectorAll("pa-run")) {
    visit(run);
  }
  return texts.join(" ").replace(/\\s+/g, " ").trim();
}"""
_DRAWN = f"""async () => {{
  const read = {_TEXT};
  let text = read();
  for (let same = 0; same < 3; ) {{
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = read();
    same = now === text ? same + 1 : 0;
    text = now;
  }}
  return text;
}}"""
_ADD_TOOL = """(effects) => document.querySelector("py-agent").addTool(
  {
    name: "order",
    description: "Orders an article. Returns the number of the order.",
    parameters: { type: "object", properties: { sku: { type: "string" } }, required: ["sku"] },
    sideEffects: effects,
  },
  ({ sku }) => window.order(sku),
)"""
_BEGIN = """([task, files]) => {
  const made = files.map(([name, text]) => new File([text], name));
  window.running = document.querySelector("py-agent").run(task, { files: made })
    .catch(({ message }) => ({ output: null, problem: { message } }));
}"""


class ConversationPage:
    """A page of the site with the scripted model. ``orders`` lists what the page's tool did."""

    def __init__(self, agent: AgentPage) -> None:
        self.agent = agent
        expect.set_options(timeout=START_MS)
        self.orders: list[str] = []
        self.settings: dict[str, Any] = {}

    @property
    def page(self) -> Page:
        """The page that is driven now."""
        return self.agent.page

    def open(self, **agent: Any) -> ConversationPage:
        """Load the page, choose the model, and offer the tool ``order``."""
        self.settings = agent
        self.page.expose_function("order", self._order)
        self.agent.open(**agent)
        self.page.evaluate(_ADD_TOOL, True)
        return self

    def beside(self, page: Page | None = None) -> ConversationPage:
        """Another page of the same site, model and list of orders: by default in this browser."""
        page = page or self.page.context.new_page()
        agent = AgentPage(page, self.agent.site, model=self.agent.model)
        other = ConversationPage(agent)
        other.orders = self.orders
        return other.open(**self.settings)

    def again(self) -> ConversationPage:
        """Load the page once more, in this tab."""
        self.page.reload()
        self.agent.listen()
        self.page.evaluate("() => document.querySelector('py-agent').ready")
        self.page.evaluate(_ADD_TOOL, True)
        self.agent.configure(**self.settings)
        return self

    def begin(self, *codes: str, task: str = "Do it.") -> None:
        """Give a task without waiting for its end."""
        self.agent.replies.extend(Reply(pieces=_pieces(code)) for code in codes)
        self.page.evaluate(_BEGIN, [task, []])

    def result(self) -> Any:
        """Wait for the end of the task of ``begin``, and return its output."""
        return self.page.evaluate("async () => (await window.running).output")

    def resume(self) -> Any:
        """Continue the interrupted task as a person does, and return its output."""
        self.page.evaluate(
            """() => { window.finished = new Promise((resolve) => document.querySelector("py-agent")
              .addEventListener("pyagent-result", ({ detail }) => resolve(detail.output),
                { once: true })) }"""
        )
        self.page.get_by_role("button", name="Continue").click()
        return self.page.evaluate("window.finished")

    @property
    def text(self) -> str:
        """All text of the conversation, once nothing more is drawn."""
        text: str = self.page.evaluate(_DRAWN)
        return text

    @property
    def text_now(self) -> str:
        """What of the conversation's text is drawn."""
        text: str = self.page.evaluate(_TEXT)
        return text

    def wait_for_text(self, text: str) -> None:
        """Wait until the conversation shows the text."""
        expect(self.page.locator("py-agent")).to_be_visible()
        self.page.wait_for_function(f"(text) => ({_TEXT})().includes(text)", arg=text)

    def wait_until_kept(self, text: str) -> None:
        """Wait until the conversation shows the text and all that came before it is on disk."""
        self.wait_for_text(text)
        self.page.evaluate(
            "() => document.querySelector('py-agent').controller.history.library.journal.flush()"
        )

    def pick(self, title: str) -> None:
        """Open a conversation that the first screen names."""
        self.page.locator("pa-welcome").get_by_role("button", name=title).click()

    def wait_for_orders(self, *skus: str) -> None:
        """Wait until the page's tool was called with these articles."""
        for _ in range(600):
            if self.orders == list(skus):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"The tool was called with {self.orders}, not with {list(skus)}.")

    def problem(self, text: str) -> None:
        """Wait until the page shows this problem outside of the conversation."""
        expect(self.page.locator("pa-problem").filter(has_text=text).first).to_be_visible()

    def listed(self) -> Locator:
        """Open the list of conversations, and return its rows."""
        self.page.get_by_role("button", name="Conversations").click()
        return self.page.locator("pa-conversation")

    def _order(self, sku: str) -> int:
        self.orders.append(sku)
        return len(self.orders)


def _pieces(code: str) -> list[Any]:
    from support.models.scripted_server import streamed

    return list(streamed(step(code)).pieces)
