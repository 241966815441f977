"""The tools that every agent of the terminal and of the page has from the start.

To give everybody a new tool, add it here and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyagent.tools.base import Tool
from pyagent.tools.builtin.sql import SqlTool
from pyagent.tools.builtin.web import READER_URL, VisitWebpageTool
from pyagent.tools.builtin.wikipedia import USER_AGENT, WikipediaTool

if TYPE_CHECKING:
    import httpx


def default_tools(page_transport: httpx.AsyncBaseTransport | None = None) -> list[Tool]:
    """Make the tools, in the order in which the model sees them.

    ``page_transport`` is the network of a page. A page reads other sites through a reader service,
    because CORS blocks most of them, and its browser sends its own user agent.
    """
    in_page = page_transport is not None
    return [
        VisitWebpageTool(transport=page_transport, reader_url=READER_URL if in_page else ""),
        WikipediaTool(transport=page_transport, user_agent="" if in_page else USER_AGENT),
        SqlTool(),
    ]
