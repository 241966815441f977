"""A static host that takes ranges, and that cuts connections or sends wrong bytes on demand."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from support.page.plain_host import PlainHandler, PlainHost

_PIECE_BYTES = 64 * 1024
_UNREAD_S = 0.3
"""A browser forgets what nobody has read yet when the connection ends, so the end waits."""


@dataclass(kw_only=True)
class Manners:
    """How the host serves one file."""

    takes_ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    """After how many bytes each answer is cut; then answers are whole."""
    silent_after: int | None = None
    """After how many bytes an answer stands still, until ``go_on`` is set."""
    go_on: threading.Event = field(default_factory=threading.Event)
    content: bytes | None = None
    """What is sent in place of the file."""
    statuses: list[int] = field(default_factory=list)
    """The status of each answer; then answers are good."""
    ranges: list[str | None] = field(default_factory=list)
    """The Range header of each request."""


class RoughHost(PlainHost):
    """A ``PlainHost`` with ``manners`` by the ends of paths. Other files are served as there."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.manners: dict[str, Manners] = {}
        super().__init__(folder, port)

    def treat(self, path: str, **manners: Any) -> Manners:
        """Serve files whose path ends like this by new manners."""
        self.manners[path] = Manners(**manners)
        return self.manners[path]

    def _make_handler(self, folder: Path) -> Callable[..., PlainHandler]:
        return partial(_Handler, directory=str(folder), log=self.sent, manners=self.manners)


class _Handler(PlainHandler):
    def __init__(self, *args: Any, manners: dict[str, Manners], **options: Any) -> None:
        self._all = manners
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        found = next((m for end, m in self._all.items() if path.endswith(end)), None)
        if found is None:
            super().do_GET()
        else:
            self._serve(found)

    def _serve(self, manners: Manners) -> None:
        wanted = self.headers.get("Range")
        manners.ranges.append(wanted)
        if manners.statuses:
            self.send_error(manners.statuses.pop(0))
            return
        content = manners.content or Path(self.translate_path(self.path)).read_bytes()
        first = re.match(r"bytes=(\d+)-", wanted or "") if manners.takes_ranges else None
        start = int(first[1]) if first else 0
        if start >= len(content):
            self._head(416, 0, {"Content-Range": f"bytes */{len(content)}"})
            return
        place = f"bytes {start}-{len(content) - 1}/{len(content)}"
        extra = {"Content-Range": place} if first else {}
        self._head(206 if first else 200, len(content) - start, extra)
        self._log.append(self.path)
        self._send(content[start:], manners)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        all_headers = {"Content-Length": str(length), "ETag": '"1"', **headers}
        for name, value in all_headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, rest: bytes, manners: Manners) -> None:
        cut = manners.cuts.pop(0) if manners.cuts else len(rest)
        stop = -1 if manners.silent_after is None else manners.silent_after
        for at in range(0, min(cut, len(rest)), _PIECE_BYTES):
            end = min(at + _PIECE_BYTES, cut, len(rest))
            if at < stop <= end:
                self.wfile.write(rest[at:stop])
                manners.go_on.wait(60)
                self.wfile.write(rest[stop:end])
            else:
                self.wfile.write(rest[at:end])
        if cut < len(rest):
            time.sleep(_UNREAD_S)
            self.close_connection = True
            self.connection.close()
