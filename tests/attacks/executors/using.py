"""Attempts to stay after the guest, and to use more than the limits."""

from __future__ import annotations

from .attempt import LIBC, Attempt

LASTING = (
    Attempt(
        name="a file in /tmp",
        code="open('/tmp/' + at['token'], 'w').close()\nreturn True",
        then="import os\nreturn os.path.exists('/tmp/' + at['token'])",
    ),
    Attempt(
        name="a file in /var/tmp",
        code="open('/var/tmp/' + at['token'], 'w').close()\nreturn True",
        then="import os\nreturn os.path.exists('/var/tmp/' + at['token'])",
    ),
    Attempt(
        name="a file in shared memory",
        code="open('/dev/shm/' + at['token'], 'w').close()\nreturn True",
        then="import os\nreturn os.path.exists('/dev/shm/' + at['token'])",
    ),
    Attempt(
        name="a segment of shared memory",
        code=f"{LIBC}key = int(at['token'][4:11], 16)\nreturn libc.shmget(key, 64, 0o1666) >= 0",
        then=f"{LIBC}key = int(at['token'][4:11], 16)\nfound = libc.shmget(key, 0, 0)\n"
        "return found >= 0 and (libc.shmctl(found, 0, None) or True)",
    ),
    Attempt(
        name="a process that outlives its guest",
        code="import subprocess, sys\nsubprocess.Popen([sys.executable, '-I', '-c', "
        "'import signal, time\\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\\n"
        "time.sleep(60)', at['token']], start_new_session=True)\nreturn True",
        then="return False",
        judge="runs",
    ),
    Attempt(
        name="a listener that outlives its guest",
        code="import socket, subprocess, sys\nsubprocess.Popen([sys.executable, '-I', '-c', "
        "'import socket, sys, time\\ns = socket.socket(socket.AF_UNIX)\\n"
        "s.bind(chr(0) + sys.argv[1])\\ns.listen()\\ntime.sleep(60)', at['token']], "
        "start_new_session=True)\nimport time\ntime.sleep(0.3)\nreturn True",
        then="import socket\nwith socket.socket(socket.AF_UNIX) as s:\n"
        "    s.connect(chr(0) + at['token'])\n    return True",
    ),
)

TOO_MUCH = (
    Attempt(
        name="memory",
        code="held = [b'x' * (50 << 20) for _ in range(16)]\nreturn len(held) == 16",
    ),
    Attempt(
        name="memory that is shared",
        code="import mmap\nheld = []\nfor _ in range(16):\n    one = mmap.mmap(-1, 50 << 20)\n"
        "    one.write(b'x' * (50 << 20))\n    held.append(one)\nreturn len(held) == 16",
    ),
    Attempt(
        name="memory in a file without a name",
        code="import os\nfd = os.memfd_create('x')\ntry:\n    for _ in range(16):\n"
        "        left = 50 << 20\n        while left:\n"
        "            left -= os.write(fd, b'x' * min(left, 1 << 20))\n"
        "    return True\nfinally:\n    os.close(fd)",
    ),
    Attempt(
        name="memory of many processes",
        code="import os\nchildren = []\nfor _ in range(4):\n    child = os.fork()\n"
        "    if not child:\n"
        "        import time\n        held = b'x' * (200 << 20)\n        time.sleep(1)\n"
        "        os._exit(7 if held else 0)\n    children.append(child)\n"
        "ends = [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children]\n"
        "return ends == [7] * 4",
        open={"bubblewrap": "Its limit of memory is for each process."},
    ),
    Attempt(
        name="a large file",
        code="with open('large', 'wb') as f:\n    for _ in range(64):\n"
        "        f.write(b'x' * (1 << 20))\n"
        "return True",
    ),
    Attempt(
        name="many files",
        code="for i in range(64):\n    with open(f'many{i}', 'wb') as f:\n"
        "        f.write(b'x' * (1 << 20))\nreturn True",
    ),
    Attempt(
        name="files in shared memory",
        code="import os\ntry:\n    for i in range(24):\n"
        "        with open(f\"/dev/shm/{at['token']}-{i}\", 'wb') as f:\n"
        "            f.write(b'x' * (1 << 20))\n    return True\nfinally:\n"
        "    for i in range(24):\n        try:\n"
        "            os.unlink(f\"/dev/shm/{at['token']}-{i}\")\n"
        "        except OSError:\n            pass",
        needs=("shm",),
    ),
    Attempt(
        name="processes",
        code="import os, signal\nmade = []\ntry:\n    for _ in range(150):\n"
        "        child = os.fork()\n"
        "        if not child:\n            signal.pause()\n        made.append(child)\n"
        "    return True\nfinally:\n    for child in made:\n        os.kill(child, 9)\n"
        "        os.waitpid(child, 0)",
    ),
    Attempt(
        name="threads",
        code="import threading\nend = threading.Event()\nmade = []\ntry:\n"
        "    for _ in range(150):\n"
        "        one = threading.Thread(target=end.wait)\n        one.start()\n"
        "        made.append(one)\n    return True\nfinally:\n    end.set()\n"
        "    for one in made:\n        one.join()",
    ),
    Attempt(
        name="open files",
        code="import os\nmade = []\ntry:\n    for _ in range(1500):\n"
        "        made.append(os.open('/dev/null', 0))\n    return True\nfinally:\n"
        "    for one in made:\n        os.close(one)",
        needs=("descriptors",),
    ),
    Attempt(
        name="a core file of the process",
        code="import resource\nreturn resource.getrlimit(resource.RLIMIT_CORE)[1] != 0",
        needs=("cores",),
    ),
)
