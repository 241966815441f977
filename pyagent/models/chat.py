"""Messages in the shape of OpenAI's chat API, which most servers and the page's models take."""

from __future__ import annotations

from collections.abc import Sequence

from pyagent.messages import ChatMessage


def chat_messages(messages: Sequence[ChatMessage]) -> list[dict[str, str]]:
    """Messages as the API takes them, neighbours of one role joined.

    The chat templates of several local models refuse a conversation in which user and assistant
    do not alternate.
    """
    joined: list[dict[str, str]] = []
    for message in messages:
        if joined and joined[-1]["role"] == message.role:
            joined[-1]["content"] += "\n\n" + message.content
        else:
            joined.append({"role": message.role, "content": message.content})
    return joined
