"""All cases that hold everywhere. Importing this module fills ``CASES`` and exports it."""

from contracts.everywhere import batches, calls, code, hooks, memory, models, runs, teams, tools  # noqa: F401
from contracts.everywhere.cases import CASES

__all__ = ["CASES"]
