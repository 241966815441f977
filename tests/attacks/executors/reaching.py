"""Attempts to reach the network, and the files of the machine."""

from __future__ import annotations

from .attempt import CALL, LIBC, Attempt

NETWORK = (
    Attempt(
        name="TCP to the loopback",
        code="import socket\nwith socket.create_connection(('127.0.0.1', at['tcp']), 2) as s:\n"
        "    s.sendall(at['token'].encode())\n    return s.recv(100)",
    ),
    Attempt(
        name="TCP over IPv6",
        code="import socket\nwith socket.create_connection(('::1', at['tcp6']), 2) as s:\n"
        "    s.sendall(at['token'].encode())\n    return s.recv(100)",
    ),
    Attempt(
        name="TCP to an address of the machine",
        code="import socket\nwith socket.create_connection((at['ip'], at['tcp']), 2) as s:\n"
        "    s.sendall(at['token'].encode())\n    return s.recv(100)",
    ),
    Attempt(
        name="TCP to the gateway of containers",
        code="import socket\nfor ip in ('172.17.0.1', 'host.docker.internal', '10.0.2.2', "
        "'192.168.65.2', at['ip']):\n    try:\n"
        "        with socket.create_connection((ip, at['tcp']), 0.3) as s:\n"
        "            return s.recv(100)\n    except OSError:\n        pass",
    ),
    Attempt(
        name="HTTP by urllib",
        code="from urllib.request import urlopen\n"
        "try:\n    urlopen(f\"http://127.0.0.1:{at['tcp']}/{at['token']}\", timeout=2)\n"
        "except Exception as error:\n    return 'canary' in repr(error)",
        judge="heard",
    ),
    Attempt(
        name="UDP to the loopback",
        code="import socket\nwith socket.socket(2, 2) as s:\n"
        "    s.sendto(at['token'].encode(), ('127.0.0.1', at['udp']))",
        judge="heard",
    ),
    Attempt(
        name="UDP to an address of the machine",
        code="import socket\nwith socket.socket(2, 2) as s:\n"
        "    s.sendto(at['token'].encode(), (at['ip'], at['udp']))",
        judge="heard",
    ),
    Attempt(
        name="a shell's own sockets",
        code="import subprocess\nsubprocess.run(['bash', '-c', "
        "f\"echo {at['token']} > /dev/tcp/127.0.0.1/{at['tcp']}\"], timeout=5)",
        judge="heard",
        needs=("bash",),
    ),
    Attempt(
        name="a Unix socket by its path",
        code="import socket\nwith socket.socket(socket.AF_UNIX) as s:\n"
        "    s.connect(at['socket'])\n    return s.recv(100)",
    ),
    Attempt(
        name="an abstract Unix socket",
        code="import socket\nwith socket.socket(socket.AF_UNIX) as s:\n"
        "    s.connect(at['abstract'])\n    return s.recv(100)",
    ),
    Attempt(
        name="listening where the machine calls",
        code="import socket\nwith socket.create_server(('127.0.0.1', at['knocked'])) as s:\n"
        "    s.settimeout(1.5)\n    return s.accept()[0].recv(100)",
    ),
    Attempt(
        name="seeing the machine's interfaces",
        code="import socket\nreturn [n for _, n in socket.if_nameindex() if n in at['interfaces']]",
        needs=("interfaces",),
    ),
    Attempt(
        name="a raw socket",
        code="import socket\nwith socket.socket(2, socket.SOCK_RAW, 1):\n    return True",
        needs=("root",),
    ),
    Attempt(
        name="a packet socket",
        code="import socket\nwith socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3):\n"
        "    return True",
        needs=("root",),
    ),
    Attempt(
        name="a socket to the hypervisor",
        code="import socket\nwith socket.socket(socket.AF_VSOCK):\n    return True",
        needs=("vsock",),
    ),
    Attempt(
        name="setting up the loopback's network",
        code="import fcntl, socket, struct\nwith socket.socket(2, 2) as s:\n"
        "    flags = fcntl.ioctl(s, 0x8913, struct.pack('16sh14x', b'lo', 0))\n"
        "    fcntl.ioctl(s, 0x8914, flags)\nreturn True",
        needs=("root",),
    ),
)

FILES = (
    Attempt(name="a file by its path", code="return open(at['secret']).read() == at['mark']"),
    Attempt(
        name="a file by the root of the first process",
        code="return open('/proc/1/root' + at['secret']).read() == at['mark']",
        needs=("first process",),
    ),
    Attempt(
        name="a file by the root of a process of the machine",
        code="return open(f\"/proc/{at['pid']}/root\" + at['secret']).read() == at['mark']",
    ),
    Attempt(
        name="a file by a path that goes up",
        code="return open('../' * 30 + at['secret'].lstrip('/')).read() == at['mark']",
    ),
    Attempt(
        name="a symbolic link in the work folder",
        code="import os\nos.symlink(at['secret'], at['token'])\n"
        "return open(at['token']).read() == at['mark']",
    ),
    Attempt(
        name="a symbolic link to the root in the work folder",
        code="import os\nos.symlink('/', at['token'])\n"
        "return open(at['token'] + at['secret']).read() == at['mark']",
    ),
    Attempt(
        name="a hard link",
        code="import os\nos.link(at['secret'], '/tmp/' + at['token'])\n"
        "return open('/tmp/' + at['token']).read() == at['mark']",
    ),
    Attempt(
        name="writing into a folder of the machine",
        code="open(at['drop'] + '/' + at['token'], 'w').close()",
        judge="heard",
    ),
    Attempt(
        name="writing into the root",
        code="open('/' + at['token'], 'w').close()\nreturn True",
        needs=("root",),
    ),
    Attempt(
        name="writing into system folders",
        code="import os\nfor place in ('/usr', '/etc', '/dev'):\n    try:\n"
        "        open(f\"{place}/{at['token']}\", 'w').close()\n        return place\n"
        "    except OSError:\n        pass",
        needs=("root",),
    ),
    Attempt(
        name="changing Python itself",
        code="import json\nopen(json.__file__, 'r+').close()\nreturn True",
        needs=("root",),
    ),
    Attempt(
        name="changing the guest's own source",
        code="import sys\nopen(sys.modules['pyagent.sandbox.kernel'].__file__, 'r+').close()\n"
        "return True",
        needs=("root",),
    ),
    Attempt(
        name="the machine's passwords",
        code="return open('/etc/shadow').read(1)",
        needs=("root", "shadow"),
    ),
    Attempt(
        name="settings of the kernel",
        code="open('/proc/sys/kernel/hostname', 'r+').close()\nreturn True",
        needs=("root",),
    ),
    Attempt(
        name="the kernel's emergency keys",
        code="open('/proc/sysrq-trigger', 'w').close()\nreturn True",
        needs=("root", "sysrq"),
    ),
    Attempt(name="the kernel's log", code="return open('/dev/kmsg', 'rb')", needs=("root", "kmsg")),
    Attempt(
        name="a device node",
        code="import os, stat\nos.mknod('/tmp/' + at['token'], stat.S_IFBLK | 0o600, "
        "os.makedev(7, 0))\nreturn True",
        needs=("root",),
    ),
    Attempt(
        name="a mount",
        code=f"{LIBC}libc.mount.restype = ctypes.c_int\nos.mkdir('/tmp/m-' + at['token'])\n"
        "made = libc.mount(b'none', ('/tmp/m-' + at['token']).encode(), b'tmpfs', 0, None) == 0\n"
        "if made:\n    libc.umount(('/tmp/m-' + at['token']).encode())\n"
        "os.rmdir('/tmp/m-' + at['token'])\nreturn made",
        needs=("root",),
    ),
    Attempt(
        name="mounting the proc of the machine again",
        code=f"{LIBC}os.mkdir('/tmp/m-' + at['token'])\n"
        "made = libc.mount(b'proc', ('/tmp/m-' + at['token']).encode(), b'proc', 0, None) == 0\n"
        "if made:\n    libc.umount(('/tmp/m-' + at['token']).encode())\n"
        "os.rmdir('/tmp/m-' + at['token'])\nreturn made",
        needs=("root",),
    ),
    Attempt(
        name="another root by chroot",
        code="import os\nchild = os.fork()\nif not child:\n    try:\n        os.chroot('/tmp')\n"
        "        os._exit(7)\n    except OSError:\n        os._exit(0)\n"
        "return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7",
        needs=("root",),
    ),
    Attempt(
        name="a file by its handle",
        code=f"{CALL}buffer = ctypes.create_string_buffer(136)\n"
        "ctypes.memmove(buffer, (128).to_bytes(4, 'little'), 4)\nmount = ctypes.c_int()\n"
        "return libc.syscall(303 if X86 else 264, -100, b'/', buffer, ctypes.byref(mount), 0) == 0",
        needs=("handles",),
    ),
)
