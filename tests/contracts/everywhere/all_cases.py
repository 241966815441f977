"""Every case of what is alike everywhere: importing this fills and offers ``CASES``."""

from contracts.everywhere import batches, calls, code, hooks, memory, models, runs, teams  # noqa: F401
from contracts.everywhere.cases import CASES

__all__ = ["CASES"]
