"""Tools for agents: the base, and the tools that come with pyagent.

The tools that come with pyagent are imported at their first use. Every agent imports
``tools.base``, and few agents need a database or the web. Nothing here knows of
agents: they call tools.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyagent.concurrency.blocking import call_inline
from pyagent.other_names import missing_export
from pyagent.tools.base import Tool, from_schema, tool

# The same names as in _MODULE_OF, for type checkers; a test compares the two.
if TYPE_CHECKING:
    from pyagent.tools.builtin.final_answer import FinalAnswerTool as FinalAnswerTool
    from pyagent.tools.builtin.sql import SqlTool as SqlTool
    from pyagent.tools.builtin.web import READER_URL as READER_URL
    from pyagent.tools.builtin.web import VisitWebpageTool as VisitWebpageTool
    from pyagent.tools.builtin.wikipedia import WikipediaTool as WikipediaTool

_MODULE_OF = {
    "FinalAnswerTool": "pyagent.tools.builtin.final_answer",
    "READER_URL": "pyagent.tools.builtin.web",
    "SqlTool": "pyagent.tools.builtin.sql",
    "VisitWebpageTool": "pyagent.tools.builtin.web",
    "WikipediaTool": "pyagent.tools.builtin.wikipedia",
}

__all__ = [
    "READER_URL",
    "FinalAnswerTool",
    "SqlTool",
    "Tool",
    "VisitWebpageTool",
    "WikipediaTool",
    "call_inline",
    "from_schema",
    "tool",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise missing_export("pyagent.tools", name, __all__)
    return getattr(import_module(_MODULE_OF[name]), name)
