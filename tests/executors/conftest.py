"""Executors of every kind for the tests of this folder."""

from support.executors.places import places

__all__ = ["places"]
