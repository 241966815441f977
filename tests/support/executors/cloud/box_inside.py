"""The first process of a box: starts processes for the stand-in outside, and says how they end.

Messages are JSON on the socket whose descriptor is the only argument. To start a process, stdin,
stdout and stderr come with the message.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress


def main() -> None:
    link = socket.socket(fileno=int(sys.argv[1]))
    while True:
        data, pipes, _, _ = socket.recv_fds(link, 1 << 18, 3)
        if not data:
            os._exit(0)
        asked = json.loads(data)
        try:
            started = subprocess.Popen(
                asked["args"],
                stdin=pipes[0],
                stdout=pipes[1],
                stderr=pipes[2],
                env=os.environ | asked["env"],
                cwd=asked["cwd"] or None,
                start_new_session=True,
            )
        except OSError as error:
            link.send(json.dumps({"key": asked["key"], "failed": str(error)}).encode())
        else:
            link.send(json.dumps({"key": asked["key"], "pid": started.pid}).encode())
            threading.Thread(
                target=tell_end, args=[link, asked["key"], started], daemon=True
            ).start()
        for pipe in pipes:
            os.close(pipe)


def tell_end(link: socket.socket, key: int, process: subprocess.Popen[bytes]) -> None:
    code = process.wait()
    with suppress(BrokenPipeError):  # the box ends
        link.send(json.dumps({"key": key, "code": code}).encode())


signal.signal(signal.SIGINT, signal.SIG_DFL)
main()
