"""The small server of ``pyagent serve`` and ``scripts/run``: one page, for this machine only.

It serves files. It runs no agent and holds no key.
"""

from __future__ import annotations

from pyagent.server.app import create_app
from pyagent.server.serving import serve

__all__ = ["create_app", "serve"]
