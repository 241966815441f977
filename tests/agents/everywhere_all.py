"""Every case of what is alike everywhere: importing this fills and offers ``CASES``."""

import everywhere_batches  # noqa: F401
import everywhere_calls  # noqa: F401
import everywhere_code  # noqa: F401
import everywhere_hooks  # noqa: F401
import everywhere_memory  # noqa: F401
import everywhere_models  # noqa: F401
import everywhere_runs  # noqa: F401
import everywhere_teams  # noqa: F401
from everywhere import CASES

__all__ = ["CASES"]
