"""Storage: code in the sandbox finds nothing of what the page keeps, and keeps nothing itself.

A marked word is in every store of the page. With the fence off, the same attacks find it.
"""

from __future__ import annotations

import pytest

from .attacker import Attacker, came_of_it
from .cases import Case, each

MARK = "marked-5d1f"

PLANT = """async (mark) => {
  localStorage.setItem("secret", mark);
  sessionStorage.setItem("secret", mark);
  document.cookie = `secret=${mark}`;
  await (await caches.open("secrets")).put("https://kept.invalid/", new Response(mark));
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle("secret", { create: true })).createWritable();
  await file.write(mark);
  await file.close();
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(mark, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("all").put(mark, "secret");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  database.close();
  window.overheard = [];
  window.channel = new BroadcastChannel("secrets");
  channel.onmessage = ({ data }) => overheard.push(data);
  window.calling = setInterval(() => channel.postMessage(mark), 20);
  void navigator.locks.request("secrets", { ifAvailable: true }, () => new Promise(() => {}));
}"""

REFUSED = r"(\w*Error|NS_ERROR_\w+): .*"
ABSENT = r"(Reference|Type)Error: .*"

CASES = [
    Case(
        name="IndexedDB, a known database",
        attack="""const request = indexedDB.open("marked-5d1f");
            const database = await new Promise((resolve, reject) => {
              request.onsuccess = () => resolve(request.result);
              request.onerror = () => reject(request.error);
            });
            const read = database.transaction("all").objectStore("all").get("secret");
            return await new Promise((resolve) => { read.onsuccess = () => resolve(read.result); });
            """,
        expected="SecurityError: .*",
    ),
    Case(
        name="IndexedDB, the list of databases",
        attack="return JSON.stringify(await indexedDB.databases())",
        expected="SecurityError: .*|UnknownError: .*",
    ),
    Case(
        name="Cache",
        attack="return await (await caches.match('https://kept.invalid/')).text()",
        expected=REFUSED,
    ),
    Case(
        name="Cache, by its name",
        attack="const cache = await caches.open('secrets');"
        "return await (await cache.match('https://kept.invalid/')).text()",
        expected=REFUSED,
    ),
    Case(
        name="private file system",
        attack="const root = await navigator.storage.getDirectory();"
        "return await (await (await root.getFileHandle('secret')).getFile()).text()",
        expected=REFUSED,
    ),
    Case(
        name="private file system, at once",
        attack="const root = await navigator.storage.getDirectory();"
        "const file = await root.getFileHandle('secret');"
        "const open = await file.createSyncAccessHandle();"
        "const bytes = new Uint8Array(open.getSize()); open.read(bytes); open.close();"
        "return new TextDecoder().decode(bytes)",
        expected=REFUSED,
    ),
    Case(
        name="broadcast of the page",
        attack="const channel = new BroadcastChannel('secrets');"
        "const {data} = await new Promise((resolve) => { channel.onmessage = resolve; });"
        "return data",
        expected="Error: no answer",
    ),
    Case(
        name="locks of the page",
        attack="const {held} = await navigator.locks.query();"
        "return held.some(({name}) => name === 'secrets') ? 'marked-5d1f' : 'nothing'",
        expected=f"nothing|{REFUSED}",
    ),
]

OF_WINDOWS = [
    Case(name="localStorage", attack="return localStorage.getItem('secret')", expected=ABSENT),
    Case(name="sessionStorage", attack="return sessionStorage.getItem('secret')", expected=ABSENT),
    Case(name="cookies", attack="return document.cookie", expected=ABSENT),
    Case(
        name="cookieStore", attack="return (await cookieStore.get('secret')).value", expected=ABSENT
    ),
]
"""A worker has no such store; a frame of the page's origin has."""

FROM_PYTHON = """
import js, pyodide_js
from pyodide.ffi import create_once_callable
try:
    pyodide_js.FS.mkdir("/kept")
    pyodide_js.FS.mount(pyodide_js.FS.filesystems.IDBFS, js.Object.new(), "/kept")
    answer = __import__("asyncio").get_running_loop().create_future()
    pyodide_js.FS.syncfs(
        True, create_once_callable(lambda error=None: answer.set_result(str(error)))
    )
    final_answer(await answer)
except BaseException as error:
    final_answer(f"{type(error).__name__}: {error}")
"""


@pytest.fixture(scope="module")
def planted(attacker: Attacker) -> Attacker:
    """The attacker, in a page that keeps the mark everywhere."""
    attacker.page.evaluate(PLANT, MARK)
    return attacker


@each([*CASES, *OF_WINDOWS])
def test_nothing_of_the_page_is_found(planted: Attacker, case: Case) -> None:
    outcomes = planted.by_javascript(case.attack, {})
    assert came_of_it(case.expected, outcomes), outcomes


def test_nobody_in_the_page_hears_a_broadcast(planted: Attacker) -> None:
    planted.by_javascript("new BroadcastChannel('secrets').postMessage('from the code')", {})
    assert planted.page.evaluate("overheard") == []


def test_python_cannot_keep_its_folder(planted: Attacker) -> None:
    assert "Error" in planted.answer(FROM_PYTHON)
    databases = planted.page.evaluate("indexedDB.databases()")
    assert "/kept" not in [database["name"] for database in databases]


@pytest.fixture(scope="module")
def loose(loose_attacker: Attacker) -> Attacker:
    """The attacker without a fence, in a page that keeps the mark everywhere."""
    loose_attacker.page.evaluate(PLANT, MARK)
    return loose_attacker


@each(CASES)
def test_without_the_fence_the_mark_is_found(loose: Attacker, case: Case) -> None:
    outcomes = loose.by_javascript(case.attack, {})
    assert MARK in outcomes[0], outcomes


@each(OF_WINDOWS)
def test_a_frame_of_the_page_finds_the_mark(loose: Attacker, case: Case) -> None:
    found = loose.page.evaluate(
        """(attack) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          window.found = resolve;
          frame.srcdoc = `<script>(async () => { ${attack} })().then(parent.found)</script>`;
          document.body.append(frame);
        })""",
        case.attack,
    )
    assert MARK in found


def test_without_the_fence_python_can_keep_its_folder(loose: Attacker) -> None:
    assert "Error" not in loose.answer(FROM_PYTHON)
    databases = loose.page.evaluate("indexedDB.databases()")
    assert "/kept" in [database["name"] for database in databases]


def test_without_the_fence_a_broadcast_is_heard(loose: Attacker) -> None:
    loose.by_javascript("new BroadcastChannel('secrets').postMessage('from the code')", {})
    loose.page.wait_for_function("() => overheard.length > 0")
