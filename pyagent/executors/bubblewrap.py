"""The fence that bubblewrap makes around a process of this machine. Linux only.

The process has namespaces of its own, no network, no capabilities, and a root of tmpfs with the
system's programs and the running Python, all read-only. Files of this machine are visible only
there. Limits hold for memory, processes and files.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom

from pyagent.errors import ExecutorError

WORK_DIR = "/box"
_SOURCE = "/opt/pyagent"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")
_NOBODY = 65534
_UIDS = range(2_000_000_000, 2_100_000_000)
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_CHECK_WAIT_S = 20.0
_ADVICE = (
    "Another program may restrict user namespaces; on Ubuntu, `sudo sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0` allows them. "
    "Or use executor_type='docker' or 'wasm'."
)


@dataclass(frozen=True, kw_only=True)
class Fence:
    """How much a fenced process may have: sizes such as ``2g``, and further paths to read."""

    memory: str = "2g"
    disk: str = "256m"
    processes: int = 128
    readable: tuple[str, ...] = ()

    def command(self, python: str, info_fd: int) -> list[str]:
        """The command that runs a guest inside the fence.

        bubblewrap writes to ``info_fd`` which process the guest is.
        """
        disk = str(in_bytes(self.disk))
        return [
            *("bwrap", "--die-with-parent", "--new-session", "--as-pid-1"),
            *("--info-fd", str(info_fd), "--hostname", "sandbox", "--cap-drop", "ALL"),
            *(_as_root() if os.geteuid() == 0 else _as_user()),
            *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
            *("--unshare-cgroup-try", "--perms", "1777", "--size", disk, "--tmpfs", "/tmp"),
            *_system(),
            *self._python(python),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", "16777216", "--tmpfs", "/dev/shm"),
            *("--perms", "1777", "--size", disk, "--tmpfs", WORK_DIR),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK_DIR),
            *("--", _inside(python), "-I", "-B", "-X", "utf8"),
            *(f"{_SOURCE}/pyagent/sandbox/start.py", WORK_DIR, "--files-die", "--filter", "must"),
            *self._limits(),
        ]

    def _python(self, python: str) -> list[str]:
        """Python, its packages, our source, and what the person lets code read."""
        source = Path(__file__).parent.parent
        shown = _bound(str(source), f"{_SOURCE}/pyagent")
        prefixes = [*_prefixes(python), _inside(python)]
        cloudpickle = find_spec("cloudpickle")
        if cloudpickle is not None and cloudpickle.origin is not None:
            prefixes.append(str(Path(cloudpickle.origin).parent))
        seen: list[str] = ["/usr"]
        for path in [*prefixes, *map(os.path.abspath, self.readable)]:
            if not any(path == there or path.startswith(f"{there}/") for there in seen):
                shown += _bound(path, path)
                seen.append(path)
        return shown

    def _limits(self) -> list[str]:
        numbers = {
            "AS": in_bytes(self.memory),
            "FSIZE": in_bytes(self.disk),
            "CORE": 0,
            "NOFILE": 1024,
        }
        if _counts_processes():
            numbers["NPROC"] = self.processes
        limits = [
            text for name, number in numbers.items() for text in ("--limit", f"{name}={number}")
        ]
        return [*limits, *(("--user", str(_free_user())) if os.geteuid() == 0 else ())]


def check() -> None:
    """Raise ``ExecutorError`` if bubblewrap is not there, or makes no sandbox on this machine."""
    if sys.platform != "linux":
        raise ExecutorError(
            "fence='bubblewrap' works only on Linux.",
            advice="Use executor_type='docker' or 'wasm'.",
        )
    if shutil.which("bwrap") is None:
        raise ExecutorError(
            "fence='bubblewrap' needs the program bwrap, which is not installed.",
            advice="Install it: `sudo apt install bubblewrap` on Debian and Ubuntu, `sudo dnf "
            "install bubblewrap` on Fedora.",
        )
    _try_out()


@cache
def _try_out() -> None:
    """Make a sandbox with the options that not every bubblewrap has.

    Raises ``ExecutorError`` if none can be made. Only success is remembered: a person may help.
    """
    said = _refusal()
    if said.lower().startswith("unknown option"):
        raise ExecutorError(
            f"This bubblewrap is too old: {said}.",
            advice="It must be 0.8 or newer. Or use executor_type='docker' or 'wasm'.",
        )
    if said:
        raise ExecutorError(f"bubblewrap makes no sandbox here: {said}.", advice=_ADVICE)


def _refusal() -> str:
    """Why bubblewrap makes no sandbox; empty if it makes one."""
    tried = [*(_as_root() if os.geteuid() == 0 else _as_user()), "--unshare-net", "--unshare-pid"]
    sized = ["--perms", "1777", "--size", "1048576", "--tmpfs", "/tmp"]
    try:
        done = subprocess.run(
            ["bwrap", *tried, "--cap-drop", "ALL", "--ro-bind", "/", "/", *sized, "--", "true"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_CHECK_WAIT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
    return last.removeprefix("bwrap: ") if done.returncode else ""


def in_bytes(size: str | int) -> int:
    """A size such as ``512m`` in bytes. Raises ``ValueError``."""
    number, unit = str(size).strip().lower().removesuffix("b"), 1
    if number[-1:] in _UNITS:
        number, unit = number[:-1], _UNITS[number[-1]]
    if not number.isdecimal():
        raise ValueError(f"{size!r} is not a size; write a number of bytes, or 512m, or 2g.")
    return int(number) * unit


def read_info(descriptor: int) -> int | None:
    """A descriptor of the guest's process, from what bubblewrap wrote; None if it made none."""
    with os.fdopen(descriptor, "rb") as pipe, suppress(ValueError, KeyError, OSError):
        return os.pidfd_open(json.loads(pipe.read())["child-pid"])
    return None


def send_signal(pidfd: int, number: signal.Signals) -> None:
    """Send a signal to the guest's process, if it still lives."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, number)


def _as_user() -> list[str]:
    """A user namespace gives the rights to make the other ones; no further one can be made."""
    nobody = str(_NOBODY)
    return ["--unshare-user", "--disable-userns", "--uid", nobody, "--gid", nobody]


def _as_root() -> list[str]:
    """Root needs no user namespace. The guest's first lines become a user without rights.

    In a user namespace, the kernel would count no processes for root.
    """
    return ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _bound(source: str, target: str) -> list[str]:
    """Show a folder. The folders above it are made first, so that every user can enter them."""
    above = [str(folder) for folder in reversed(Path(target).parents)][1:]
    made = [text for path in above for text in ("--perms", "0755", "--dir", path)]
    return [*made, "--ro-bind", source, target]


def _system() -> list[str]:
    found: list[str] = []
    for path in _SYSTEM:
        if os.path.islink(path):
            found += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            found += ["--ro-bind", path, path]
    for name in _SETTINGS:
        found += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return found


@cache
def _prefixes_of(python: str) -> tuple[str, ...]:
    if python == sys.executable:
        return (sys.base_prefix, sys.prefix)
    asked = [python, "-I", "-c", "import sys; print(sys.base_prefix); print(sys.prefix)"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, timeout=_CHECK_WAIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExecutorError(f"The Python {python!r} does not start: {error}.") from error
    return tuple(found.stdout.split("\n")[:2])


def _prefixes(python: str) -> list[str]:
    """The folders of an interpreter and of its packages."""
    found = (os.path.abspath(path) for path in _prefixes_of(python) if path)
    return [path for path in dict.fromkeys(found) if path != "/"]


def _inside(python: str) -> str:
    """The path of an interpreter behind the fence, where only its own folders are."""
    path = os.path.abspath(shutil.which(python) or python)
    there = any(path.startswith(f"{folder}/") for folder in [*_prefixes(python), "/usr"])
    return path if there else os.path.realpath(path)


def _counts_processes() -> bool:
    """Whether a limit of processes counts only those inside the fence.

    Before Linux 5.14 it counts all processes of the person.
    """
    version = platform.release().split(".")
    known = version[0].isdecimal() and version[1:2] and version[1].isdecimal()
    return os.geteuid() == 0 or bool(known and (int(version[0]), int(version[1])) >= (5, 14))


def _free_user() -> int:
    """A user that nothing else belongs to, so that its processes can be counted."""
    mapped = Path("/proc/self/uid_map").read_text().split()
    everything = len(mapped) == 3 and int(mapped[2]) >= _UIDS.stop
    return SystemRandom().choice(_UIDS) if everything else _NOBODY
