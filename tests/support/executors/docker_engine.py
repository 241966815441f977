"""A real Docker engine for tests: a dockerd with a socket and a data folder of its own.

Nothing of an engine that the machine has is touched. Its one image is made from the Python that
runs the tests, so it needs no registry.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

IMAGE = "pyagent-test-python"
_START_S = 30.0
_END_S = 20.0
_LEFT_OUT = re.compile(
    r"/(test|tests|idlelib|tkinter|turtledemo|ensurepip|site-packages|dist-packages|config-.*|"
    r"__pycache__|lib2to3|pydoc_data)(/|$)"
)


@contextmanager
def docker_engine() -> Iterator[str]:
    """Start an engine with the image, and yield its address for ``DOCKER_HOST``."""
    folder = Path(tempfile.mkdtemp(prefix="pyagent-dockerd-"))  # short, for the socket's path
    address = f"unix://{folder}/docker.sock"
    log = (folder / "log").open("wb")
    engine = subprocess.Popen(
        [
            *(shutil.which("dockerd") or "/usr/sbin/dockerd", "--data-root", folder / "data"),
            *("--exec-root", folder / "exec", "--host", address, "--pidfile", folder / "pid"),
            *("--bridge=none", "--iptables=false", "--ip-forward=false"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        _wait_for(engine, address, folder / "log")
        _make_image(address)
        yield address
    finally:
        with suppress(subprocess.TimeoutExpired):
            _remove_containers(address)
        engine.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            engine.wait(_END_S)
        # An engine can lose sight of a container, and then waits for it for ever.
        subprocess.run(["pkill", "-KILL", "-f", str(folder)], check=False)
        engine.wait()
        log.close()
        _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def docker(address: str, *arguments: str, given: bytes | None = None) -> str:
    """Run a command of an engine, and return what it printed."""
    done = subprocess.run(
        ["docker", "--host", address, *arguments], input=given, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def _wait_for(engine: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _START_S
    asked = ["docker", "--host", address, "ps"]
    while subprocess.run(asked, capture_output=True).returncode:
        if engine.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"dockerd did not start:\n{log.read_text('utf-8')[-3000:]}")
        time.sleep(0.1)


def _make_image(address: str) -> None:
    with tempfile.TemporaryFile() as packed:
        with tarfile.open(fileobj=packed, mode="w") as tar:
            _pack_python(tar)
        packed.seek(0)
        subprocess.run(
            [
                *("docker", "--host", address, "import", "--change"),
                *(f"ENV PATH={sys.base_prefix}/bin:/usr/bin:/bin", "-", IMAGE),
            ],
            stdin=packed,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _pack_python(tar: tarfile.TarFile) -> None:
    """The running Python: its standard library, and the shared libraries that it loads."""
    base = Path(sys.base_prefix)
    library = Path(os.__file__).parent
    program = base / "bin" / f"python3.{sys.version_info.minor}"
    tar.add(program, recursive=False)
    _link(tar, base / "bin" / "python3", program)
    tar.add(library, filter=_wanted)
    loaded = [program, *library.glob("lib-dynload/*.so")]
    listed = subprocess.run(["ldd", *loaded], capture_output=True, text=True).stdout
    for path in sorted(set(re.findall(r"(/\S+) \(0x", listed))):
        found = Path(path)
        tar.add(found.resolve(), arcname=path, recursive=False)
    if (shell := shutil.which("busybox")) is not None:
        tar.add(shell, arcname="/bin/sh")


def _wanted(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _LEFT_OUT.search(f"/{info.name}") or info.name.endswith(".a") else info


def _link(tar: tarfile.TarFile, path: Path, target: Path) -> None:
    info = tarfile.TarInfo(str(path).lstrip("/"))
    info.type, info.linkname = tarfile.SYMTYPE, str(target)
    tar.addfile(info)


def _remove_containers(address: str) -> None:
    listed = subprocess.run(
        ["docker", "--host", address, "ps", "--all", "--quiet"], capture_output=True, text=True
    )
    if found := listed.stdout.split():
        command = ["docker", "--host", address, "rm", "--force", *found]
        subprocess.run(command, capture_output=True, timeout=_END_S)


def _unmount(folder: Path) -> None:
    mounted = Path("/proc/mounts").read_text("utf-8")
    for line in reversed(mounted.splitlines()):
        if (point := line.split()[1]).startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", point], capture_output=True)
