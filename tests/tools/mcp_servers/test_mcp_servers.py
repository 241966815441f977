"""What names an MCP server, and what is said of anything else."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import StdioServerParameters

from pyagent.tools.mcp.servers import servers_of

TIME = {"command": "uvx", "args": ["mcp-server-time"]}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("https://tools.test/mcp", ["tools.test"]),
        ("http://127.0.0.1:8000/mcp", ["127.0.0.1"]),
        ({"url": "https://tools.test/mcp", "transport": "streamable-http"}, ["tools.test"]),
        ({"url": "https://tools.test/sse", "transport": "sse", "timeout": 3}, ["tools.test"]),
        ({"url": "https://tools.test/mcp", "type": "http", "headers": {"a": "b"}}, ["tools.test"]),
        (TIME, ["mcp-server-time"]),
        (
            StdioServerParameters(command="uvx", args=["--quiet", "mcp-server-git"]),
            ["mcp-server-git"],
        ),
        ({"command": "node", "args": ["/opt/x/files.js", "/data"], "env": {}}, ["files"]),
        ({"command": "python3", "args": ["-c", "print('a b')"]}, ["python3"]),
        ({"command": "python3", "args": ["-m", "mcp_server_time"]}, ["mcp_server_time"]),
        ({"command": "/usr/bin/my-server"}, ["my-server"]),
        ([TIME, TIME, "https://a.test/"], ["mcp-server-time", "mcp-server-time_2", "a.test"]),
        ({"mcpServers": {"clock": TIME, "web": {"url": "https://a.test/"}}}, ["clock", "web"]),
    ],
)
def test_server_is_named_in_every_usual_way(given: Any, names: list[str]) -> None:
    assert [server.name for server in servers_of(given)] == names


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("tools.test/mcp", "is no http"),
        ("file:///etc/passwd", "is no http"),
        ("uvx mcp-server-time", "is no http"),
        ("https:///mcp", "is no http"),
        (7, "An MCP server is an http"),
        ({}, "An MCP server is an http"),
        ([], "No server is given"),
        ({"mcpServers": {}}, "No server is given"),
        ({"url": "https://a.test", "transport": "carrier-pigeon"}, "no transport 'carrier-pigeon'"),
        ({"url": "https://a.test", "header": {}}, "has no 'header'; known are auth, headers"),
        ({"command": "uvx", "args": "mcp-server-time"}, "list of texts, not a str"),
        ({"command": "uvx", "args": ["a", 7]}, "list of texts"),
        ({"command": ["uvx", "a"]}, "command of a server is text"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(given: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"server|transport") as caught:
        servers_of(given)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"comand": "uvx", "env": {"KEY": "s3cret"}},
        {"urll": "https://a.test", "headers": {"Authorization": "Bearer s3cret"}},
        {"command": "uvx", "args": {"--key": "s3cret"}},
        {"command": ["uvx", "--key=s3cret"], "args": []},
        {"url": {"token": "s3cret"}},
    ],
)
def test_no_key_is_in_the_words_about_it(given: Any) -> None:
    with pytest.raises(ValueError, match="server") as caught:
        servers_of(given)
    assert "s3cret" not in str(caught.value)
