"""The package broker: fetches wheels for a sandbox that has no network.

It runs on the trusted side and answers the guest's ``PackageRequest``. The guest may be hostile, so
the broker fetches only addresses that cannot carry anything out except a package's name: a project
page of the index, a file that such a page has named, a file of Pyodide's lock, or a file of the
site's own packages. It checks each file against the hash that the page or the lock gives.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit
from zipfile import BadZipFile, ZipFile

from pyagent.errors import AgentError, ProtocolError
from pyagent.executors.known_packages import normalized
from pyagent.executors.packages.fetching import Fetch, FetchFailed, FetchRequest
from pyagent.executors.packages.site_lock import LOCK_URL, SITE, SiteLock, SitePackages, read_lock
from pyagent.protocol import PackageFile, PackageResponse
from pyagent.wire import parse_json

NOT_ASKED_FOR = "was not asked for"
"""What is said of a package that the index may not be asked for now."""

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_TOTAL_BYTES = 500 * 1024 * 1024
MAX_REQUESTS = 500
"""This limit and ``MAX_TOTAL_BYTES`` hold for one ``PackageUse``: a sandbox and a conversation."""

MAX_SITE_REQUESTS = 10_000
"""Each sandbox asks for the site's files anew, some fifty at most."""

NAMED_MODULES = (
    *("numpy", "pandas", "scipy", "sklearn", "sympy", "networkx", "matplotlib", "seaborn", "PIL"),
    *("openpyxl", "bs4", "docx"),
)
"""What the prompt names of the site's packages. Each name costs tokens in every request."""

_INDEX_TYPE = "application/vnd.pypi.simple.v1+json"
_MAX_METADATA_BYTES = 500_000
_MAX_NEEDED = 300
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_NEEDS = re.compile(r"^Requires-Dist: ([A-Za-z0-9][A-Za-z0-9._-]{0,99})", re.MULTILINE)
_PROJECT = re.compile(r"[a-z0-9]([a-z0-9._-]{0,60}[a-z0-9])?/?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PackageSources:
    """The places that packages come from."""

    index_url: str
    """A simple index (PEP 691) that allows requests from other origins. No slash at the end."""
    lock_url: str
    """Folder of the files that Pyodide's lock names. With a slash at the end."""
    lock_hashes: Mapping[str, str]
    """File name in that folder → SHA-256 in hex."""


class PackageRefused(AgentError):
    """A package request that is not allowed, or whose answer is wrong."""

    kind = "package"


@dataclass(kw_only=True)
class PackageUse:
    """What the sandbox of one conversation has fetched, and who decides on more."""

    requests: int = 0
    site_requests: int = 0
    bytes: int = 0
    refusal: Callable[[str], Awaitable[str]] | None = None
    """Package name → why the index may not be asked for it, or empty text. None allows all."""


class PackageBroker:
    """Fetches packages. ``sources`` is slow, so it is called only at the first request.

    ``site`` has the packages beside the page. They cost no network after the first time, so only
    ``MAX_SITE_REQUESTS`` bounds them.
    """

    def __init__(
        self,
        fetch: Fetch,
        sources: Callable[[], PackageSources],
        site: SitePackages | None = None,
    ) -> None:
        self._fetch = fetch
        self._site = site
        self._site_lock = SiteLock()
        self._find_sources = sources
        self._sources: PackageSources | None = None
        self._named: dict[str, str | None] = {}
        self._needed: set[str] = set()
        """The packages that packages need which were fetched. Their names tell nothing new."""
        self._use = PackageUse()

    async def fetch(self, url: str, use: PackageUse | None = None) -> tuple[PackageResponse, bytes]:
        """The response and its body. Its ``error`` says why a request failed; ignore its ``id``.

        ``use`` counts the request; without it the broker has one for all.
        """
        try:
            content_type, body = await self._get(url, use or self._use)
        except (PackageRefused, FetchFailed) as error:
            return PackageResponse(id=0, status=502, error=str(error)), b""
        return PackageResponse(id=0, status=200, content_type=content_type), body

    async def prefetch(self, modules: Iterable[str]) -> list[str]:
        """Have the site's packages for these modules ready. Nothing is installed.

        Returns those of the modules, dotted names, that the site has packages for.
        """
        if self._site is None:
            return []
        if not self._site_lock.packages:
            await self._read_site_lock(self._site)
        lock = self._site_lock
        there = [module for module in modules if lock.name_of(_top(module)) is not None]
        for file in self.files_for(there):
            self._site.prefetch(file.file, file.sha256)
        return there

    def files_for(self, modules: Iterable[str]) -> list[PackageFile]:
        """The wheels of the site that these modules need, as far as its lock was read."""
        lock = self._site_lock
        names = filter(None, (lock.name_of(_top(module)) for module in modules))
        needed = dict.fromkeys(package for name in names for package in lock.needed(name))
        entries = ((name, lock.packages[name]) for name in needed)
        return [
            PackageFile(name=name, file=entry.file, sha256=entry.sha256, bytes=entry.bytes)
            for name, entry in entries
        ]

    async def offered(self) -> list[str]:
        """The modules of the site's packages that a prompt should name; none if it has no lock."""
        if self._site is None:
            return []
        try:
            await self._read_site_lock(self._site)
        except Exception:  # whatever JavaScript raises: the prompt does without
            return []
        return [module for module in NAMED_MODULES if self._site_lock.name_of(module)]

    async def _get(self, url: str, use: PackageUse) -> tuple[str, bytes]:
        if url.startswith(SITE):
            use.site_requests += 1
            if use.site_requests > MAX_SITE_REQUESTS:
                raise PackageRefused("Too many package files were asked for in this conversation.")
            return "application/octet-stream", await self._site_file(url)
        if self._sources is None:
            self._sources = self._find_sources()
            for name, sha256 in self._sources.lock_hashes.items():
                self._named[urljoin(self._sources.lock_url, name)] = sha256
        use.requests += 1
        if use.requests > MAX_REQUESTS:
            raise PackageRefused("Too many package files were asked for in this conversation.")
        prefix = f"{self._sources.index_url}/"
        if url in self._named:
            if url.startswith(self._sources.lock_url):
                await self._check(url.rpartition("/")[2].partition("-")[0], use)
            return "application/octet-stream", await self._file(url, self._named[url], use)
        if url.startswith(prefix) and _PROJECT.fullmatch(url.removeprefix(prefix)):
            await self._check(url.removeprefix(prefix).rstrip("/"), use)
            return _INDEX_TYPE, await self._project(url, use)
        raise PackageRefused("Only the package index and Pyodide's packages can be reached.")

    async def _check(self, name: str, use: PackageUse) -> None:
        """Raise ``PackageRefused`` for a package that the conversation may not ask for."""
        name = normalized(name)
        if use.refusal is None or name in self._needed:
            return
        if refusal := await use.refusal(name):
            raise PackageRefused(f"{name} {NOT_ASKED_FOR}: {refusal}")

    async def _site_file(self, url: str) -> bytes:
        if self._site is None:
            raise PackageRefused("This site has no packages of its own.")
        if url == LOCK_URL:
            return (await self._read_site_lock(self._site)).encode()
        for package in self._site_lock.packages.values():
            if package.url == url:
                return await self._site.file(package.file, package.sha256)
        raise PackageRefused("This site does not have that package.")

    async def _read_site_lock(self, site: SitePackages) -> str:
        text = await site.lock(fresh=bool(self._site_lock.coming) or not self._site_lock.packages)
        self._site_lock = read_lock(text)
        return text

    async def _project(self, url: str, use: PackageUse) -> bytes:
        final_url, body = await self._download(url, {"accept": _INDEX_TYPE}, use)
        try:
            page = parse_json(body.decode())
        except (UnicodeDecodeError, ProtocolError) as error:
            raise PackageRefused("The package index did not answer with JSON.") from error
        for address, sha256 in _files(page, final_url):
            self._named[address] = sha256
        return body

    async def _file(self, url: str, sha256: str | None, use: PackageUse) -> bytes:
        _, body = await self._download(url, {}, use)
        if sha256 is not None and hashlib.sha256(body).hexdigest() != sha256:
            raise PackageRefused(f"{url.rpartition('/')[2]} is not the file that the index names.")
        self._needed |= needed_by(url, body)
        return body

    async def _download(
        self, url: str, headers: Mapping[str, str], use: PackageUse
    ) -> tuple[str, bytes]:
        request = FetchRequest(
            method="GET", url=url, headers=headers, redirect="follow", cacheable=True
        )
        response = await self._fetch(request)
        try:
            if response.status == 404 and headers:
                name = url.rstrip("/").rpartition("/")[2]
                raise PackageRefused(f"The package index has no {name!r}.")
            if response.status != 200:
                raise PackageRefused(f"The server answered {response.status} for {url}.")
            if not self._is_allowed_origin(response.url):
                raise PackageRefused(f"{url} was redirected to a place that is not allowed.")
            pieces = []
            size = 0
            while piece := await response.read():
                size += len(piece)
                use.bytes += len(piece)
                if size > MAX_FILE_BYTES or use.bytes > MAX_TOTAL_BYTES:
                    raise PackageRefused(f"{url} is too large to be installed here.")
                pieces.append(piece)
            return response.url, b"".join(pieces)
        finally:
            response.abort()

    def _is_allowed_origin(self, url: str) -> bool:
        assert self._sources is not None
        known = [self._sources.index_url, self._sources.lock_url, *self._named]
        return any(_origin(url) == origin for origin in {_origin(address) for address in known})


def needed_by(url: str, body: bytes) -> set[str]:
    """The packages that a fetched metadata file or wheel says that it needs."""
    try:
        if url.endswith(".metadata"):
            text = body[:_MAX_METADATA_BYTES].decode("utf-8", "replace")
        elif url.endswith(".whl"):
            with ZipFile(io.BytesIO(body)) as wheel:
                path = next(name for name in wheel.namelist() if _METADATA.fullmatch(name))
                with wheel.open(path) as file:
                    text = file.read(_MAX_METADATA_BYTES).decode("utf-8", "replace")
        else:
            return set()
    except (BadZipFile, StopIteration, OSError, RuntimeError, ValueError, zlib.error):
        return set()
    return {normalized(name) for name in _NEEDS.findall(text)[:_MAX_NEEDED]}


def _files(page: Any, page_url: str) -> list[tuple[str, str | None]]:
    """The wheels and metadata files that a project's page names, with their hashes."""
    found: list[tuple[str, str | None]] = []
    entries = page.get("files") if isinstance(page, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        address = entry.get("url") if isinstance(entry, dict) else None
        if not isinstance(address, str) or not urlsplit(address).path.endswith(".whl"):
            continue
        url = urljoin(page_url, address).partition("#")[0]
        found.append((url, _sha256(entry.get("hashes"))))
        metadata = entry.get("core-metadata", entry.get("data-dist-info-metadata"))
        if metadata:
            found.append((f"{url}.metadata", _sha256(metadata)))
    return found


def _top(module: str) -> str:
    return module.partition(".")[0]


def _sha256(hashes: Any) -> str | None:
    value = hashes.get("sha256") if isinstance(hashes, dict) else None
    return value if isinstance(value, str) else None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
