"""``final_answer``: the function with which a model ends a run.

Every agent has one of its own. A subclass of ``FinalAnswerTool`` takes its place: it may ask for
more than the answer, and what its ``forward`` returns is the answer of the run.
"""

from __future__ import annotations

from typing import Any

from pyagent.tools.base import Tool


class FinalAnswerTool(Tool):
    """Ends the run. Passing it in ``tools`` is harmless; passing a subclass changes the answer."""

    name = "final_answer"
    description = "Give the answer to the task and stop."
    in_guest = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.in_guest = False

    def forward(self, answer: Any) -> Any:
        """Give the answer.

        Args:
            answer: The answer: a sentence, a number, a table, a figure.
        """
        return answer
