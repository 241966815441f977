"""``final_answer``: the function with which model-written code ends a run.

The guest has its own version, which stops the code at once; this class only shows it to the model.
"""

from __future__ import annotations

from typing import Any

from pyagent.tools.base import Tool


class FinalAnswerTool(Tool):
    """Ends the run. Every agent has this tool; passing it in ``tools`` is harmless."""

    name = "final_answer"
    description = "Give the answer to the task and stop."
    in_guest = True

    def forward(self, answer: Any) -> None:
        """Give the answer.

        Args:
            answer: The answer: a sentence, a number, a table, a figure.
        """
