"""Convert what a tool returned to JSON, within limits. Only ``Tool.call`` uses this.

Results cross to the sandbox as JSON text. Deep nesting crashes the parser there, so depth and size
are checked during the conversion. The rule itself is ``sandbox.values.to_data``, as for the answers
of code.
"""

from __future__ import annotations

from pyagent.errors import ToolError
from pyagent.protocol import Json
from pyagent.sandbox.values import NotJson, TooMuch, to_data

MAX_DEPTH = 50
MAX_CHARS = 4_000_000
"""Characters of text that one result may hold. A number counts as 8."""


def to_json(value: object) -> Json:
    """Convert ``value`` to JSON, as ``to_data`` does.

    Raises ``ToolError`` for a value that has no sensible JSON, is too large or too deep.
    """
    try:
        return to_data(value, max_chars=MAX_CHARS, max_depth=MAX_DEPTH)
    except NotJson as error:
        advice = (
            "Ask for less at once."
            if isinstance(error, TooMuch)
            else "Return text, numbers, lists, dataclasses, or dicts whose keys differ as text."
        )
        raise ToolError(
            f"The result cannot be sent to the code: {error}.", advice=advice
        ) from error
