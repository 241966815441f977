"""A storage that is full, closed, newer or damaged costs what cannot be kept, and a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from support.page.conversation_page import ConversationPage

EMPTY = "manifest.json"
"""A page of the site that runs nothing."""
REFUSES = """(() => {
  const refuse = () => { throw new DOMException("not in this window", "SecurityError"); };
  IDBFactory.prototype.open = refuse;
})()"""
_CHANGE = """([kind]) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("pyagent-journal");
  opening.onsuccess = () => {
    const database = opening.result;
    const stores = ["conversations", "pages", "parts", "checkpoints"];
    const transaction = database.transaction(stores, "readwrite");
    const [conversations, pages, parts, checkpoints] =
      stores.map((name) => transaction.objectStore(name));
    transaction.oncomplete = () => (database.close(), resolve());
    transaction.onabort = () => reject(transaction.error);
    conversations.getAllKeys().onsuccess = ({ target: { result: [conversation] } }) => {
      const page = { conversation, number: 100_000 };
      const event = { type: "?" };
      if (kind === "entry") pages.put({ ...page, entries: [{ kind: "event", event }] });
      if (kind === "page") pages.put({ ...page, entries: "damaged" });
      if (kind === "nothing") pages.put({ ...page, entries: [null, 7, [], {}] });
      if (kind === "checkpoint") checkpoints.put({ conversation, data: "no blob" });
      if (kind !== "part") return;
      parts.getAll().onsuccess = ({ target: { result } }) => {
        for (const part of result) parts.put({ ...part, value: { no: "memory" } });
      };
    };
  };
  opening.onerror = () => reject(opening.error);
})"""
_NEWER = """() => new Promise((resolve) => {
  const opening = indexedDB.open("pyagent-journal", 99);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("conversations").put("newer", "key");
  };
  opening.onsuccess = () => (opening.result.close(), resolve());
})"""
_STILL = """() => new Promise((resolve) => {
  const opening = indexedDB.open("pyagent-journal");
  opening.onsuccess = () => {
    const store = opening.result.transaction("conversations").objectStore("conversations");
    store.get("key").onsuccess = ({ target }) => resolve([opening.result.version, target.result]);
  };
})"""
WORKS = "final_answer('it works')"


def works(kept: ConversationPage) -> None:
    assert kept.agent.answer(WORKS) == "it works"


def leave(page: Page, site: str, left: int) -> None:
    """Leave the site's storage so many bytes, before it has a database: Chromium remembers for a
    while how much room there was.
    """
    used = page.evaluate("navigator.storage.estimate().then(({ usage }) => usage)")
    session = page.context.new_cdp_session(page)
    quota: dict[str, Any] = {"origin": site.rstrip("/"), "quotaSize": used + left}
    session.send("Storage.overrideQuotaForOrigin", quota)


def test_a_full_storage_is_told_and_the_run_ends_well(kept: ConversationPage) -> None:
    kept.page.goto(kept.agent.site + EMPTY)
    leave(kept.page, kept.agent.site, 3_000_000)
    kept.open()
    works(kept)
    big = "import os\nbig = os.urandom(9_000_000)\nprint(len(big))"

    assert kept.agent.answer(big, "final_answer(len(big))") == 9_000_000

    kept.problem("storage for this site is full")
    works(kept)
    kept.again()
    works(kept)


def test_a_closed_storage_is_told_and_the_page_works(kept: ConversationPage) -> None:
    kept.page.add_init_script(REFUSES)
    kept.open()

    works(kept)

    kept.problem("Conversations are not kept: this browser does not open its storage")
    kept.again()
    works(kept)


def test_a_newer_storage_is_told_and_left_as_it_is(kept: ConversationPage) -> None:
    kept.page.goto(kept.agent.site + EMPTY)
    kept.page.evaluate(_NEWER)
    kept.open()

    works(kept)

    kept.problem("a newer version of this page has used their storage")
    kept.page.goto(kept.agent.site + EMPTY)
    assert kept.page.evaluate(_STILL) == [99, "newer"]


@pytest.mark.parametrize("kind", ["entry", "page", "nothing", "checkpoint", "part"])
def test_a_damaged_record_is_told_and_the_rest_opens(kept: ConversationPage, kind: str) -> None:
    kept.open()
    works(kept)
    kept.page.evaluate(_CHANGE, [kind])

    kept.again()

    kept.wait_for_text("it works")
    if kind == "part":
        works(kept)  # only the agent reads it, which it does before the next task
    expect(kept.page.locator("pa-problem").first).to_be_visible()
    works(kept)
