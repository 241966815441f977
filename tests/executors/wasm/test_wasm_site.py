"""What the wasm executor starts from: what is missing, damaged or kept."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from pyagent.errors import ExecutorError, ProtocolError
from pyagent.executors.wasm import image as images
from pyagent.executors.wasm.executor import WasmExecutor
from pyagent.executors.wasm.image import Image, image_of
from pyagent.executors.wasm.repeats import lengthened
from pyagent.executors.wasm.site import find_deno, find_site
from pyagent.sandbox.frames import HEAD, sizes_length, unpack_sizes

FILES = {
    "runtime/pyodide.asm.mjs": b"script",
    "runtime/python_stdlib.zip.gz": gzip.compress(b"library " * 20),
    "wheels/a.whl.gz": gzip.compress(b"wheel " * 20),
}
SHORT = b"".join(
    [
        (50).to_bytes(4, "little"),  # bytes of the whole
        (3).to_bytes(4, "little"),  # bytes of the list
        bytes([2, 40, 100]),  # two bytes of the rest, then 40 from 100 back
        b"ab",
        b"c" * 8,
    ]
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small site. Images are kept in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "platform", "linux")
    folder = tmp_path / "site"
    files = {**FILES, "runtime/snapshot.short.gz": gzip.compress(SHORT)}
    process = {"process/main.js": b"main", "process/worker.js": b"worker"}
    for path, data in {**files, **process}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    manifest = {"build_id": "1", "files": _listed(files), "process": _listed(process)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def image(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Image]]:
    """Makes the image of the site, each time as a new process does."""
    made: list[Image] = []

    def make() -> Image:
        # A cache of its own: other tests go on using theirs, whose files stay open.
        monkeypatch.setattr(images, "_image", cache(images._image.__wrapped__))
        made.append(image_of(find_site(site)))
        return made[-1]

    yield make
    for one in made:
        one.file.close()


def _listed(files: dict[str, bytes]) -> dict[str, dict[str, str]]:
    return {path: {"sha256": hashlib.sha256(data).hexdigest()} for path, data in files.items()}


def contents(image: Image) -> dict[str, bytes]:
    image.file.seek(0)
    data = image.file.read(image.size)
    sizes = unpack_sizes(data[HEAD.size : HEAD.size + sizes_length(data[: HEAD.size])])
    parts, at = [], HEAD.size + 8 * len(sizes)
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    return dict(zip(json.loads(parts[0])["names"], parts[1:], strict=True))


def test_image_has_every_file_unpacked_and_the_worker_first(image: Callable[[], Image]) -> None:
    found = contents(image())
    assert list(found) == [
        *("worker.js", "pyodide.asm.mjs", "python_stdlib.zip", "a.whl", "snapshot"),
    ]
    assert found["python_stdlib.zip"] == b"library " * 20
    others = b"library " * 20 + b"wheel " * 20
    assert found["snapshot"] == b"ab" + (others + b"ab")[-100:][:40] + b"c" * 8


def test_image_is_kept_and_a_damaged_one_is_made_anew(
    site: Path, image: Callable[[], Image]
) -> None:
    first = image()
    [kept] = (site.parent / "cache" / "pyagent").iterdir()
    (site / "process" / "worker.js").unlink()  # a kept image needs no file
    assert contents(image()) == contents(first)
    kept.write_bytes(kept.read_bytes()[:-40] + b"x" * 40)
    with pytest.raises(ExecutorError, match=r"worker\.js cannot be read"):
        image()


def test_image_of_an_older_site_is_not_kept(site: Path, image: Callable[[], Image]) -> None:
    image()
    folder = site.parent / "cache" / "pyagent"
    (folder / "wasm-older.image").write_bytes(b"old")
    (folder / "other").write_bytes(b"something else")
    next(folder.glob("wasm-????????????????????????????????.image")).unlink()
    image()
    assert {path.name for path in folder.iterdir()} >= {"other"}
    assert not (folder / "wasm-older.image").exists()


def test_without_a_folder_for_caches_the_image_is_in_a_file_without_a_name(
    site: Path, image: Callable[[], Image]
) -> None:
    (site.parent / "cache").write_text("not a folder")
    assert "worker.js" in contents(image())


def test_damaged_file_of_the_site_is_named(site: Path, image: Callable[[], Image]) -> None:
    (site / "wheels" / "a.whl.gz").write_bytes(b"damaged")
    with pytest.raises(ExecutorError, match=r"a\.whl\.gz is damaged"):
        image()


@pytest.mark.parametrize("short", [SHORT[:13], SHORT[:8], b"", SHORT + b"more"])
def test_what_is_not_shortened_is_refused(short: bytes) -> None:
    with pytest.raises(ProtocolError):
        lengthened(short, b"x" * 10)


@pytest.mark.parametrize("manifest", ["", "[]", '{"files": {}}', '{"files": 1, "process": {}}'])
def test_folder_that_is_no_page_is_named(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(ExecutorError, match="There is no page in") as told:
        WasmExecutor(site=tmp_path).check()
    assert "scripts/build" in told.value.advice


def test_missing_package_says_how_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyagent_site", None)
    with pytest.raises(ExecutorError, match="pyagent-site") as told:
        WasmExecutor().check()
    assert "docs/executor_wasm.md" in told.value.advice


def test_missing_deno_says_how_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deno", None)
    find_deno.cache_clear()
    executor = WasmExecutor()
    with pytest.raises(ExecutorError, match="needs Deno") as told:
        executor.check()
    assert told.value.advice == "Install it with: pip install deno==2.9.8"
    with pytest.raises(ExecutorError, match="needs Deno"):
        asyncio.run(executor.start())
