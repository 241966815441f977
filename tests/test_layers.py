"""The layers of pyagent: imports point down only, and only browser/ knows JavaScript."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyagent

PACKAGE = Path(pyagent.__file__).parent
LAYERS = (
    "errors",
    "protocol",
    "wire",
    "recipes",
    "messages",
    "channel",
    "texts",
    "concurrency",
    "parsing",
    "tools",
    "memory",
    "models",
    "sandbox",
    "executors",
    "prompts",
    "agents",
    "monitoring",
    "browser",
    "server",
    "cli",
)
GUEST_MAY_IMPORT = ("errors.", "protocol.guest.", "wire.", "sandbox.")
GUEST_EXTRAS = {"checkpoint.py": {"cloudpickle"}, "figures.py": {"matplotlib"}}
"""matplotlib itself imports figures.py."""
JAVASCRIPT = {"js", "pyodide", "pyodide_js", "_pyodide"}

FILES = sorted(PACKAGE.rglob("*.py"))
LAYER_FILES = [path for path in FILES if path.parent != PACKAGE or path.stem != "__init__"]


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, imports inside functions included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            yield from (
                (f"{module}.{a.name}" for a in node.names) if module == "pyagent" else [module]
            )


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _identify(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_every_module_has_a_layer() -> None:
    assert {_layer(path) for path in LAYER_FILES} <= set(LAYERS)


@pytest.mark.parametrize("path", LAYER_FILES, ids=_identify)
def test_imports_point_down(path: Path) -> None:
    layer = _layer(path)
    imported = {name.split(".")[1] for name in _imports(path) if name.startswith("pyagent.")}
    above = {other for other in imported & set(LAYERS) if LAYERS.index(other) > LAYERS.index(layer)}
    assert not above, f"{layer} imports {', '.join(sorted(above))}, which lie above it"


@pytest.mark.parametrize("path", FILES, ids=_identify)
def test_only_the_browser_package_knows_javascript(path: Path) -> None:
    if "browser" not in path.parts:
        assert not {name.split(".")[0] for name in _imports(path)} & JAVASCRIPT


@pytest.mark.parametrize("path", sorted((PACKAGE / "sandbox").rglob("*.py")), ids=_identify)
def test_guest_needs_little_but_the_standard_library(path: Path) -> None:
    """It runs beside hostile code, and where hardly anything is installed."""
    allowed = sys.stdlib_module_names | GUEST_EXTRAS.get(path.name, set())
    for name in _imports(path):
        top, _, rest = name.partition(".")
        if top == "pyagent":
            assert f"{rest}.".startswith(GUEST_MAY_IMPORT), f"{path.name} imports {name}"
        else:
            assert top in allowed, f"{path.name} imports {name}"


def test_importing_pyagent_imports_no_server_and_no_terminal() -> None:
    code = "import sys, pyagent; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "click", "rich", "httpx"} & set(run.stdout.split())


def test_guest_makes_only_the_classes_of_its_own_border() -> None:
    code = "import sys, pyagent.sandbox.stdio; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name for name in run.stdout.split() if name.startswith("pyagent.protocol")}
    assert imported == {"pyagent.protocol", "pyagent.protocol.guest"}
