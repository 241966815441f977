"""Stands in a rented sandbox between a guest and an executor that reaches it only by text.

The executor runs this file's text with ``python -c``, because a fresh sandbox has nothing of ours.
Arguments: the length of what comes first on stdin, which is the guest's source as a zip in base64,
and the seconds after which silence means that the executor is gone. Then both sides write lines:

- base64: bytes from and to the guest's pipes
- from the executor, ``!`` interrupts the guest, and an empty line only says that it is there
- from here, ``READY`` comes before all else, and ``=`` with the exit code and the last words of the
  guest comes at the end

It must run in Python versions that are too old for the guest, to say so.
"""

from __future__ import annotations

import base64
import io
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile

READY = "pyagent relay"
OLDEST = (3, 11)
PIECE_BYTES = 48 * 1024
_SAID_BYTES = 2_000
_START = "import runpy,sys;sys.path.insert(0,sys.argv[1]);sys.argv=sys.argv[2:];runpy.run_path(sys.argv[0],run_name='__main__')"  # noqa: E501


def main() -> None:
    """Unpack the guest, start it, and relay until one side is gone."""
    size, silence_s = int(sys.argv[1]), float(sys.argv[2])
    source = read_exactly(size)
    write(READY.encode() + b"\n")
    if sys.version_info < OLDEST:
        tell_end(1, "its Python is {}.{}; code needs 3.11 or newer".format(*sys.version_info))
        return
    folder = tempfile.mkdtemp(prefix="pyagent-")
    zipfile.ZipFile(io.BytesIO(base64.b64decode(source))).extractall(os.path.join(folder, "source"))
    Relay(start(folder)).serve(silence_s)


def start(folder: str) -> subprocess.Popen[bytes]:
    """Start the guest in a session of its own, with an empty work folder."""
    source, work = os.path.join(folder, "source"), os.path.join(folder, "work")
    os.mkdir(work)
    first = os.path.join(source, "pyagent", "sandbox", "start.py")
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", _START, source, first, work, "--files-die"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )


class Relay:
    """Passes bytes between this process's lines and the pipes of ``guest``."""

    def __init__(self, guest: subprocess.Popen[bytes]) -> None:
        self._guest = guest
        self._input: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._said = b""

    def serve(self, silence_s: float) -> None:
        """Relay until the guest ends, stdin ends, or nothing comes for ``silence_s`` seconds."""
        listening = threading.Thread(target=self._listen, daemon=True)
        listening.start()
        threading.Thread(target=self._feed, daemon=True).start()
        threading.Thread(target=self._tell, args=[listening], daemon=True).start()
        rest = b""
        while select.select([0], [], [], silence_s)[0]:
            data = os.read(0, 1 << 16)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line == b"!":
                    self._interrupt()
                elif line:
                    self._input.put(base64.b64decode(line))
        self._kill()
        os._exit(0)

    def _feed(self) -> None:
        pipe = self._guest.stdin
        try:
            while True:
                view = memoryview(self._input.get())
                while view and pipe is not None:
                    view = view[pipe.write(view) or 0 :]
        except OSError:
            return  # the guest ended

    def _tell(self, listening: threading.Thread) -> None:
        pipe = self._guest.stdout
        while pipe is not None:
            data = pipe.read(PIECE_BYTES)
            if not data:
                break
            write(base64.b64encode(data) + b"\n")
        try:
            code = self._guest.wait(0.5)
        except subprocess.TimeoutExpired:  # it only closed its pipes
            code = None
        self._kill()
        listening.join(0.5)
        tell_end(code, self._said.decode("utf-8", "replace").strip().rpartition("\n")[2])
        os._exit(0)

    def _listen(self) -> None:
        """Keep the end of what comes from the guest before it reads its own stderr."""
        pipe = self._guest.stderr
        while pipe is not None:
            data = pipe.read(1 << 16)
            if not data:
                return
            self._said = (self._said + data)[-_SAID_BYTES:]

    def _interrupt(self) -> None:
        if self._guest.returncode is None:
            self._guest.send_signal(signal.SIGINT)

    def _kill(self) -> None:
        try:
            os.killpg(self._guest.pid, signal.SIGKILL)
        except OSError:
            return


def read_exactly(size: int) -> bytes:
    """Read so many bytes of stdin and not one more."""
    pieces = []
    while size:
        piece = os.read(0, min(size, 1 << 20))
        if not piece:
            os._exit(1)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def tell_end(code: int | None, said: str) -> None:
    """Write the last line: how the guest ended."""
    text = base64.b64encode(said.encode("utf-8", "replace")).decode()
    write("={} {}\n".format("" if code is None else code, text).encode())


_writing = threading.Lock()


def write(data: bytes) -> None:
    """Write to stdout, whole lines at a time. Does nothing when nobody reads."""
    view = memoryview(data)
    with _writing:
        try:
            while view:
                view = view[os.write(1, view) :]
        except OSError:
            os._exit(1)


if __name__ == "__main__":
    main()
