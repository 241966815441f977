"""The image that guests start from: an image with Python, and what a guest needs of ours in it.

It is made once for each image, by the engine itself, so it works with an engine on another machine
too, and no folder of this machine is visible in a container.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from functools import cache, partial
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from tarfile import TarFile, TarInfo
from tarfile import open as open_tar

from pyagent.errors import ExecutorError
from pyagent.executors.containers.engine import Engine
from pyagent.executors.containers.owner import LABEL, owner, watcher
from pyagent.sandbox import start

logger = logging.getLogger(__name__)

FOLDER = "/opt/pyagent"
START = f"{FOLDER}/pyagent/sandbox/start.py"
DEFAULT = f"python:3.{sys.version_info.minor}-slim"
"""Debian with the minor version of Python that runs here, so that both know the same syntax."""

_PARTS = ("errors.py", "pictures.py", "wire.py", "protocol", "sandbox")
_BASE_LABEL = "pyagent.base"
_OLDEST = (3, 11)
_PREPARE = (
    "import compileall, sys\n"
    f"if sys.version_info < {_OLDEST}: sys.exit('its Python is ' + sys.version.split()[0])\n"
    f"compileall.compile_dir('{FOLDER}', quiet=2)\n"
)
_under_way: dict[tuple[object, ...], asyncio.Task[str]] = {}


async def prepared(engine: Engine, image: str, python: str, options: Sequence[str] = ()) -> str:
    """The name of the image that guests start from. Pulls ``image`` if it is not there.

    ``options`` are what the engine needs to run a container at all. Callers that want the same
    image wait for one preparation. Raises ``ExecutorError``.
    """
    key = (asyncio.get_running_loop(), engine, image, python)
    task = _under_way.get(key)
    if task is None:
        task = _under_way[key] = asyncio.create_task(_prepared(engine, image, python, options))
        task.add_done_callback(partial(_ended, key))
    return await asyncio.shield(task)


def _ended(key: tuple[object, ...], task: asyncio.Task[str]) -> None:
    del _under_way[key]
    if not task.cancelled():
        task.exception()  # whoever waits for it hears of it


async def _prepared(engine: Engine, image: str, python: str, options: Sequence[str]) -> str:
    base = await _find(engine, image)
    if base is None:
        await _pull(engine, image)
        base = await _find(engine, image)
        if base is None:
            raise ExecutorError(f"{engine.name} has no image {image!r} after pulling it.")
    source = guest_source()
    tag = sha256(f"{base} {python} {sha256(source).hexdigest()}".encode()).hexdigest()[:16]
    name = f"pyagent-guest:{tag}"
    if await _find(engine, name) is None:
        await _make(engine, base, python, source, name, options)
    return name


async def _find(engine: Engine, image: str) -> str | None:
    """The image's id; None if the engine does not have it."""
    done = await engine.run("image", "inspect", "--format", "{{.Id}}", image)
    if done.code and "no such image" not in done.err.lower() and "not known" not in done.err:
        raise ExecutorError(f"{engine.name} did not find the image {image!r}: {done.last_words}")
    return None if done.code else done.out


async def _pull(engine: Engine, image: str) -> None:
    """Pull an image. The engine shows its progress if a person watches the terminal."""
    logger.warning("Pulling the image %s. This happens once.", image)
    shows = sys.stderr.isatty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(*engine.command, "pull", image),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sys.stderr if shows else asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise engine.missing() from None
    try:
        _, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = err.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ExecutorError(
            f"The image {image!r} could not be pulled: {said}",
            advice="Name another image, such as executor_options={'image': 'python:3.12-slim'}. "
            f"`{engine.name} images` lists those that are there.",
        )


async def _make(
    engine: Engine, base: str, python: str, source: bytes, name: str, options: Sequence[str]
) -> None:
    """Make the image ``name``: ``base`` with the guest's source, compiled by its own Python."""
    container = f"{owner()}-image-{token_hex(4)}"
    watching = watcher(engine)
    watching.add(container)
    try:
        await engine.must(
            *("create", "--name", container, "--label", f"{LABEL}={owner()}", "--network", "none"),
            *("--ulimit", "nofile=1024:1024", *options),
            *("--user", "0:0", "--entrypoint", python, base, "-I", "-c", _PREPARE),
        )
        await engine.must("cp", "-", f"{container}:/", given=source)
        done = await engine.run("start", "--attach", container)
        if done.code:
            raise ExecutorError(
                f"The image cannot run a sandbox: {done.last_words}.",
                advice=f"It needs Python {'.'.join(map(str, _OLDEST))} or newer as {python!r}; "
                "the option python= names another one.",
            )
        label = f"LABEL {_BASE_LABEL}={base}"
        await engine.must("commit", "--change", label, container, name)
    finally:
        await engine.run("rm", "--force", "--volumes", container)
        watching.remove(container)


@cache
def guest_source() -> bytes:
    """What a guest needs of ours, as a tar archive: the same bytes for the same files."""
    here = Path(str(start.__file__)).parent.parent
    files = {
        f"pyagent/{path.relative_to(here)}": path for part in _PARTS for path in _all(here / part)
    }
    cloudpickle = find_spec("cloudpickle")
    if cloudpickle is not None and cloudpickle.origin is not None:
        folder = Path(cloudpickle.origin).parent
        files |= {f"packages/cloudpickle/{path.relative_to(folder)}": path for path in _all(folder)}
    made = BytesIO()
    with open_tar(fileobj=made, mode="w") as tar:
        folders = {str(parent) for name in files for parent in Path(name).parents}
        for folder_name in sorted(folders - {"."}):
            _add(tar, f"{FOLDER}/{folder_name}", None)
        for name, path in sorted(files.items()):
            _add(tar, f"{FOLDER}/{name}", path.read_bytes())
    return made.getvalue()


def _all(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _add(tar: TarFile, name: str, data: bytes | None) -> None:
    info = TarInfo(name.lstrip("/"))
    info.mode = 0o755 if data is None else 0o644
    if data is None:
        info.type = b"5"
        tar.addfile(info)
    else:
        info.size = len(data)
        tar.addfile(info, BytesIO(data))
