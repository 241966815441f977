"""Stands in for the package that brings the page: it is the one that this clone has built."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder of the page."""
    return Path(__file__).resolve().parent.parent / "dist"
