"""What attempts try to reach: a machine with a secret, a process, listeners and a key.

All of it is made for the tests, marked with a word that nothing else contains, and taken away
again.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

_WAIT_S = 0.2
_LIBC = ctypes.CDLL(None, use_errno=True)
_ADD_KEY = {"x86_64": 248, "aarch64": 217}.get(os.uname().machine, -1)
_SHARED_KEY, _CREATE, _REMOVE = 0x70796167, 0o1666, 0


class Host:
    """The machine as attempts see it. ``at`` is what they are told of it."""

    def __init__(self, folder: Path) -> None:
        self.mark = f"canary-{token_hex(8)}"
        self.heard: list[str] = []
        self._folder = folder
        self._sockets: list[socket.socket] = []
        self._victim: subprocess.Popen[bytes] | None = None
        (folder / "secret.txt").write_text(self.mark)
        self.drop = folder / "drop"
        self.drop.mkdir()
        for path in (folder, self.drop):
            path.chmod(0o777)
        (folder / "secret.txt").chmod(0o666)
        self.tcp = self._listen(socket.AF_INET, ("0.0.0.0", 0))
        self.tcp6 = self._listen(socket.AF_INET6, ("::", 0))
        self.udp = self._hear()
        self._listen(socket.AF_UNIX, str(folder / "socket"))
        self._listen(socket.AF_UNIX, f"\0{self.mark}")
        self.knocked = free_port()
        self._ended = threading.Event()
        threading.Thread(target=self._knock, daemon=True).start()
        self.shared = _LIBC.shmget(_SHARED_KEY, 64, _CREATE)
        self.has_key = self._add_key()

    @property
    def at(self) -> dict[str, Any]:
        """The addresses that an attempt is told, with a word of its own in ``token``."""
        return {
            "token": f"hit-{token_hex(6)}",
            "mark": self.mark,
            "tcp": self.tcp,
            "tcp6": self.tcp6,
            "udp": self.udp,
            "ip": own_address(),
            "knocked": self.knocked,
            "socket": str(self._folder / "socket"),
            "abstract": f"\0{self.mark}",
            "secret": str(self._folder / "secret.txt"),
            "drop": str(self.drop),
            "pid": self.victim,
            "host": os.getpid(),
            "shared": _SHARED_KEY,
        }

    @property
    def victim(self) -> int:
        """A process to attack. Another one takes its place when it is gone."""
        if self._victim is None or self._victim.poll() is not None:
            code = "import time; time.sleep(3600)"
            self._victim = subprocess.Popen(
                [sys.executable, "-I", "-c", code, self.mark],
                env={**os.environ, "CANARY_KEY": self.mark},
                start_new_session=True,
            )
        return self._victim.pid

    def was_heard(self, token: str) -> bool:
        """Whether a word has reached a listener or the folder; waits a moment for it."""
        until = time.monotonic() + _WAIT_S
        while not (found := self._has(token)) and time.monotonic() < until:
            time.sleep(0.01)
        return found

    def victim_is_hurt(self, pid: int) -> bool:
        """Whether a process is gone, stopped, or slower; waits a moment for it."""
        until = time.monotonic() + _WAIT_S
        while not (hurt := self._is_hurt(pid)) and time.monotonic() < until:
            time.sleep(0.01)
        return hurt

    def _is_hurt(self, pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return True
        return state[0] in "ZTtX" or int(state[16]) != 0

    def runs(self, token: str) -> bool:
        """Whether a process of this machine carries a word in its arguments."""
        return bool(_carrying(token))

    def close(self) -> None:
        self._ended.set()
        for one in self._sockets:
            one.close()
        if self._victim is not None:
            self._victim.kill()
            self._victim.wait()
        _LIBC.shmctl(self.shared, _REMOVE, None)

    def _has(self, token: str) -> bool:
        return any(token in text for text in self.heard) or (self.drop / token).exists()

    def _listen(self, family: int, address: Any) -> int:
        made = socket.socket(family, socket.SOCK_STREAM)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        if family == socket.AF_UNIX and not address.startswith("\0"):
            os.chmod(address, 0o777)
        made.listen(16)
        self._sockets.append(made)
        threading.Thread(target=self._serve, args=[made], daemon=True).start()
        return 0 if family == socket.AF_UNIX else int(made.getsockname()[1])

    def _serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    self.heard.append("a connection")
                    connection.sendall(self.mark.encode())
                    self.heard.append(connection.recv(4096).decode("utf-8", "replace"))

    def _hear(self) -> int:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", 0))
        self._sockets.append(made)

        def hear() -> None:
            with suppress(OSError):
                while True:
                    self.heard.append(made.recv(4096).decode("utf-8", "replace"))

        threading.Thread(target=hear, daemon=True).start()
        return int(made.getsockname()[1])

    def _knock(self) -> None:
        """Call a port again and again, where an attempt may listen."""
        while not self._ended.wait(0.05):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.knocked), 0.2) as s:
                s.sendall(self.mark.encode())

    def _add_key(self) -> bool:
        """Put a key into the keyring of this user."""
        added = _LIBC.syscall(_ADD_KEY, b"user", b"pyagent-canary", b"canary", 6, -4)
        return bool(added > 0)


@contextmanager
def host() -> Iterator[Host]:
    """Make the host, and take away all that attempts left."""
    folder = Path(tempfile.mkdtemp(prefix="canary-"))
    made = Host(folder)
    try:
        yield made
    finally:
        made.close()
        for pid in _carrying("hit-"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for place in ("/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/usr", "/etc"):
            for path in Path(place).glob("hit-*"):
                path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def own_address() -> str:
    """An address of this machine that is not the loopback; that one if there is no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _carrying(word: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word.encode() in path.read_bytes() and path.parent.name != str(os.getpid()):
                found.append(int(path.parent.name))
    return found
