"""Tools for agents: the base, and those that come with pyagent.

The latter are imported when they are first used: every agent imports ``tools.base``, and few use
a database or the web.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyagent.concurrency.blocking import call_inline
from pyagent.tools.base import Tool, from_schema, tool

# What _MODULE_OF says, for type checkers, which cannot read it; a test holds the two together.
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
        raise AttributeError(f"module 'pyagent.tools' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)
