"""The site as an ASGI app: static files, and the headers that fence the page in.

``serve`` and tests make it. It answers GET and HEAD, knows nothing of agents, and never lists a
folder. Every file that the page needs is in ``dist``; the app only sends it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
"""The host names that a browser may use for this server; any other is a DNS rebinding attack."""

UNUSED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial"),
    *("usb", "xr-spatial-tracking"),
)
"""Features of browsers that neither the page nor anything in it may ask the person for."""

FENCE = {
    # These two make the page cross-origin isolated: shared memory, threads, precise interrupts.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gguf": "application/octet-stream",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
"""Our own table, because the operating system's may say that JavaScript is plain text."""

PACKED = {"br": ".br", "gzip": ".gz"}
"""Content encodings, better ones first, and the suffixes of the files that the build made."""

FOR_EVER = "public, max-age=31536000, immutable"
_HASHED_NAME = re.compile(r"-[A-Z0-9]{8}\.(js|css)$")


def create_app(dist: Path, *, models: Path | None = None, hosts: Sequence[str] = HOSTS) -> ASGIApp:
    """The app for the site in ``dist``. The files in ``models`` are added under ``/models/``."""
    return Guard(Site(dist, models), dist, hosts)


class Guard:
    """Refuses requests from other sites, and puts the fence's headers on every response."""

    def __init__(self, app: ASGIApp, dist: Path, hosts: Sequence[str]) -> None:
        self._app = app
        self._manifest = dist / "manifest.json"
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fence = {**FENCE, "Content-Security-Policy": self._policy(scope["path"])}
        begun = False

        async def send_fenced(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(fence)
            await send(message)

        app = self._app if self._is_welcome(Headers(scope=scope)) else _REFUSAL
        try:
            await app(scope, receive, send_fenced)
        except Exception:
            # The server around us would answer without the fence, and with the traceback.
            logger.exception("%.200s could not be answered", scope.get("path", ""))
            if not begun:
                await _FAILURE(scope, receive, send_fenced)

    def _is_welcome(self, headers: Headers) -> bool:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or len(origins) > 1:
            return False
        named = _HOST.fullmatch(hosts[0])
        if named is None or named["name"] not in self._hosts:
            return False
        is_port = named["port"] is None or 0 < int(named["port"]) < 65_536
        return is_port and origins in ([], [f"http://{hosts[0]}"])

    def _policy(self, path: str) -> str:
        """The policy that the build wrote; read again after a new build. Without one, nothing."""
        try:
            policy = _read_policy(self._manifest, self._manifest.stat().st_mtime_ns)
            return _TRUSTED_TYPES.sub("", policy) if path.endswith(_WITH_THREADS) else policy
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s has no policy for the page: %s", self._manifest, error)
            return _NOTHING


logger = logging.getLogger(__name__)

_HOST = re.compile(r"(?P<name>[^:@/]+)(:(?P<port>[0-9]{1,5}))?")
_WITH_THREADS = "/assets/transformers.worker.js"
_TRUSTED_TYPES = re.compile(r"; (require-trusted-types-for|trusted-types) [^;]*")
"""Not for this worker, whose library starts threads by addresses that nobody has marked."""
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_REFUSAL = PlainTextResponse("This server answers only its own page.\n", status_code=403)
_FAILURE = PlainTextResponse("This file could not be sent.\n", status_code=500)


@lru_cache(maxsize=4)
def _read_policy(manifest: Path, changed_ns: int) -> str:
    policy: str = json.loads(manifest.read_text("utf-8"))["content_security_policy"]
    return f"{policy}; frame-ancestors 'self'"


class Site:
    """Sends files: whole, in part, compressed, or not at all if the browser has them already."""

    def __init__(self, dist: Path, models: Path | None) -> None:
        self._dist = dist.resolve()
        self._models = None if models is None else models.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._respond(Request(scope))(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Only GET.\n", status_code=405, headers={"Allow": "GET, HEAD"})
        path = self._find(request.url.path)
        try:
            if path is not None:
                return _file_response(path, request)
        except OSError as error:  # the file has just gone
            logger.info("%s cannot be read: %s", path, error)
        return PlainTextResponse("There is no such file.\n", status_code=404)

    def _find(self, url_path: str) -> Path | None:
        parts = [part for part in url_path.split("/") if part] or ["index.html"]
        if any(part.startswith(".") or re.search(r"[\\:\0]", part) for part in parts):
            return None
        places = [(self._dist, parts)]
        if self._models is not None and parts[0] == "models":
            places.append((self._models, parts[1:]))
        for root, inside in places:
            try:
                path = root.joinpath(*inside).resolve()
                if path.is_relative_to(root) and path.is_file():
                    return path
            except (OSError, RuntimeError, ValueError):  # a loop, or a name that no file can have
                continue
        return None


def _file_response(path: Path, request: Request) -> Response:
    headers = {"Cache-Control": "no-cache"}
    if "v" in request.query_params or _HASHED_NAME.search(path.name):
        headers["Cache-Control"] = FOR_EVER
    media_type = MEDIA_TYPES.get(path.suffix, "application/octet-stream")
    packed = [(name, path.with_name(path.name + suffix)) for name, suffix in PACKED.items()]
    packed = [(name, file) for name, file in packed if file.is_file()]
    if packed:
        headers["Vary"] = "Accept-Encoding"
    accepted = re.split(r"[,;\s]+", request.headers.get("accept-encoding", ""))
    if "range" not in request.headers:
        for name, file in packed:
            if name in accepted:
                headers["Content-Encoding"] = name
                path = file
                break
    response = FileResponse(path, headers=headers, media_type=media_type, stat_result=path.stat())
    if response.headers["etag"] in request.headers.get("if-none-match", ""):
        kept = {"etag": response.headers["etag"], **headers}
        return Response(status_code=304, headers=kept)
    return response
