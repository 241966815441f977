"""Files that come from outside: opened with the installed page, or shared with it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import BrowserContext, expect

from support.page.kept_page import KeptPage

_SHARE = """() => {
  const box = document.querySelector("input[type=file]");
  const files = new DataTransfer();
  files.items.add(new File(["a;b\\n1;2"], "Umsätze 2026.csv", { type: "text/csv" }));
  box.files = files.files;
  document.querySelector("form").submit();
}"""
_FORM = """<meta charset="utf-8"><form action="share" method="post" enctype="multipart/form-data">
<input name="text" value="Sum the column b." /><input name="title" value="Sum the column b." />
<input name="url" value="https://example.org/rain" />
<input type="file" name="files" multiple /></form>"""


_LAUNCHES = """() => {
  let consumer = null;
  const launchQueue = { setConsumer: (given) => (consumer = given) };
  Object.defineProperty(globalThis, "launchQueue", { value: launchQueue });
  globalThis.launchWith = async (name, text) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle(name, { create: true });
    const writable = await handle.createWritable();
    await writable.write(text);
    await writable.close();
    await consumer({ files: [handle] });
  };
}"""
"""Stands in for the browser's queue, which only an installed page gets files from. It cannot prove
that a system offers the page for such files, nor that a launch finds the right window."""


def test_text_that_is_shared_comes_after_what_is_in_the_field(kept: KeptPage, copy: Any) -> None:
    (copy.folder / "another.html").write_text(_FORM)
    kept.page.get_by_label("Task", exact=True).fill("With this file:")
    kept.page.goto(f"{copy.address}another.html")
    with kept.page.expect_navigation(url=copy.address):
        kept.page.evaluate(_SHARE)

    task = kept.page.get_by_label("Task", exact=True)
    expect(task).to_have_value(re.compile(r"^With this file:\n\nSum the column b\."))


def test_files_that_the_system_opens_are_attached(profile: BrowserContext, copy: Any) -> None:
    profile.add_init_script(f"({_LAUNCHES})()")
    page = KeptPage(profile, copy.address).page

    page.evaluate("launchWith('Umsätze 2026.csv', 'a;b')")
    page.evaluate("launchWith('rain.xlsx', 'no workbook')")

    expect(page.get_by_role("button", name="Remove Umsätze 2026.csv")).to_be_visible()
    expect(page.get_by_role("button", name="Remove rain.xlsx")).to_be_visible()


def test_what_another_app_shares_is_attached_once(kept: KeptPage, copy: Any) -> None:
    (copy.folder / "another.html").write_text(_FORM)
    kept.page.goto(f"{copy.address}another.html")
    with kept.page.expect_navigation(url=copy.address):
        kept.page.evaluate(_SHARE)

    expect(kept.page.get_by_text("Umsätze 2026.csv")).to_be_visible()
    task = kept.page.get_by_label("Task", exact=True)
    expect(task).to_have_value("Sum the column b.\nhttps://example.org/rain")
    task.fill("")
    kept.reload()
    expect(task).to_have_value("")
    expect(kept.page.get_by_text("Umsätze 2026.csv")).to_have_count(0)
