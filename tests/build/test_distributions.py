"""The two wheels that people install, tried in an environment with nothing in it."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

import distributions
from tools import ROOT

SITE = ROOT / "dist"
RUN = """
import asyncio
from pyagent.executors.kinds import make_executor
from pyagent.protocol import Executed

async def main():
    executor = make_executor("wasm")
    try:
        async for event in executor.execute("import sys; sys.platform"):
            if isinstance(event, Executed):
                print(event.value["text/plain"])
    finally:
        await executor.aclose()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return distributions.make(SITE, tmp_path_factory.mktemp("wheels"))


def test_site_has_every_file_of_the_page_once(wheels: list[Path]) -> None:
    ours, site = wheels
    assert (ours.name.split("-")[0], site.name.split("-")[0]) == ("pyagent", "pyagent_site")
    with ZipFile(site) as archive:
        names = {n.removeprefix("pyagent_site/site/") for n in archive.namelist()}
    manifest = json.loads((SITE / "manifest.json").read_text("utf-8"))
    assert {*manifest["files"], *manifest["process"], "index.html", "pyagent.js"} <= names
    assert not {n for n in names if n.endswith((".map", ".br")) or n.startswith("packages/")}
    assert "index.html.gz" not in names


@pytest.fixture(scope="module")
def environment(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment in which both wheels are installed."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / "bin"
    report = folder / "report.json"
    pip = [programs / "python", "-m", "pip", "install", "--quiet", "--report", report]
    ours, site = wheels
    subprocess.run([*pip, f"{ours}[wasm,server]", site], check=True, env=_plain())
    installed = json.loads(report.read_text("utf-8"))["install"]
    sources = {one["metadata"]["name"]: one["download_info"]["url"] for one in installed}
    assert sources["pyagent"] == ours.as_uri()
    assert sources["pyagent-site"] == site.as_uri()
    return programs


def test_code_runs_under_wasm_where_nothing_but_the_wheels_is_installed(
    environment: Path, tmp_path: Path
) -> None:
    command = [environment / "python", "-c", RUN]
    done = subprocess.run(command, cwd=tmp_path, env=_plain(), capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("'emscripten'", "")


def test_page_is_served_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    command = [environment / "pyagent", "serve", "--no-open", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=_plain(), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[3]
            with urlopen(address) as page:
                assert b"py-agent" in page.read()
            with urlopen(f"{address}runtime/pyodide.asm.wasm") as file:
                assert len(file.read()) == (SITE / "runtime" / "pyodide.asm.wasm").stat().st_size
        finally:
            server.terminate()


def _plain() -> dict[str, str]:
    """The environment without what leads to the packages of this clone."""
    unwanted = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
