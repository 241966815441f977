"""Files that come from outside: opened with the installed page, or shared with it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from support.page.kept_page import KeptPage

_SHARE = """() => {
  const box = document.querySelector("input[type=file]");
  const files = new DataTransfer();
  files.items.add(new File(["a;b\\n1;2"], "Umsätze 2026.csv", { type: "text/csv" }));
  box.files = files.files;
  document.querySelector("form").submit();
}"""
_FORM = """<meta charset="utf-8"><form action="share" method="post" enctype="multipart/form-data">
<input name="text" value="Sum the column b." /><input type="file" name="files" multiple /></form>"""


def test_what_another_app_shares_is_attached_once(kept: KeptPage, copy: Any) -> None:
    (copy.folder / "another.html").write_text(_FORM)
    kept.page.goto(f"{copy.address}another.html")
    with kept.page.expect_navigation(url=copy.address):
        kept.page.evaluate(_SHARE)

    expect(kept.page.get_by_text("Umsätze 2026.csv")).to_be_visible()
    expect(kept.page.get_by_text("shared.txt")).to_be_visible()
    kept.reload()
    expect(kept.page.get_by_text("Umsätze 2026.csv")).to_have_count(0)
