"""The site's own data packages: what its lock says, and how the trusted side reaches them.

The build writes the lock to ``packages/lock.json``. The broker and the guest's installer both read
it; only the trusted side fetches anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyagent.errors import ProtocolError
from pyagent.wire import parse_json

SITE = "site-packages:/"
"""The scheme by which a guest asks for a file of the site's packages. It is not an address."""
LOCK_URL = f"{SITE}lock.json"


class SitePackages(Protocol):
    """The folder of packages beside the page. Errors are JavaScript's."""

    async def lock(self, *, fresh: bool) -> str:
        """The text of the lock; empty where the site has none. ``fresh`` reads it anew."""

    async def file(self, name: str, sha256: str) -> bytes:
        """The bytes of a packed file, unpacked, from the browser's store if it is there."""

    def prefetch(self, name: str, sha256: str) -> None:
        """Have a file ready in the browser's store."""


@dataclass(frozen=True, kw_only=True)
class SitePackage:
    """One package that the site has."""

    file: str
    sha256: str
    """Of the packed file, in hex."""
    bytes: int = 0
    """Of the packed file."""
    version: str = ""
    imports: Sequence[str] = ()
    depends: Sequence[str] = ()

    @property
    def url(self) -> str:
        """What a guest asks for: the wheel, which the trusted side unpacks."""
        return SITE + self.file.removesuffix(".gz")


@dataclass(frozen=True, kw_only=True)
class SiteLock:
    """The packages of the site by name, and why others are not among them."""

    packages: Mapping[str, SitePackage] = field(default_factory=dict)
    coming: Sequence[str] = ()
    """Names of packages that the site is still fetching."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Name → why the site does not have it, in a sentence."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """Module → name, for packages that the site does not have."""

    def name_of(self, module: str) -> str | None:
        """The site's package that brings a top-level module."""
        return next((n for n, package in self.packages.items() if module in package.imports), None)

    def needed(self, name: str) -> list[str]:
        """The package and everything that it needs, what others need first."""
        found: dict[str, None] = {}
        waiting = [name]
        while waiting:
            here = waiting.pop()
            if here in self.packages and here not in found:
                found[here] = None
                waiting.extend(self.packages[here].depends)
        return list(reversed(found))

    def absence(self, module: str) -> str:
        """Why the site cannot bring a module, in a sentence; empty when it says nothing of it."""
        name = self.modules.get(module)
        if name is None:
            return ""
        if name in self.coming:
            return f"This site is still fetching {name}: run the same code again in a minute."
        if name in self.missing:
            return f"This site was built without {name}, which no source of its build had."
        return f"This site does not have {name}: scripts/build --packages all may add it."


def read_lock(text: str) -> SiteLock:
    """Read a lock. What cannot be read counts as absent."""
    try:
        data = parse_json(text) if text else {}
    except ProtocolError:
        return SiteLock()
    if not isinstance(data, dict):
        return SiteLock()
    packages = data.get("packages")
    entries = packages.items() if isinstance(packages, dict) else ()
    return SiteLock(
        packages={name: made for name, entry in entries if (made := _package(entry)) is not None},
        coming=_texts(data.get("coming")),
        missing=_text_map(data.get("missing")),
        modules=_text_map(data.get("modules")),
    )


def _package(entry: Any) -> SitePackage | None:
    if not isinstance(entry, dict):
        return None
    file, sha256 = entry.get("file"), entry.get("sha256")
    if not isinstance(file, str) or not isinstance(sha256, str) or "/" in file:
        return None
    return SitePackage(
        file=file,
        sha256=sha256,
        bytes=size if isinstance(size := entry.get("bytes"), int) else 0,
        version=str(entry.get("version", "")),
        imports=_texts(entry.get("imports")),
        depends=_texts(entry.get("depends")),
    )


def _texts(value: Any) -> list[str]:
    found: Iterable[Any] = value if isinstance(value, list) else ()
    return [text for text in found if isinstance(text, str)]


def _text_map(value: Any) -> dict[str, str]:
    found = value.items() if isinstance(value, dict) else ()
    return {key: text for key, text in found if isinstance(text, str)}
