"""Conversations are listed, renamed, deleted, exported, forgotten and imported."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from support.page.agent_page import KEY
from support.page.conversation_page import ConversationPage

_LEFT = """async () => {
  const rows = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store).count();
      rows[`${name} ${store}`] = await new Promise((resolve) => {
        all.onsuccess = () => resolve(all.result);
      });
    }
    database.close();
  }
  const files = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
  return {
    rows: Object.entries(rows).filter(([, count]) => count).map(([name]) => name),
    settings: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
    caches: await caches.keys(),
    files,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  };
}"""
_EVERYTHING = """async (name) => {
  const texts = [];
  const add = async (value) => {
    if (typeof value === "string") texts.push(value);
    else if (value instanceof Blob) texts.push(await value.text());
    else if (value instanceof ArrayBuffer) texts.push(new TextDecoder("latin1").decode(value));
    else if (value && typeof value === "object") {
      for (const [key, item] of Object.entries(value)) {
        texts.push(key);
        await add(item);
      }
    }
  };
  const database = await new Promise((resolve) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => resolve(opening.result);
  });
  for (const store of database.objectStoreNames) {
    const all = database.transaction(store).objectStore(store).getAll();
    await add(await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); }));
  }
  await add({ ...localStorage });
  await add({ ...sessionStorage });
  return texts.join("\\n");
}"""
MAKE = """
kept = {'a': 41}
open('made.csv', 'w').write('a,b\\n1,2\\n')
print('made')
final_answer('all done')
"""


def export_all(kept: ConversationPage, path: Path) -> Path:
    """Export by the open list."""
    with kept.page.expect_download() as download:
        kept.page.get_by_role("button", name="Export all").click()
    download.value.save_as(path)
    return path


def close_list(page: Page) -> None:
    page.locator("pa-history").get_by_role("button", name="Close").click()


def test_a_conversation_comes_back_after_everything_was_forgotten(
    kept: ConversationPage, tmp_path: Path
) -> None:
    kept.open()
    kept.agent.run(MAKE, task="Make something.", files=[("given.csv", "x\n9\n")])
    before = kept.text
    kept.listed()
    archive = export_all(kept, tmp_path / "all.zip")

    def blank(route: Route) -> None:
        route.fulfill(body="<p>forgotten</p>", content_type="text/html")

    kept.page.route(kept.agent.site, blank)
    kept.page.get_by_role("button", name="Forget everything…").click()
    kept.page.get_by_role("button", name="Forget everything", exact=True).click()
    expect(kept.page.get_by_text("forgotten")).to_be_visible()
    left: dict[str, Any] = kept.page.evaluate(_LEFT)
    kept.page.unroute(kept.agent.site)

    assert left == {"rows": [], "settings": [], "caches": [], "files": [], "workers": 0}
    kept.again()
    expect(kept.listed()).to_have_count(0)
    kept.page.locator("pa-history input[type=file]").set_input_files(archive)
    expect(kept.page.get_by_text("Added 1 conversation.")).to_be_visible()
    kept.page.locator("pa-conversation").get_by_text("Make something.").click()
    kept.wait_for_text("all done")
    assert kept.text == before
    code = "final_answer([kept['a'], open('made.csv').read(), open('given.csv').read()])"
    assert kept.agent.answer(code) == [41, "a,b\n1,2\n", "x\n9\n"]


def test_the_list_opens_renames_and_deletes(kept: ConversationPage) -> None:
    kept.open()
    kept.agent.run("final_answer('blue')", task="Name a colour.")
    kept.page.get_by_role("button", name="New conversation").click()
    kept.agent.run("final_answer('tulip')", task="Name a flower.")
    rows = kept.listed()
    expect(rows).to_have_count(2)
    rows.filter(has_text="Name a colour.").get_by_role("button", name="Rename").click()
    kept.page.get_by_label("Title").fill("Colours")
    kept.page.get_by_label("Title").press("Enter")
    rows.get_by_text("Colours").click()
    kept.wait_for_text("blue")
    assert "tulip" not in kept.text

    rows = kept.listed()
    flower = rows.filter(has_text="Name a flower.")
    flower.get_by_role("button", name="Delete").click()
    flower.get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(1)
    close_list(kept.page)
    kept.again()

    kept.wait_for_text("blue")
    kept.page.get_by_role("button", name="New conversation").click()
    kept.pick("Colours")
    kept.wait_for_text("blue")


def test_a_key_is_in_nothing_that_is_kept(kept: ConversationPage, tmp_path: Path) -> None:
    kept.open()
    page = kept.page
    page.get_by_title("Model and settings").click()
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_role("tab", name="Endpoint").click()
    dialog.get_by_label("Provider").select_option("custom")
    dialog.get_by_label("Base URL").fill(kept.agent.model.base_url)
    dialog.get_by_label("Key (if it needs one)").fill("sk-marked-key-in-settings")
    dialog.get_by_label("Model", exact=True).fill("scripted")
    dialog.get_by_label("Remember the key on this device").check()
    dialog.get_by_label("Passphrase to encrypt it with").fill("a passphrase")
    dialog.get_by_role("button", name="Use this model").click()
    expect(dialog).to_be_hidden()
    kept.agent.run("print('working')", "1 / 0", "order('a')", "final_answer(1)")
    kept.listed()
    archive = export_all(kept, tmp_path / "all.zip")

    written = page.evaluate(_EVERYTHING, "pyagent-journal")
    with zipfile.ZipFile(archive) as packed:
        files = "".join(packed.read(name).decode("latin-1") for name in packed.namelist())
    sealed = page.evaluate(_EVERYTHING, "pyagent")

    assert "working" in written
    assert "working" in files
    for key in ("sk-marked-key-in-settings", KEY, "a passphrase"):
        assert key not in written
        assert key not in files
        assert key not in sealed
