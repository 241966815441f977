"""What the build tells the service worker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import offline
from tools import ROOT

SITE = ROOT / "dist"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    files = {
        "index.html": f"<head><meta {offline.UNBUILT} /></head>",
        "service-worker.js": "work()",
        "main.js": "1",
        "models.json": "[]",
        "manifest.json": json.dumps({"files": {"runtime/a": {"bytes": 1, "sha256": "0"}}}),
        "assets/a.js": "a",
        "assets/a.js.br": "packed",
        "assets/a.js.map": "{}",
        "assets/transformers.worker.js": "t",
        "wllama/wllama.wasm": "w",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def build_of(folder: Path) -> Any:
    first = (folder / "service-worker.js").read_text().split("\n", 1)[0]
    return json.loads(first.removeprefix("const PYAGENT_BUILD = ").removesuffix(";"))


def test_worker_lists_the_page_the_runtime_and_the_engines(site: Path) -> None:
    build_id = offline.list_files(site)
    build = build_of(site)
    assert build["id"] == build_id
    assert set(build["page"]) == {"", "main.js", "manifest.json", "assets/a.js"}
    assert set(build["runtime"]) == {"runtime/a"}
    assert set(build["engines"]) == {"wllama/wllama.wasm", "assets/transformers.worker.js"}
    assert build["page"][""] == offline.listed(site / "index.html")


def test_page_names_the_build(site: Path) -> None:
    build_id = offline.list_files(site)
    assert f'content="{build_id}"' in (site / "index.html").read_text()


@pytest.mark.parametrize("changed", ["main.js", "service-worker.js", "index.html", "assets/a.js"])
def test_any_change_makes_another_build(site: Path, tmp_path: Path, changed: str) -> None:
    pages = {name: (site / name).read_text() for name in ("service-worker.js", "index.html")}
    before = offline.list_files(site)
    for name, text in pages.items():
        (site / name).write_text(text)
    file = site / changed
    file.write_text(f"{file.read_text()} ")
    assert offline.list_files(site) != before


def test_a_model_that_is_offered_later_makes_no_other_build(site: Path) -> None:
    pages = {name: (site / name).read_text() for name in ("service-worker.js", "index.html")}
    before = offline.list_files(site)
    for name, text in pages.items():
        (site / name).write_text(text)
    (site / "models.json").write_text("[1]")
    assert offline.list_files(site) == before


def test_built_site_is_what_its_worker_says() -> None:
    build = build_of(SITE)
    for path, file in {**build["page"], **build["engines"], **build["runtime"]}.items():
        assert offline.listed(SITE / (path or "index.html")) == file, path
    html = (SITE / "index.html").read_text()
    links = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', html)
    assert [link for link in links if link not in build["page"]] == []


def test_installed_page_has_the_icons_that_its_manifest_names() -> None:
    manifest = json.loads((SITE / "manifest.webmanifest").read_text())
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert [icon["src"] for icon in manifest["icons"] if not (SITE / icon["src"]).is_file()] == []
    addresses = [manifest["start_url"], manifest["scope"], manifest["share_target"]["action"]]
    assert [address for address in addresses if not address.startswith("./")] == []
