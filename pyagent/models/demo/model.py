"""The demonstration: a fixed script of replies in ``replies.md`` that solves one task for real.

Only the model is played. Task and file stand in ``task.json``, which the page reads too.
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
"""Between two words: brisk reading, so that a newcomer can follow."""

_FOLDER = files(__package__)
_MARK = re.compile(r"^<!-- (?:after: (.*)|otherwise) -->$", re.MULTILINE)

# Both are read here: a memory snapshot of the browser keeps no open file, so _FOLDER is of no use
# afterwards.
_script = _FOLDER.joinpath("replies.md").read_text("utf-8")
_about = json.loads(_FOLDER.joinpath("task.json").read_text("utf-8"))
DEMO_TASK: str = _about["task"]
DEMO_FILE: str = _about["file"]


def demo_model(*, delay_s: float = PIECE_DELAY_S) -> DemoModel:
    """A model that plays the demonstration; ``delay_s`` passes between words, in seconds."""
    return DemoModel(model_id="demonstration", delay_s=delay_s)


class DemoModel(ScriptedModel):
    """Replies by what it sees, so that a stopped demonstration starts anew.

    Each reply goes out only after what it speaks of was really seen: the task, or the output of
    the code before. To everything else it says that it is a demonstration.
    """

    def reply_to(self, messages: Sequence[ChatMessage]) -> ScriptedReply:
        _, *parts = _MARK.split(_script)
        seen = messages[-1].content if messages else ""
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return next(reply.strip() + "\n" for cue, reply in pairs if cue is None or cue in seen)

    def usage_of(self, messages: Sequence[ChatMessage], said: str) -> TokenUsage:
        """Nothing: what a script says costs no tokens."""
        return TokenUsage()

    def pieces(self, text: str) -> Iterator[str]:
        return (match.group() for match in re.finditer(r"\s*\S+|\s+", text))
