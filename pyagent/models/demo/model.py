"""The demonstration: a fixed script of replies in ``replies.md`` that really solves one task.

Only the model is scripted. The task and the name of its file are in ``task.json``, which the page
reads too; the file is beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

from pyagent.messages import ChatMessage
from pyagent.models.scripted import ScriptedModel, ScriptedReply
from pyagent.protocol import TokenUsage

PIECE_DELAY_S = 0.02
"""Pause between two words: the speed of brisk reading, so that a newcomer can follow."""

_FOLDER = files(__package__)
_MARK = re.compile(r"^<!-- (?:after: (.*)|otherwise) -->$", re.MULTILINE)

# Both are read here, because _FOLDER is of no use after the browser has restored its memory
# snapshot: a snapshot keeps no open file.
_script = _FOLDER.joinpath("replies.md").read_text("utf-8")
_about = json.loads(_FOLDER.joinpath("task.json").read_text("utf-8"))
DEMO_TASK: str = _about["task"]
DEMO_FILE: str = _about["file"]


def demo_files() -> dict[str, bytes]:
    """The file that the demonstration works on, by its name."""
    return {DEMO_FILE: _FOLDER.joinpath(DEMO_FILE).read_bytes()}


def demo_model(*, delay_s: float = PIECE_DELAY_S) -> DemoModel:
    """A model that plays the demonstration, with a pause of ``delay_s`` seconds between words."""
    return DemoModel(model_id="demonstration", delay_s=delay_s)


class DemoModel(ScriptedModel):
    """Chooses each reply by what it sees, so that a stopped demonstration starts from the top.

    A reply comes only when the model has really seen what the reply refers to: the task, or the
    output of the code before. To anything else it replies that it is a demonstration.
    """

    def reply_to(self, messages: Sequence[ChatMessage]) -> ScriptedReply:
        _, *parts = _MARK.split(_script)
        seen = messages[-1].content if messages else ""
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return next(reply.strip() + "\n" for cue, reply in pairs if cue is None or cue in seen)

    def usage_of(self, messages: Sequence[ChatMessage], said: str) -> TokenUsage:
        """No tokens: a script costs none."""
        return TokenUsage()

    def pieces(self, text: str) -> Iterator[str]:
        return (match.group() for match in re.finditer(r"\s*\S+|\s+", text))
