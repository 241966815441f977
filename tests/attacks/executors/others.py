"""Attempts to reach other processes, their keys, the host, and the container engine."""

from __future__ import annotations

from .attempt import CALL, LIBC, Attempt

KEYS = (
    Attempt(
        name="a key in another process's environment",
        code="from pathlib import Path\nfor path in Path('/proc').glob('[0-9]*/environ'):\n"
        "    try:\n        if at['mark'].encode() in path.read_bytes():\n            return True\n"
        "    except OSError:\n        pass",
    ),
    Attempt(
        name="another process's memory as a file",
        code="return open(f\"/proc/{at['pid']}/mem\", 'rb')",
    ),
    Attempt(
        name="another process's memory by a system call",
        code=f"{CALL}buffer = ctypes.create_string_buffer(8)\n"
        "class Piece(ctypes.Structure):\n"
        "    _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]\n"
        "here = Piece(ctypes.addressof(buffer), 8)\n"
        "for line in open(f\"/proc/{at['pid']}/maps\"):\n"
        "    start = int(line.split('-')[0], 16)\n"
        "    there = Piece(start, 8)\n"
        "    if libc.process_vm_readv(at['pid'], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)"
        " == 8:\n        return True",
    ),
    Attempt(
        name="a key in the keyring",
        code=f"{CALL}return libc.syscall(250 if X86 else 219, 10, -4, b'user', "
        "b'pyagent-canary', 0)"
        " > 0",
        needs=("keys",),
    ),
    Attempt(
        name="shared memory of the machine",
        code=f"{LIBC}return libc.shmget(at['shared'], 0, 0) >= 0",
    ),
)

PROCESSES = (
    Attempt(
        name="seeing the machine's processes",
        code="from pathlib import Path\nfor path in Path('/proc').glob('[0-9]*/cmdline'):\n"
        "    try:\n        if at['mark'].encode() in path.read_bytes():\n            return True\n"
        "    except OSError:\n        pass",
    ),
    Attempt(name="a signal to a process", code="import os\nos.kill(at['pid'], 9)", judge="hurt"),
    Attempt(
        name="a signal to a group of processes",
        code="import os\nos.killpg(at['pid'], 9)",
        judge="hurt",
    ),
    Attempt(
        name="a signal by a descriptor of a process",
        code="import os, signal\nsignal.pidfd_send_signal(os.pidfd_open(at['pid']), 9)",
        judge="hurt",
    ),
    Attempt(
        name="the host process",
        code="import os\nos.kill(at['host'], 0)\nreturn True",
    ),
    Attempt(
        name="making a process slower",
        code="import os\nos.setpriority(os.PRIO_PROCESS, at['pid'], 19)",
        judge="hurt",
    ),
    Attempt(
        name="tracing a process",
        code=f"{LIBC}import time\nif libc.ptrace(16, at['pid'], 0, 0) == 0:\n    time.sleep(0.2)\n"
        "    return True",
    ),
    Attempt(
        name="becoming root",
        code="import os\nos.setresuid(0, 0, 0)\nreturn os.getuid() == 0",
        needs=("root",),
    ),
    Attempt(
        name="becoming root by a program that may",
        code="import os, subprocess\n"
        "for program in (['su', '-c', 'id -u'], ['mount', '--version']):\n"
        "    done = subprocess.run(program, capture_output=True, text=True, timeout=5)\n"
        "    if done.stdout.strip() == '0':\n        return True",
        needs=("root",),
    ),
    Attempt(
        name="rights in a namespace of its own",
        code=f"{LIBC}child = os.fork()\nif not child:\n"
        "    os._exit(7 if libc.unshare(0x10000000) == 0 else 0)\n"
        "return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7",
        needs=("unshare",),
    ),
    Attempt(
        name="the namespaces of another process",
        code=f"{LIBC}with open(f\"/proc/{{at['pid']}}/ns/net\") as there:\n"
        "    return libc.setns(there.fileno(), 0) == 0",
        needs=("root",),
    ),
)

FRAMES = (
    Attempt(
        name="noise between the frames",
        code="import os\nfor fd in range(3, 20):\n    try:\n        os.write(fd, b'noise' * 100)\n"
        "    except OSError:\n        pass",
        judge="lost",
    ),
    Attempt(
        name="a frame without an end",
        code="import os, struct\nfor fd in range(3, 20):\n    try:\n"
        "        os.write(fd, struct.pack('<IQ', 1, 1 << 60))\n"
        "    except OSError:\n        pass",
        judge="lost",
    ),
    Attempt(
        name="answers that nobody asked for",
        code="import json, os, struct\n"
        "text = json.dumps({'type': 'file_content', 'id': 99}).encode()"
        "\npiece = b'x' * (1 << 20)\nframe = struct.pack('<IQQ', 2, len(text), len(piece)) + text"
        " + piece\nfor fd in range(3, 20):\n    try:\n        for _ in range(1000):\n"
        "            left = memoryview(frame)\n            while left:\n"
        "                left = left[os.write(fd, left):]\n    except OSError:\n        pass",
        judge="lost",
    ),
    Attempt(
        name="a message that only a host sends",
        code="import json, os, struct\ntext = json.dumps({'type': 'execute', 'id': 1, 'code': '1'})"
        ".encode()\nfor fd in range(3, 20):\n    try:\n"
        "        os.write(fd, struct.pack('<IQ', 1, len(text)) + text)\n"
        "    except OSError:\n        pass",
        judge="lost",
    ),
    Attempt(name="ending itself", code="import os\nos._exit(0)", judge="lost"),
)

ENGINE = (
    Attempt(
        name="the socket of the container engine",
        code="import socket\nwith socket.socket(socket.AF_UNIX) as s:\n"
        "    s.connect(at['engine'])\n    s.sendall(b'GET /version HTTP/1.0\\r\\n\\r\\n')\n"
        "    return b'200' in s.recv(100)",
        needs=("docker",),
    ),
)
