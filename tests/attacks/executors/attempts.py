"""The table of all attempts."""

from __future__ import annotations

from .others import ENGINE, FRAMES, KEYS, PROCESSES
from .reaching import FILES, NETWORK
from .using import LASTING, TOO_MUCH

ATTEMPTS = (*NETWORK, *FILES, *KEYS, *PROCESSES, *LASTING, *TOO_MUCH, *FRAMES, *ENGINE)
