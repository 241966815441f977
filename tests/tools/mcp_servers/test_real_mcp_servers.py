"""Servers that others wrote, of both eras of the protocol, over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from pyagent import CodeAgent, MCPClient, ScriptedModel
from pyagent.tools.mcp.tools import MCPTool
from support.models.peers import PEERS
from tools import NODE, NPM, ROOT, node, one_at_a_time

FOLDER = ROOT / ".cache" / "mcp-servers"
PACKAGES = ("server-everything", "server-filesystem", "server-memory")
VERSION = "2026.8.31"


@pytest.fixture(scope="module")
def installed() -> Path:
    """The folder of the servers from npm, installed the first time."""
    packages = FOLDER / "node_modules" / "@modelcontextprotocol"
    with one_at_a_time(FOLDER):
        if not all((packages / name / "dist" / "index.js").exists() for name in PACKAGES):
            (FOLDER / "package.json").write_text("{}")
            names = [f"@modelcontextprotocol/{name}@{VERSION}" for name in PACKAGES]
            quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            node(NPM, "install", *quiet, *names, cwd=FOLDER)
    return packages


def from_npm(installed: Path, name: str, *arguments: str, **env: str) -> dict[str, Any]:
    script = str(installed / name / "dist" / "index.js")
    return {"command": str(NODE), "args": [script, *arguments], "env": env}


def from_pypi(module: str, *arguments: str) -> dict[str, Any]:
    return {"command": str(PEERS / "bin" / "python"), "args": ["-m", module, *arguments]}


def by_name(tools: list[MCPTool]) -> dict[str, MCPTool]:
    return {tool.name: tool for tool in tools}


def call(tool: MCPTool, **arguments: Any) -> Any:
    return asyncio.run(tool.call((), arguments))


def answer(server: Any, code: str) -> Any:
    """What an agent answers whose model writes ``code``."""
    model = ScriptedModel([code])
    with MCPClient(server) as tools, CodeAgent(tools, model) as agent:
        result = agent.run("Do it.")
    assert result.success, result.problem
    return result.output


def test_everything_server_adds_shows_an_image_and_asks(installed: Path) -> None:
    asked: list[Any] = []

    def on_question(question: Any) -> dict[str, Any]:
        asked.append(question)
        return {"name": "Ada"}

    server = from_npm(installed, "server-everything")
    with MCPClient(server, on_question=on_question) as tools:
        named = by_name(tools)
        assert "7" in call(named["get_sum"], a=3, b=4)
        _, image = call(named["get_tiny_image"])
        assert "image/png" in image
        weather = call(named["get_structured_content"], location="Chicago")
        assert set(weather) == {"conditions", "humidity", "temperature"}
        assert "'temperature': float" in named["get_structured_content"].doc
        assert "Ada" in call(named["trigger_elicitation_request"])
    assert asked[0].server == "server-everything" or "index" in asked[0].server


def test_filesystem_server_reads_and_writes_in_its_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    server = from_npm(installed, "server-filesystem", str(tmp_path))
    code = (
        f"text = read_text_file({str(tmp_path / 'sales.csv')!r})['content']\n"
        f"write_file(path={str(tmp_path / 'copy.csv')!r}, content=text.upper())\n"
        "final_answer(text)"
    )
    assert answer(server, code) == "a,b\n1,2\n"
    assert (tmp_path / "copy.csv").read_text() == "A,B\n1,2\n"


def test_memory_server_keeps_a_graph(installed: Path, tmp_path: Path) -> None:
    server = from_npm(installed, "server-memory", MEMORY_FILE_PATH=str(tmp_path / "graph.jsonl"))
    code = (
        "create_entities([{'name': 'Ada', 'entityType': 'person', 'observations': ['counts']}])\n"
        "final_answer(read_graph()['entities'][0]['name'])"
    )
    assert answer(server, code) == "Ada"


def test_time_server_answers_in_a_time_zone() -> None:
    code = (
        "now = get_current_time(timezone='Asia/Tokyo')\n"
        "import json\nnow = json.loads(now) if isinstance(now, str) else now\n"
        "final_answer(now['timezone'])"
    )
    assert answer(from_pypi("mcp_server_time"), code) == "Asia/Tokyo"


def test_git_server_reads_a_repository(tmp_path: Path) -> None:
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        *(["config", "user.email", "a@b.test"], ["config", "user.name", "Ada"]),
        ["commit", "--quiet", "--allow-empty", "--message", "Begin"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    server = from_pypi("mcp_server_git", "--repository", str(tmp_path))
    assert "Begin" in str(answer(server, f"final_answer(git_log({str(tmp_path)!r}))"))


def test_fetch_server_that_finds_nobody_is_an_error_for_the_code() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code = (
        f"try:\n    fetch(url='http://127.0.0.1:{port}/page')\n"
        "except Exception as error:\n    final_answer(str(error))"
    )
    assert str(port) in answer(from_pypi("mcp_server_fetch"), code)


@pytest.fixture(scope="module")
def over_http(installed: Path) -> Iterator[str]:
    """The address of the everything server."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    script = str(installed / "server-everything" / "dist" / "index.js")
    env = {**os.environ, "PORT": str(port)}
    with subprocess.Popen(
        [str(NODE), script, "streamableHttp"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        end = monotonic() + 60
        while monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
        process.kill()


def test_server_over_http_answers_and_is_told_of_the_end(over_http: str) -> None:
    assert "7" in answer(over_http, "final_answer(get_sum(3, 4))")
    assert "hello" in answer(
        {"url": over_http, "headers": {"x": "y"}}, "final_answer(echo('hello'))"
    )
