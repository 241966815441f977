"""What the code of some pages needs outside this process."""

from __future__ import annotations

from pathlib import Path

import pytest

NEEDS = {"executor_cloud": ("e2b", "modal"), "ray": ("cluster",)}
"""Page → the fixtures without which its code cannot run."""


@pytest.fixture(autouse=True)
def _needs_of_the_page(request: pytest.FixtureRequest) -> None:
    path = getattr(request.node, "callspec", None) and request.node.callspec.params.get("path")
    if isinstance(path, Path) and "code_of_the_page" in request.node.name:
        for name in NEEDS.get(path.stem, ()):
            request.getfixturevalue(name)
