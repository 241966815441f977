"""Exit codes of the commands."""

SUCCESS = 0
FAILED = 1
"""The command ran, but not every task got an answer."""
BAD_USAGE = 2
"""The options or the input were wrong; nothing was done."""
STOPPED = 130
"""The person pressed Ctrl-C."""
