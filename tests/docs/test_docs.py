"""README.md and docs/: their code runs as it is written, and everything that they name exists."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from opentelemetry import trace
from opentelemetry.util._once import Once

import pyagent
from pyagent.cli import main
from pyagent.executors.containers.images import DEFAULT
from pyagent.protocol import Event
from support.doc_pages import PAGES, ROOT, Block, Page
from support.executors.places import places
from support.scripted_internet import ScriptedInternet

__all__ = ["places"]

MAX_LINES = 200
WITH_ENGINE = ("executors",)
"""The pages whose code runs in containers."""


@pytest.fixture(autouse=True)
def own_open_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page set the tracer provider, which a program can do only once."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())


all_pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


@all_pages
def test_code_of_the_page_runs_and_prints_what_it_says(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    if path.stem in WITH_ENGINE:
        monkeypatch.setenv("DOCKER_HOST", request.getfixturevalue("places").docker_with(DEFAULT))
    page = Page(path=path)
    internet = ScriptedInternet(page.replies)
    module = ModuleType("page")  # dataclasses look their hints up in it
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with internet.connected():
        for block in filter(lambda block: block.runs, page.blocks):
            exec(_compiled(block, path), vars(module))
            printed = capsys.readouterr().out.splitlines()
            if block.prints:
                assert printed == block.prints, f"{path.name}:{block.line}"
    assert not internet.replies, "the page has replies that no model was asked for"


def test_all_blocks_run_except_the_two_that_the_index_names() -> None:
    idle = [path.stem for path in PAGES for block in Page(path=path).blocks if not block.runs]
    assert idle == ["from_smolagents", "models"]


@all_pages
def test_code_that_cannot_run_here_uses_names_that_exist(path: Path) -> None:
    for block in Page(path=path).blocks:
        if not block.runs:
            _compiled(block, path)
            _check_names(ast.parse(block.code))


@all_pages
def test_links_of_the_page_lead_somewhere(path: Path) -> None:
    for link in Page(path=path).links:
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = path.parent / target if target else path
        assert file.exists(), link
        if anchor and file.suffix == ".md":
            assert anchor in Page(path=file).anchors, link


@all_pages
def test_page_can_be_read_in_one_sitting(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= MAX_LINES


def test_index_leads_to_every_page_and_example() -> None:
    index = set(Page(path=ROOT / "docs" / "index.md").links)
    pages = {path.name for path in PAGES if path.parent == ROOT / "docs"} - {"index.md"}
    examples = {f"examples/{path.name}" for path in (ROOT / "docs/examples").glob("*.py")}
    assert pages | examples <= index


def test_every_public_name_is_in_the_pages() -> None:
    text = "".join(Page(path=path).text for path in PAGES)
    assert [name for name in pyagent.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_page_about_events_names_every_event() -> None:
    text = (ROOT / "docs/events.md").read_text("utf-8")
    assert [kind.__name__ for kind in get_args(Event) if f"`{kind.__name__}`" not in text] == []


def test_page_about_the_terminal_names_every_option() -> None:
    text = (ROOT / "docs/terminal.md").read_text("utf-8")
    names = [
        name
        for command in main.commands.values()
        for param in command.params
        for name in param.opts
    ]
    options = [name for name in names if name.startswith("-")]
    assert [name for name in options if f"`{name}`" not in text] == []


def test_pages_about_the_element_name_everything_it_offers() -> None:
    element = "".join(
        (ROOT / f"web/src/element/{name}.ts").read_text("utf-8")
        for name in ("py-agent", "agent_element")
    )
    api = "".join(
        (ROOT / f"web/src/{name}.ts").read_text("utf-8")
        for name in ("api/result", "api/batch", "settings/config")
    )
    session = (ROOT / "web/src/api/session.ts").read_text("utf-8")
    names = re.findall(r"@(?:attr|fires|csspart|cssprop) (\S+) -", element)
    names += re.findall(r"^  (\w+)\??:", api, re.MULTILINE)
    names += re.findall(r"^  (\w+)\?:", session, re.MULTILINE)
    names += re.findall(r"^  (?:async |get )?(\w+)\(.*\): [\w<>]+ {$", element, re.MULTILINE)
    text = "".join(
        (ROOT / f"docs/{page}.md").read_text("utf-8") for page in ("element", "parallel")
    )
    assert {"provider", "pyagent-ready", "apiKey", "map", "state", "answeredRate"} <= set(names)
    assert [name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)] == []


def _compiled(block: Block, path: Path) -> object:
    """Compile a block with the page's line numbers, so that a traceback leads to the line."""
    return compile("\n" * (block.line - 1) + block.code, str(path), "exec")


def _check_names(tree: ast.Module) -> None:
    """Check that names imported from pyagent exist and take the keyword arguments they get."""
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pyagent"):
            module = importlib.import_module(str(node.module))
            imported |= {alias.name: getattr(module, alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = imported.get(node.func.id)
            if called is not None:
                named = dict.fromkeys(word.arg for word in node.keywords if word.arg)
                inspect.signature(called).bind_partial(*node.args, **named)
