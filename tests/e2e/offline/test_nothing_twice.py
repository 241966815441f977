"""Nothing that a person downloads comes twice: requests are counted over visits and updates."""

from __future__ import annotations

from collections import Counter

from playwright.sync_api import expect

from support.page.agent_page import AgentPage
from support.page.kept_page import START_MS, KeptPage
from support.page.prepared import await_kept, site_has_memory

from .conftest import PATH, Copy
from .test_kept_packages import treat

LISTS = {"", "manifest.json", "models.json", "service-worker.js", "packages/lock.json"}
"""Small files that say what is new."""
USE = "import pandas, openpyxl\nfinal_answer(int(pandas.Series([1, 2]).sum()))"
KILL = "import os\nos._exit(1)"
HALF = 1_500_000
_PACKAGES = "document.querySelector('py-agent').offline.packages"
_KEEP = f"() => void {_PACKAGES}.look().then(() => {_PACKAGES}.keep(['numpy']))"
_KEPT = f"{_PACKAGES}.offered.some(({{ name, kept }}) => name === 'numpy' && kept)"
_PIECE = """(await (await caches.open("pyagent-packages")).keys())
  .some(({ url }) => url.endsWith("&part"))"""


def sent(copy: Copy) -> Counter[str]:
    """How often each file was sent, but for the lists."""
    paths = [path.split("?")[0].removeprefix(f"/{PATH}") for path in copy.host.sent]
    return Counter(path for path in paths if path not in LISTS)


def test_visits_and_sandboxes_share_what_came_once(kept: KeptPage, copy: Copy) -> None:
    first = sent(copy)
    assert "runtime/snapshot.short.gz" in first
    with AgentPage(kept.page, copy.address) as agent:
        assert agent.open().answer(USE) == 3
        if site_has_memory():
            await_kept(agent)  # a reload in its middle asks for the rest
        assert agent.answer(KILL, USE) == 3
        assert agent.open().answer(USE) == 3
    kept.again().close()

    counts = sent(copy)
    assert [path for path, times in counts.items() if times > 1] == []
    later = set(counts) - set(first)
    assert any("/pandas-" in path for path in later)
    assert [path for path in later if not path.startswith("packages/")] == []


def test_update_brings_only_what_is_new(kept: KeptPage, copy: Copy) -> None:
    with AgentPage(kept.page, copy.address) as agent:
        assert agent.open().answer(USE) == 3
        if site_has_memory():
            await_kept(agent)  # it comes in the background
        copy.publish("month,rain\nMay,1\n")
        copy.host.sent.clear()
        kept.look_for_update()
        kept.wait_for("update")
        with kept.page.expect_navigation():
            kept.page.get_by_role("button", name="Reload").click()
        assert agent.open().answer(USE) == 3

    assert sent(copy) == Counter({"main.js": 1, "samples/seattle-weather.csv": 1})


def keep_until_a_piece_is_stored(kept: KeptPage) -> None:
    """Begin to keep numpy, whose host stands still half-way."""
    kept.page.evaluate(_KEEP)
    kept.wait(_PIECE)


def test_package_goes_on_where_a_closed_tab_left_it(kept: KeptPage, copy: Copy) -> None:
    manners = treat(copy, "numpy", silent_after=HALF)
    keep_until_a_piece_is_stored(kept)
    other = kept.again()
    kept.close()
    manners.silent_after = None

    other.page.evaluate(_KEEP)
    other.wait(_KEPT)

    assert manners.ranges[0] is None
    assert int(str(manners.ranges[1]).removeprefix("bytes=").removesuffix("-")) >= 2**20
    manners.go_on.set()


def test_second_tab_says_that_it_waits(kept: KeptPage, copy: Copy) -> None:
    manners = treat(copy, "numpy", silent_after=HALF)
    keep_until_a_piece_is_stored(kept)
    other = kept.again()
    other.page.get_by_role("button", name="Settings").click()
    other.page.get_by_role("tab", name="Offline").click()

    waits = "Another tab, or code in this one, is downloading it, and this waits for that."
    expect(other.page.get_by_text(waits)).to_be_visible(timeout=START_MS)

    manners.go_on.set()
    removal = other.page.get_by_role("button", name="Remove numpy from this device")
    expect(removal).to_be_visible(timeout=START_MS)
    assert manners.ranges == [None]
