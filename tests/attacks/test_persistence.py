"""Persistence: storage and checkpoints can hold anything, and nothing of it runs outside."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from contracts.executor.cases import run
from pyagent.executors.local import LocalExecutor
from support.page.agent_page import AgentPage

from .attacker import Attacker

SETTINGS = {
    "prototypes": '{"__proto__": {"polluted": 1}, "endpoint": {"__proto__": {"polluted": 1}}}',
    "a provider of every object": '{"kind": "endpoint", "endpoint": {"provider": "__proto__"}}',
    "an address that runs": json.dumps(
        {
            "kind": "endpoint",
            "endpoint": {
                "provider": "custom",
                "baseUrl": "javascript:hacked=1",
                "model": "<img src=x>",
                "format": "constructor",
            },
        }
    ),
    "other types": '{"kind": [], "endpoint": 7, "agent": "x", "local": {}, "theme": null}',
    "markup": '{"theme": "<img src=x onerror=hacked=1>", "local": "<script>hacked=1</script>"}',
    "numbers without end": '{"agent": {"maxSteps": 1e999, "deadlineS": -1, "memorySize": 1e300}}',
    "brackets": "[" * 200_000,
    "no JSON": "\x00{'",
    "much": json.dumps({"local": "x" * 2_000_000}),
}

OVERWRITE = """(text) => {
  localStorage.setItem("pyagent.settings", text);
  for (const key of Object.keys(localStorage)) localStorage.setItem(key, text);
}"""

VAULT = {
    "a text": "'x'",
    "an empty record": "({})",
    "iterations without end": "({ salt: new Uint8Array(16), iterations: 2 ** 31, iv: "
    "new Uint8Array(12), data: new ArrayBuffer(64), origins: [] })",
    "other types": "({ salt: 'x', iterations: 'y', iv: null, data: [1], origins: 7 })",
    "prototypes": 'JSON.parse(\'{"__proto__": {"polluted": 1}}\')',
}

PUT = """async (value) => {
  const request = indexedDB.open("pyagent");
  request.onupgradeneeded = () => request.result.createObjectStore("vault");
  const database = await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const store = database.transaction("vault", "readwrite").objectStore("vault");
  const put = store.put(VALUE, "keys");
  await new Promise((resolve) => { put.onsuccess = resolve; });
  database.close();
}"""


@pytest.fixture
def reopened(browser: Browser, site: str) -> Any:
    """Runs something in a page, and opens the page again."""
    with browser.new_context() as context, AgentPage(context.new_page(), site) as agent_page:
        agent_page.open()

        def reopen(expression: str, argument: Any = None) -> Attacker:
            agent_page.page.evaluate(expression, argument)
            agent_page.open()
            return Attacker(agent_page)

        yield reopen


def is_well(attacker: Attacker) -> bool:
    hurt = attacker.page.evaluate("[({}).polluted ?? null, window.hacked ?? null]")
    assert hurt == [None, None]
    return bool(attacker.answer("final_answer(42)") == 42)


def test_page_opens_whatever_its_settings_were(reopened: Any) -> None:
    for name, text in SETTINGS.items():
        attacker = reopened(OVERWRITE, text)
        assert is_well(attacker), name


def test_page_opens_whatever_its_kept_keys_were(reopened: Any) -> None:
    for name, value in VAULT.items():
        attacker = reopened(PUT.replace("VALUE", value))
        assert is_well(attacker), name
        attacker.page.get_by_title("Model and settings").click()
        dialog = attacker.page.get_by_role("dialog", name="Settings")
        expect(dialog).to_be_visible()
        attacker.page.keyboard.press("Escape")


EVIL = """
import os
class Evil:
    def __init__(self): self.log = {log!r}
    def __reduce__(self):
        return exec, ("import os; open({log!r}, 'a').write(str(os.getpid()) + ' ')",)
evil = Evil()
kept = 41
"""


def test_what_a_checkpoint_runs_it_runs_in_a_guest(tmp_path: Path) -> None:
    """The control is in the log itself: it did run."""
    log = tmp_path / "log"

    async def scenario() -> str:
        executor = LocalExecutor()
        try:
            await run(executor, EVIL.format(log=str(log)))
            await run(executor, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
            checkpoint = await executor.checkpoint()
            assert checkpoint
            return (await run(executor, "kept + 1")).text
        finally:
            await executor.aclose()

    assert asyncio.run(scenario()) == "42"
    ran_in = log.read_text().split()
    assert ran_in
    assert str(os.getpid()) not in ran_in


def test_checkpoint_of_a_sandbox_runs_in_the_next_sandbox_only(reopened: Any) -> None:
    attacker = reopened("() => { localStorage.open = 'marked-word'; }")
    code = (
        "class Evil:\n def __reduce__(self):\n"
        "  return exec, ('import js; js.self.restored = str(js.self.origin)',)\n"
        "evil = Evil()\nkept = 41\nfinal_answer(1)"
    )
    attacker.answer(code)
    attacker.run("import os; os._exit(1)", "final_answer(1)")
    code = "import js\nfinal_answer([kept + 1, str(js.self.restored)])"
    assert attacker.answer(code) == [42, "null"]
    assert attacker.page.evaluate("window.restored ?? null") is None
