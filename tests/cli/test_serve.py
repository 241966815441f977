"""``pyagent serve`` where the server or the page is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyagent.cli import main


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_missing_server_names_the_extra_and_the_missing_page(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("pyagent.server", f"{missing}."))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    told = CliRunner().invoke(main, ["serve", "--dist", str(tmp_path)]).output
    assert f"({missing} is missing)" in told
    assert "pip install 'pyagent[server]'" in told
    assert f"There is also no page in {tmp_path}" in told
    (tmp_path / "index.html").write_text("")
    assert "no page" not in CliRunner().invoke(main, ["serve", "--dist", str(tmp_path)]).output
