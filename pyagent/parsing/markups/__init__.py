"""A table of how model families write tool calls in text. ``tool_calls`` and ``dialects`` read it.

Servers that do not know a model's template leave its calls in the text of the reply. Each row says
which models write it, where that is published, and how a call begins; ``example`` is a call of
``search`` with the query ``tea``, as the model writes it. A row is one of four kinds:

- ``header``: a pattern before the tool's name, after which the arguments follow as a JSON object;
- ``element``: elements whose parameters are elements too;
- ``python``: a pattern before a call in Python;
- neither: JSON that names the tool itself, or elements that ``named_elements`` reads, so that only
  ``mark`` is of interest.
"""

from __future__ import annotations

from pyagent.parsing.markups.in_elements import IN_ELEMENTS
from pyagent.parsing.markups.in_json import IN_JSON
from pyagent.parsing.markups.in_python import IN_PYTHON
from pyagent.parsing.markups.markup import ACTION, Markup

__all__ = ["ACTION", "MARKUPS", "Markup"]

MARKUPS = (*IN_JSON, *IN_ELEMENTS, *IN_PYTHON)
