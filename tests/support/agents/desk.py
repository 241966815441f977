"""Models that answer the inquiries of docs/examples/inquiries.py, each by looking up its order.

They can be made again from a saved agent, so they work in other processes too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from inquiries import ESCALATED
from pyagent import ChatMessage, ScriptedModel
from pyagent.messages import ToolUse

_FOR_A_PERSON = ("money back", "lawyer", "charged")


class Desk(ScriptedModel):
    """Looks up each order and answers, and passes on what a person must decide."""

    def __init__(self, *, reply_s: float = 0.0) -> None:
        super().__init__(supports_tools=True, delay_s=reply_s)
        self.reply_s = reply_s

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        self.requests.clear()
        task = messages[1].content
        if any(words in task for words in _FOR_A_PERSON):
            return _calls("final_answer", answer=ESCALATED)
        if messages[-1].role == "tool":
            return _calls("final_answer", answer="It arrives tomorrow.")
        return _calls("order_status", number=int("".join(filter(str.isdigit, task))))


class CodeDesk(Desk):
    """Does the same in Python."""

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        self.requests.clear()
        task = messages[1].content
        if any(words in task for words in _FOR_A_PERSON):
            code = f"final_answer({ESCALATED!r})"
        else:
            number = int("".join(filter(str.isdigit, task)))
            code = f"final_answer('It arrives ' + order_status({number})['arrives'])"
        return f"```python\n{code}\n```"

    def pieces(self, text: str) -> Iterator[str]:
        yield text


def _calls(name: str, **arguments: Any) -> list[str | ToolUse]:
    return ["…", ToolUse(id="call", name=name, arguments=arguments)]
