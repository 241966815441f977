"""All contract cases. Importing this module fills ``CASES`` and exports it."""

from contracts.executor import endings, output, results, tools, values  # noqa: F401
from contracts.executor.cases import CASES

__all__ = ["CASES"]
