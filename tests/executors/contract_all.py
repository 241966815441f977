"""Every contract case: importing this fills and offers ``CASES``."""

import contract_endings  # noqa: F401
import contract_output  # noqa: F401
import contract_results  # noqa: F401
import contract_tools  # noqa: F401
import contract_values  # noqa: F401
from contract import CASES

__all__ = ["CASES"]
