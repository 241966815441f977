"""Tools for agents: the base, and those that come with pyagent."""

from pyagent.concurrency.blocking import call_inline
from pyagent.tools.base import Tool, from_schema, tool
from pyagent.tools.builtin.final_answer import FinalAnswerTool
from pyagent.tools.builtin.sql import SqlTool
from pyagent.tools.builtin.web import READER_URL, VisitWebpageTool
from pyagent.tools.builtin.wikipedia import WikipediaTool

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
