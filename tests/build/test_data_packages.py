"""Data packages are brought from a host on this machine, an index in a folder, and a carrier."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from data_packages import fetching
from data_packages.catalogue import Carrier, Catalogue, DataPackage, Source, catalogue
from data_packages.fetching import fetch
from data_packages.offering import Kitchen, is_settled, offer

NOWHERE = "http://127.0.0.1:9/"


def wheel(name: str, more: dict[str, bytes] | None = None) -> bytes:
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": b"VALUE = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
        **(more or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def package(name: str, *sources: Source) -> DataPackage:
    data = wheel(name)
    return DataPackage(
        name=name,
        version="1.0",
        file=f"{name}-1.0-py3-none-any.whl",
        sha256=sha256(data),
        bytes=len(data),
        imports=[name],
        depends=[],
        sources=list(sources),
        group="data",
    )


def listed(*packages: DataPackage, host: str = NOWHERE) -> Catalogue:
    folder = "carrier/files/"
    carried = {folder + p.file: wheel(p.name) for p in packages if "carrier" in p.sources}
    data = wheel("carrier", carried)
    carrier = Carrier(
        wheel="carrier==1.0", sha256=sha256(data), bytes=len(data), folder="carrier/files/"
    )
    return Catalogue(
        python="3.14", pyodide="1", hosts=[host], carrier=carrier, packages=list(packages)
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where pip looks for wheels."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def put_carrier(index: Path, catalogue: Catalogue) -> None:
    folder = catalogue.carrier.folder
    carried = {folder + p.file: wheel(p.name) for p in catalogue.packages if "carrier" in p.sources}
    (index / "carrier-1.0-py3-none-any.whl").write_bytes(wheel("carrier", carried))


class Host(BaseHTTPRequestHandler):
    """Serves the wheels ``one`` and a wrong file for ``broken``."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2].partition("-")[0]
        self.send_response(404 if name == "gone" else 200)
        self.end_headers()
        self.wfile.write(wheel(name) if name != "broken" else b"another file")

    def log_message(self, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def bring(catalogue: Catalogue, folder: Path) -> dict[str, str]:
    return fetch(catalogue.packages, catalogue, folder, lambda done, total: None)


def test_each_source_delivers_what_it_has(tmp_path: Path, index: Path, host: str) -> None:
    two = package("two", "index")
    asked = listed(package("one", "pyodide"), two, package("three", "carrier"), host=host)
    (index / two.file).write_bytes(wheel("two"))
    put_carrier(index, asked)
    assert bring(asked, tmp_path / "raw") == {}
    assert {p.name for p in (tmp_path / "raw").iterdir()} == {p.file for p in asked.packages}


def test_another_source_is_tried_when_a_host_cannot_be_reached(tmp_path: Path, index: Path) -> None:
    asked = listed(package("one", "pyodide", "carrier"), package("only", "pyodide"))
    put_carrier(index, asked)
    assert bring(asked, tmp_path / "raw") == {"only": "127.0.0.1 could not be reached."}
    assert [p.name for p in (tmp_path / "raw").iterdir()] == ["one-1.0-py3-none-any.whl"]


def test_a_wrong_file_never_counts(tmp_path: Path, index: Path, host: str) -> None:
    asked = listed(package("broken", "pyodide"), package("gone", "pyodide"), host=host)
    reasons = bring(asked, tmp_path / "raw")
    assert "wrong file" in reasons["broken"]
    assert reasons["gone"] == "127.0.0.1 answered 404."
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_carrier_with_another_hash_is_not_opened(tmp_path: Path, index: Path) -> None:
    asked = listed(package("one", "carrier"))
    (index / "carrier-1.0-py3-none-any.whl").write_bytes(wheel("carrier", {"x": b"y"}))
    assert "another file than the pinned one" in bring(asked, tmp_path / "raw")["one"]


def test_what_is_there_is_not_fetched_again(
    tmp_path: Path, index: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = listed(package("one", "pyodide"), host=host)
    assert bring(asked, tmp_path / "raw") == {}
    monkeypatch.setattr(fetching.httpx, "Client", None)
    assert bring(asked, tmp_path / "raw") == {}


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one compiled package; a second is on its way and a third cannot be had."""
    folder = tmp_path_factory.mktemp("offered")
    one, two, three = package("one"), package("two"), package("three")
    asked = listed(replace(one, depends=["two"]), two, three)
    (folder / "raw").mkdir()
    (folder / "raw" / one.file).write_bytes(wheel("one"))
    kitchen = Kitchen(folder / "raw", folder / "made")
    kitchen.compile([one])
    offer(folder, asked, kitchen, asked.packages, missing={"three": "Nobody has it."})
    return folder


def lock_of(site: Path) -> dict[str, Any]:
    lock: dict[str, Any] = json.loads((site / "packages" / "lock.json").read_text("utf-8"))
    return lock


def test_the_lock_of_the_site_maps_a_wheel_to_its_compiled_and_packed_form(offered: Path) -> None:
    entry = lock_of(offered)["packages"]["one"]
    packed = (offered / "packages" / entry["file"]).read_bytes()
    assert entry["original"] == sha256(wheel("one"))
    assert (entry["sha256"], entry["bytes"]) == (sha256(packed), len(packed))
    assert (entry["imports"], entry["depends"]) == (["one"], ["two"])
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(packed))) as archive:
        assert "one/__init__.pyc" in archive.namelist()
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_lock_says_what_is_coming_and_what_cannot_be_had(offered: Path) -> None:
    lock = lock_of(offered)
    assert lock["coming"] == ["two"]
    assert lock["missing"] == {"three": "Nobody has it."}
    assert lock["modules"] == {"two": "two", "three": "three"}


def test_the_pinned_list_names_only_packages_of_its_own() -> None:
    pins = catalogue()
    names = {package.name for package in pins.packages}
    assert {"numpy", "pandas", "matplotlib", "scikit-learn", "pyarrow", "statsmodels"} <= names
    for pinned in pins.packages:
        assert set(pinned.depends) <= names
        assert len(pinned.sha256) == 64
        assert pinned.sources


def test_a_site_is_settled_when_it_has_each_package_or_knows_why_not(offered: Path) -> None:
    one, two, three = package("one"), package("two"), package("three")
    assert is_settled(offered, [one, three])
    assert not is_settled(offered, [one, two])
    assert not is_settled(offered, [replace(one, sha256="0" * 64)])
    assert not is_settled(offered / "nowhere", [one])
