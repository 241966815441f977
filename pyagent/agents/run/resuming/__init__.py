"""What a run needs to go on after an interruption; ``run/loop.py`` uses it."""
