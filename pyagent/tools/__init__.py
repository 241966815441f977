"""Tools for agents: the base, and those that come with pyagent."""

from pyagent.tools.base import Tool, call_inline, from_schema, tool
from pyagent.tools.final_answer import FinalAnswerTool

__all__ = ["FinalAnswerTool", "Tool", "call_inline", "from_schema", "tool"]
