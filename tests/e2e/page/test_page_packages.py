"""Packages come into the sandbox through the trusted side, from a stand-in for the index."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from playwright.sync_api import Route

from support.page.agent_page import AgentPage

FILES = "https://files.example/"
WHEEL = "pyagent_probe-1.0-py3-none-any.whl"


def make_wheel(*requires: str) -> bytes:
    info = "pyagent_probe-1.0.dist-info"
    files = {
        "pyagent_probe.py": "VALUE = 41\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: pyagent-probe\nVersion: 1.0\n"
        + "".join(f"Requires-Dist: {name}\n" for name in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return buffer.getvalue()


class StandInIndex:
    """Answers what the agent worker asks of the package index; ``asked`` has the addresses."""

    def __init__(self, wheel: bytes, sha256: str) -> None:
        self.asked: list[str] = []
        self._wheel = wheel
        file = {"filename": WHEEL, "url": FILES + WHEEL, "hashes": {"sha256": sha256}}
        meta = {"api-version": "1.1"}
        self._page = json.dumps({"meta": meta, "name": "pyagent-probe", "files": [file]})

    def answer(self, route: Route) -> None:
        url = route.request.url
        self.asked.append(url)
        headers = {"access-control-allow-origin": "*"}
        if url.endswith("/simple/pyagent-probe/"):
            json_type = "application/vnd.pypi.simple.v1+json"
            route.fulfill(body=self._page, headers={**headers, "content-type": json_type})
        elif url == FILES + WHEEL:
            route.fulfill(body=self._wheel, headers=headers)
        else:
            route.fulfill(status=404, headers=headers)


@pytest.fixture
def wheel() -> bytes:
    return make_wheel()


def with_index(agent_page: AgentPage, wheel: bytes, *, sha256: str | None = None) -> StandInIndex:
    index = StandInIndex(wheel, sha256 or hashlib.sha256(wheel).hexdigest())
    agent_page.page.context.route(lambda url: not url.startswith("http://127.0"), index.answer)
    agent_page.open()
    agent_page.allow_everything()  # no package of these tests is well known
    return index


@pytest.mark.parametrize("way", ["import", "micropip"])
def test_a_missing_module_is_installed_when_it_is_imported(
    agent_page: AgentPage, wheel: bytes, way: str
) -> None:
    index = with_index(agent_page, wheel)
    before = "import micropip; await micropip.install('pyagent-probe')\n" * (way == "micropip")
    code = f"{before}import pyagent_probe\nfinal_answer(pyagent_probe.VALUE + 1)"
    assert agent_page.answer(code) == 42
    assert FILES + WHEEL in index.asked


def test_a_wheel_that_is_not_the_named_one_is_refused(agent_page: AgentPage, wheel: bytes) -> None:
    with_index(agent_page, wheel, sha256="0" * 64)
    agent_page.answer("import pyagent_probe", "final_answer(1)")
    error = agent_page.seen("step_finished")[0]["error"]
    assert error["type"] == "ModuleNotFoundError"
    assert "is not the file that the index names" in error["message"]


def test_a_module_that_nobody_has_is_told_to_the_model(agent_page: AgentPage, wheel: bytes) -> None:
    index = with_index(agent_page, wheel)
    agent_page.answer("import there_is_no_such_thing", "final_answer(1)")
    error = agent_page.seen("step_finished")[0]["error"]
    assert error["type"] == "ModuleNotFoundError"
    assert "could not be installed" in error["message"]
    assert all("there" in url for url in index.asked), index.asked


def test_what_a_package_of_the_index_needs_comes_from_the_site(agent_page: AgentPage) -> None:
    wheel = make_wheel("python-dateutil")
    index = with_index(agent_page, wheel)
    code = (
        "import pyagent_probe\nfrom importlib.metadata import version\n"
        "final_answer(version('python-dateutil'))"
    )
    assert agent_page.answer(code)
    assert [url for url in index.asked if "dateutil" in url or "six" in url] == []
