"""The tools that come with pyagent, one family a file. What every tool is, is in ``tools.base``."""
