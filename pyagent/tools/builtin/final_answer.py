"""``final_answer``: the function with which a model ends a run.

Every agent has one of its own. A subclass of ``FinalAnswerTool`` takes its place: it may ask for
more than the answer, and what its ``forward`` returns is the answer of the run.
"""

from __future__ import annotations

from typing import Any

from pyagent.tools.base import Tool

_ANSWER = "The answer: a sentence, a number, a table, a figure."


class FinalAnswerTool(Tool):
    """Ends the run. Passing it in ``tools`` is harmless; passing a subclass changes the answer."""

    name = "final_answer"
    description = "Give the answer to the task and stop."
    in_guest = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.in_guest = False
        if "forward" in vars(cls) and not cls.forward.__annotations__ and not cls.inputs:
            # Written without hints, as for smolagents: it takes what this class takes.
            cls.inputs = {"answer": {"type": "any", "description": _ANSWER}}
            cls.output_type = cls.output_type or "any"

    def forward(self, answer: Any) -> Any:
        """Give the answer.

        Args:
            answer: The answer: a sentence, a number, a table, a figure.
        """
        return answer
