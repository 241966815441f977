"""Every contract case: importing this fills and offers ``CASES``."""

from contracts.executor import endings, output, results, tools, values  # noqa: F401
from contracts.executor.cases import CASES

__all__ = ["CASES"]
