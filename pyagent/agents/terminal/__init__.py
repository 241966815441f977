"""Agents and results drawn on a terminal, with ``rich``. Imported only when needed."""
