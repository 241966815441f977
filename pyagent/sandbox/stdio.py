"""A guest on the pipes of its process: frames arrive on stdin and leave on stdout.

``start`` calls it. Both pipes move to other descriptors at once, so that nothing else that the
process writes (C code, subprocesses) can get between the frames. Whatever is written to
descriptors 1 and 2 is read back and handed in as output.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pyagent.errors import ChannelClosed
from pyagent.protocol.guest import FromGuest, ToGuest
from pyagent.sandbox.frames import HEAD, pack, sizes_length, unpack_sizes
from pyagent.sandbox.guest import Guest
from pyagent.sandbox.interrupts import Interrupts
from pyagent.sandbox.output import OutputHub, StreamName
from pyagent.wire import dumps, loads

_PIPE_BYTES = 65_536


class StdioLink:
    """A ``Link`` over two descriptors."""

    def __init__(self, read_fd: int, write_fd: int, interrupts: Interrupts) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._interrupts = interrupts
        self._sending = threading.Lock()

    def send(self, message: FromGuest, buffers: Sequence[bytes] = ()) -> None:
        view = memoryview(pack(dumps(message), buffers))
        with self._interrupts.shielded(), self._sending:
            while view:
                view = view[os.write(self._write_fd, view) :]

    def wait(self) -> tuple[ToGuest, list[bytes]]:
        # An interrupt may come here, between messages, but not inside one.
        select.select([self._read_fd], [], [])
        with self._interrupts.shielded():
            table = self._read(sizes_length(self._read(HEAD.size)))
            text, *buffers = [self._read(size) for size in unpack_sizes(table)]
            return loads(text.decode("utf-8"), ToGuest), buffers

    def close(self) -> None:
        """Close both descriptors, in a forked child: only its parent speaks for the guest."""
        os.close(self._read_fd)
        os.close(self._write_fd)

    def _read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size:
            piece = os.read(self._read_fd, min(size, 1 << 20))
            if not piece:
                raise ChannelClosed("The executor is gone.")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


class DescriptorOutput:
    """Reads back what this process writes to one of its descriptors, while it is written."""

    def __init__(self, descriptor: int, stream: StreamName, hub: OutputHub) -> None:
        self._stream = stream
        self._hub = hub
        self._lock = threading.Lock()
        self._fd, writing = os.pipe()
        os.dup2(writing, descriptor)
        os.close(writing)
        os.set_blocking(self._fd, False)
        hub.sources.append(self.drain)
        threading.Thread(target=self._follow, daemon=True).start()

    def drain(self) -> None:
        """Hand in what has been written so far. The hub's cap cuts a flood."""
        with self._lock:
            for _ in range(64):
                try:
                    data = os.read(self._fd, _PIPE_BYTES)
                except BlockingIOError:
                    return
                self._hub.write(self._stream, data.decode("utf-8", "replace"))

    def _follow(self) -> None:
        while True:
            select.select([self._fd], [], [])
            self.drain()


def _end_with_host(read_fd: int) -> None:
    """End this process and what it started when the host is gone, whatever the code does."""
    poll = select.poll()
    poll.register(read_fd, 0)  # no events: poll returns only once the other end is closed
    poll.poll()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def _after_fork(link: StdioLink) -> None:
    """Let a forked child print to its descriptors, which its parent reads."""
    link.close()
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115


def serve(work_dir: Path, *, checkpoint_files: bool = False) -> None:
    """Serve on this process's stdin and stdout until they close.

    Checkpoints need not hold the files of a work folder that outlives the process.
    """
    read_fd, write_fd = os.dup(0), os.dup(1)
    null_fd = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null_fd, 0)
    os.close(null_fd)
    os.chdir(work_dir)
    sys.argv = [""]
    interrupts = Interrupts()
    link = StdioLink(read_fd, write_fd, interrupts)
    guest = Guest(
        link,
        work_dir=work_dir,
        interrupts=interrupts,
        descriptors=(1, 2),
        checkpoint_files=checkpoint_files,
    )
    DescriptorOutput(1, "stdout", guest.kernel.output)
    DescriptorOutput(2, "stderr", guest.kernel.output)
    os.register_at_fork(after_in_child=lambda: _after_fork(link))
    threading.Thread(target=_end_with_host, args=[read_fd], daemon=True).start()
    interrupts.install()
    guest.serve()
    # Threads that the code left running must not keep the process alive.
    os._exit(0)
