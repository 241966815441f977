"""What the tools that fetch connect with: see ``pinned`` and ``public_hosts``."""

from __future__ import annotations

import httpx


def transport_for(
    given: httpx.AsyncBaseTransport | None, *, may_go_anywhere: bool = False
) -> httpx.AsyncBaseTransport | None:
    """Return what a tool that fetches connects with: ``given``, or else public addresses only.

    None stands for httpx's own transport, for a tool that may go anywhere.
    """
    if given is not None or may_go_anywhere:
        return given
    # Imported here: a browser has no sockets, and needs none of it.
    from pyagent.tools.builtin.pinned import PublicTransport

    return PublicTransport()
