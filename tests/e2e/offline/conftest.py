"""Copies of the built site on hosts of their own, and a browser that keeps what it is given."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType

import offline
from support.page.kept_page import KeptPage
from support.page.rough_host import RoughHost

DIST = Path(__file__).resolve().parents[3] / "dist"
PATH = "some/path/"


class Copy:
    """A copy of the site below a path of a host without headers, which can publish new builds."""

    def __init__(self, root: Path, host: RoughHost) -> None:
        self.folder = root / PATH
        self.host = host
        self.address = host.address + PATH

    def publish(self, sample: str) -> str:
        """Publish a build with other bytes in its script and in its sample. Returns its id."""
        (self.folder / "samples" / "seattle-weather.csv").write_text(sample)
        script = self.folder / "main.js"
        script.write_text(f"{script.read_text()}\nwindow.sampleOfBuild = {json.dumps(sample)};")
        worker = (self.folder / "service-worker.js").read_text()
        (self.folder / "service-worker.js").write_text(worker.split("\n", 1)[1])
        html = (self.folder / "index.html").read_text()
        old = html.split('name="pyagent-build" content="')[1].split('"')[0]
        (self.folder / "index.html").write_text(html.replace(old, "unbuilt"))
        return offline.list_files(self.folder)


@contextmanager
def copied_site(tmp_path: Path) -> Iterator[Copy]:
    """Copy the site into a folder, and serve it until the end."""
    ignored = shutil.ignore_patterns("*.br", "*.js.gz", "*.wasm.gz", "*.map", "models", "onnx")
    shutil.copytree(DIST, tmp_path / "host" / PATH, ignore=ignored)
    with RoughHost(tmp_path / "host") as host:
        yield Copy(tmp_path / "host", host)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """The site, below a path of a host that sends no headers."""
    with copied_site(tmp_path) as copied:
        yield copied


@pytest.fixture
def profile(
    browser_type: BrowserType, browser_type_launch_args: dict[str, object], tmp_path: Path
) -> Iterator[BrowserContext]:
    """A browser with a profile on disk, as people have it."""
    context = browser_type.launch_persistent_context(
        tmp_path / "profile", **browser_type_launch_args
    )
    yield context
    context.close()


@pytest.fixture
def kept(profile: BrowserContext, copy: Copy) -> KeptPage:
    """The page, opened once and ready to open offline."""
    return KeptPage(profile, copy.address).wait_until_kept()
