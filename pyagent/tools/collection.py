"""``ToolCollection``: tools that belong together, in the image of smolagents' class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from pyagent.other_names import COLLECTION_ATTRIBUTES, ExplainedClass
from pyagent.tools.base import Tool
from pyagent.tools.mcp.client import MCPClient
from pyagent.tools.mcp.servers import Given


class ToolCollection(metaclass=ExplainedClass):
    """Tools that an agent takes together: ``CodeAgent([*collection.tools], model)``."""

    other_attributes: ClassVar[Mapping[str, str]] = COLLECTION_ATTRIBUTES

    def __init__(self, tools: Iterable[Tool]) -> None:
        self.tools = list(tools)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools)

    def __len__(self) -> int:
        return len(self.tools)

    @classmethod
    @contextmanager
    def from_mcp(
        cls,
        server_parameters: Given | Sequence[Given],
        trust_remote_code: bool = True,
        structured_output: bool = True,
        **options: Any,
    ) -> Iterator[ToolCollection]:
        """The tools of MCP servers while the block lasts; ``options`` are those of ``MCPClient``.

        Nothing of a server's code runs in this process, so ``trust_remote_code`` changes nothing:
        a command that you name is started as your own.
        """
        client = MCPClient(server_parameters, structured_output=structured_output, **options)
        with client as tools:
            yield cls(tools)
