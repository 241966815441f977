"""The layers of pyagent: imports point down only, and only browser/ knows JavaScript."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pyagent

PACKAGE = Path(pyagent.__file__).parent
WEB = PACKAGE.parent / "web" / "src"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
LAYERS = (
    "errors",
    "protocol",
    "wire",
    "pictures",
    "sandbox",
    "recipes",
    "messages",
    "channel",
    "texts",
    "other_names",
    "checked_options",
    "default_tools",
    "local_python_executor",
    "concurrency",
    "tracing",
    "parsing",
    "tables",
    "tools",
    "memory",
    "models",
    "executors",
    "prompts",
    "agents",
    "browser",
    "server",
    "cli",
)
SELF_PRINTING = {
    "pyagent.agents.result": {
        "pyagent.agents.terminal.replay",
        "pyagent.agents.terminal.run_tree",
    }
}
"""The one circle there is: a result prints itself, by what draws results."""
KNOWN_TO_A_RUN = {
    "pyagent.agents.inputs.files",
    "pyagent.agents.inputs.images",
    "pyagent.agents.inputs.not_given",
    "pyagent.agents.inputs.variables",
    "pyagent.agents.result",
    "pyagent.agents.toolbox",
}
GUEST_MAY_IMPORT = ("errors.", "pictures.", "protocol.guest.", "wire.", "sandbox.")
GUEST_EXTRAS = {
    "checkpoint.py": {"cloudpickle"},
    "figure_backend.py": {"matplotlib"},
    "images.py": {"PIL"},
}
"""matplotlib itself imports figure_backend.py; images.py imports Pillow where it is installed."""
JAVASCRIPT = {"js", "pyodide", "pyodide_js", "_pyodide"}

FILES = sorted(PACKAGE.rglob("*.py"))
LAYER_FILES = [path for path in FILES if path.parent != PACKAGE or path.stem != "__init__"]


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, including imports inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            yield from (
                (f"{module}.{a.name}" for a in node.names) if module == "pyagent" else [module]
            )


def _graph(folder: Path, package: str) -> dict[str, set[str]]:
    """Module → modules of the package that it imports, lazily and for types only included."""
    paths = {
        ".".join([package, *path.relative_to(folder).with_suffix("").parts]): path
        for path in folder.rglob("*.py")
    }
    named = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    return {name: _modules_among(path, named) - {name} for name, path in named.items()}


def _modules_among(path: Path, known: Collection[str]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else str(node.module) for name in names}
    return found & set(known)


def _circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle of imports; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _identify(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_every_module_has_a_layer() -> None:
    assert {_layer(path) for path in LAYER_FILES} == set(LAYERS)


@pytest.mark.parametrize("path", LAYER_FILES, ids=_identify)
def test_imports_point_down(path: Path) -> None:
    layer = _layer(path)
    imported = {name.split(".")[1] for name in _imports(path) if name.startswith("pyagent.")}
    above = {other for other in imported & set(LAYERS) if LAYERS.index(other) > LAYERS.index(layer)}
    assert not above, f"{layer} imports {', '.join(sorted(above))}, which lie above it"


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = _graph(PACKAGE, "pyagent")
    assert len(graph) > 150
    for name, imported in SELF_PRINTING.items():
        assert graph[name] >= imported, f"{name} no longer imports these: shorten SELF_PRINTING"
        graph[name] -= imported
    assert _circle(graph) == []


@pytest.mark.parametrize(
    "way_back",
    [
        "import planted.a",
        "from planted import a",
        "def later() -> None:\n    from planted.a import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from planted.a import one",
    ],
)
def test_a_planted_circle_is_found(tmp_path: Path, way_back: str) -> None:
    (tmp_path / "a.py").write_text("from planted.b import two\none = 1\n")
    (tmp_path / "b.py").write_text(f"two = 2\n{way_back}\n")
    assert set(_circle(_graph(tmp_path, "planted"))) == {"planted.a", "planted.b"}


def _imported_by(room: str) -> set[str]:
    """What the files of a room import from the package, the room itself left out."""
    graph = _graph(PACKAGE, "pyagent")
    inside = {name for name in graph if name == room or name.startswith(f"{room}.")}
    assert inside
    return set().union(*(graph[name] for name in inside)) - inside


def test_parsing_stands_alone() -> None:
    """Models mend JSON with it, and agents read replies with it."""
    may = {"errors", "messages", "protocol", "texts", "wire"}
    assert {name.split(".")[1] for name in _imported_by("pyagent.parsing")} <= may


def test_inputs_know_nothing_of_a_run() -> None:
    assert not {name for name in _imported_by("pyagent.agents.inputs") if ".agents." in name}


def test_a_run_knows_nothing_of_the_classes_of_agents() -> None:
    known = {name for name in _imported_by("pyagent.agents.run") if ".agents." in name}
    assert known <= KNOWN_TO_A_RUN


@pytest.mark.parametrize("path", FILES, ids=_identify)
def test_only_the_browser_package_knows_javascript(path: Path) -> None:
    if "browser" not in path.parts:
        assert not {name.split(".")[0] for name in _imports(path)} & JAVASCRIPT


@pytest.mark.parametrize("path", sorted((PACKAGE / "sandbox").rglob("*.py")), ids=_identify)
def test_guest_needs_little_besides_the_standard_library(path: Path) -> None:
    """The guest runs beside hostile code, where hardly anything is installed."""
    allowed = sys.stdlib_module_names | GUEST_EXTRAS.get(path.name, set())
    for name in _imports(path):
        top, _, rest = name.partition(".")
        if top == "pyagent":
            assert f"{rest}.".startswith(GUEST_MAY_IMPORT), f"{path.name} imports {name}"
        else:
            assert top in allowed, f"{path.name} imports {name}"


def test_files_and_functions_stay_short() -> None:
    """What a reader cannot hold at once answers more than one question."""
    web = [path for path in WEB.rglob("*.ts") if path.name != "protocol.ts"]  # it is generated
    assert len(web) > 100
    long = {path.name: count for path in FILES + web if (count := _lines(path)) > MAX_FILE_LINES}
    assert long == {}
    functions = {
        f"{_identify(path)}:{node.name}": int(node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: count for name, count in functions.items() if count > MAX_FUNCTION_LINES} == {}


def _lines(path: Path) -> int:
    return path.read_text("utf-8").count("\n")


def test_importing_pyagent_imports_no_server_and_no_terminal() -> None:
    code = "import sys, pyagent; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "click", "rich", "httpx"} & set(run.stdout.split())


def test_guest_makes_only_the_classes_of_its_own_border() -> None:
    code = "import sys, pyagent.sandbox.stdio; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name for name in run.stdout.split() if name.startswith("pyagent.protocol")}
    assert imported == {"pyagent.protocol", "pyagent.protocol.guest"}
