"""Exit codes of the commands."""

SUCCESS = 0
FAILED = 1
"""Something was done, and not all of it came to an answer."""
BAD_USAGE = 2
"""Nothing was done."""
STOPPED = 130
"""By Ctrl-C."""
