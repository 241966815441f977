"""Keeps tools that fetch to public addresses: a page must not make them look behind a firewall.

What counts is the address that a name resolves to, whatever it is called: ``127.1``, ``0x7f.1`` and
a name of somebody's that points to 127.0.0.1 are this machine. ``pinned`` connects to the addresses
that were checked here, so that the name cannot mean something else a moment later.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa", "lan", "intranet", "onion")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_SPECIAL = [
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "fec0::/10")
]
"""Special in IANA's registries, and global for ``ipaddress`` of some Python that we run on."""


class PrivateHost(httpx.ConnectError):
    """The host is this machine or in a private network."""


def is_private(host: str) -> bool:
    """Whether a host is private by its text: an address in any spelling, or a name for such."""
    host = host.strip("[]").rstrip(".").lower()
    if not host or host.split(".")[-1] in _LOCAL_NAMES or host.endswith(".home.arpa"):
        return True
    address = _literal(host)
    return address is not None and not is_public(address)


def is_public(address: Address) -> bool:
    """Whether everybody can reach an address: no loopback, private, link-local or special one."""
    if isinstance(address, ipaddress.IPv6Address):
        is_there = address in _NAT64 or _is_usual(address)
        return is_there and all(map(is_public, _inside(address)))
    return _is_usual(address)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises ``PrivateHost`` if one of them is not public."""
    if is_private(host):
        raise PrivateHost(f"{host} is in a private network and is not visited")
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{host} cannot be found: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    check_public(host, addresses)
    return addresses


def check_public(host: str, addresses: Iterable[str]) -> None:
    """Raise ``PrivateHost`` if one of a host's addresses is not public."""
    for text in addresses:
        address = _literal(text)
        if address is None or not is_public(address):
            raise PrivateHost(f"{host} is in a private network and is not visited")


def _is_usual(address: Address) -> bool:
    is_special = any(address in network for network in _SPECIAL)
    is_usual = address.is_global and not address.is_multicast and not address.is_reserved
    return is_usual and not is_special


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for or leads to."""
    found: list[Any] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inside for inside in found if inside is not None]


def _literal(host: str) -> Address | None:
    """The address that a text spells, in any way that a system's resolver takes."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 2130706433, 0x7f.1, 0177.1
    except (OSError, UnicodeError, ValueError):
        return None
