"""The system calls that code behind a fence of Linux may not make, as a filter for the kernel.

The filter refuses what could reach past namespaces: new namespaces and mounts, other processes'
memory, keys, modules, clocks, and kinds of sockets that no network namespace holds.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_COMMON = {  # from 424 on, calls have the same number on every machine
    "io_uring": (425, 426, 427),
    "mounts": (428, 429, 430, 431, 432, 433, 442, 467),
    "processes": (438, 440, 448),  # pidfd_getfd, process_madvise, process_mrelease
    "quotas": (443,),
}
_CLONE3 = 435
_REFUSED = {
    "x86_64": {
        "processes": (101, 310, 311, 312),  # ptrace, process_vm_readv and _writev, kcmp
        "mounts": (155, 161, 165, 166, 303, 304),  # pivot_root, chroot, mount, umount2, handles
        "namespaces": (272, 308),  # unshare, setns
        "keys": (248, 249, 250),
        "kernel": (134, 135, 153, 154, 163, 169, 172, 173, 174, 175, 176, 180, 246, 313, 320),
        "clocks": (159, 164, 227, 305),
        "names": (170, 171),
        "swap and quotas": (167, 168, 179),
        "observation": (103, 212, 298, 300, 321, 323),  # syslog, perf, fanotify, bpf, userfaultfd
        "memory of other processes": (237, 238, 256, 279),
    },
    "aarch64": {
        "processes": (117, 270, 271, 272),
        "mounts": (39, 40, 41, 51, 264, 265),
        "namespaces": (97, 268),
        "keys": (217, 218, 219),
        "kernel": (58, 89, 92, 104, 105, 106, 142, 273, 294),
        "clocks": (112, 170, 171, 266),
        "names": (161, 162),
        "swap and quotas": (60, 224, 225),
        "observation": (18, 116, 241, 262, 280, 282),
        "memory of other processes": (235, 237, 238, 239),
    },
}
_CLONE_AND_SOCKET = {"x86_64": (56, 41), "aarch64": (220, 198)}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OTHER_ABI = 0x40000000
"""Numbers from here on are the x32 calls of x86_64."""
_NEW_NAMESPACES = 0x7E020000
_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink sockets: a network namespace holds these."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENT = 0, 4, 16
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _BY_FILTER = 38, 22, 2
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def install() -> None:
    """Filter the calls of this process, and of all that it starts, from now on.

    Does nothing on a machine whose calls are not known here. Raises ``OSError``. Call it before
    there are threads.
    """
    if steps := filter_program():
        program = _Program(len(steps) // 8, steps)
        libc = ctypes.CDLL(None, use_errno=True)
        no_more_rights = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if no_more_rights or libc.prctl(_SET_SECCOMP, _BY_FILTER, ctypes.byref(program), 0, 0):
            raise OSError(ctypes.get_errno(), "The filter of system calls was refused")


def filter_program(machine: str | None = None) -> bytes:
    """The filter as the kernel reads it; empty for a machine whose calls are not known here."""
    machine = machine or platform.machine()
    if machine not in _REFUSED:
        return b""
    clone, socket = _CLONE_AND_SOCKET[machine]
    steps = [
        _step(_LOAD, _ARCH),
        _step(_EQUAL, _ARCHITECTURE[machine], 1, 0),
        _refuse(errno.EPERM),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _OTHER_ABI, 0, 1),
        _refuse(errno.EPERM),
    ]
    refused = {**_REFUSED[machine], **{f"newer {name}": given for name, given in _COMMON.items()}}
    for number in sorted({number for numbers in refused.values() for number in numbers}):
        steps += [_step(_EQUAL, number, 0, 1), _refuse(errno.EPERM)]
    # Its flags are in memory, which a filter cannot read. C libraries then use clone.
    steps += [_step(_EQUAL, _CLONE3, 0, 1), _refuse(errno.ENOSYS)]
    steps += [
        _step(_EQUAL, clone, 0, 4),
        _step(_LOAD, _ARGUMENT),
        _step(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        _refuse(errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]
    known = len(_FAMILIES)
    steps += [_step(_EQUAL, socket, 0, known + 2), _step(_LOAD, _ARGUMENT)]
    steps += [_step(_EQUAL, family, known - i, 0) for i, family in enumerate(_FAMILIES)]
    steps += [_refuse(errno.EAFNOSUPPORT), _step(_RETURN, _ALLOW)]
    return b"".join(steps)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _ERROR | number)
