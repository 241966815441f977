"""Agents and results drawn on a terminal, with ``rich``. Imported only when needed.

Nothing that runs in a browser may import it.
"""
