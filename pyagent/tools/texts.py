"""Long texts made short, for models and people. Used by tools, memory and agents."""

from __future__ import annotations


def cut_middle(text: str, limit: int) -> str:
    """``text`` with its middle left out, and how much that was, when longer than ``limit``.

    The head gets two thirds: the start of a listing says more than its end, but errors and totals
    stand at the end.
    """
    if len(text) <= limit + 60:
        return text
    head, tail = text[: limit * 2 // 3], text[-(limit // 3) :]
    return f"{head}\n[... {len(text) - len(head) - len(tail):,} characters cut ...]\n{tail}"
