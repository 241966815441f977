"""Missing modules are installed from their distributions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from pyagent.browser.installer import Installer


class Index:
    """An index that has every distribution except ``nope``. Remembers what was installed."""

    def __init__(self) -> None:
        self.installed: list[str] = []
        self.refusals: list[str] = []
        names = {"sklearn": "scikit-learn"}
        self.installer = Installer(self.install, self.run, names, self.refusals)

    async def install(self, name: str) -> None:
        self.installed.append(name)
        if name == "nope":
            raise ValueError("Can't find it.\nMuch more.")

    def run(self, awaitable: Awaitable[None]) -> Any:
        async def wait() -> None:
            await awaitable

        return asyncio.run(wait())


def test_a_module_is_installed_by_the_name_of_its_distribution() -> None:
    index = Index()
    for module in ("sklearn", "bs4", "six"):
        index.installer(module)
    assert index.installed == ["scikit-learn", "beautifulsoup4", "six"]


def test_a_failed_installation_is_reported_and_not_tried_again() -> None:
    index = Index()
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="nope could not be installed: Can't find it"):
            index.installer("nope")
    assert index.installed == ["nope"]


@pytest.mark.parametrize("who", ["micropip", "the trusted side"])
def test_a_package_that_was_refused_is_tried_again_later(who: str) -> None:
    index = Index()
    refused = "frob was not asked for: The person did not allow install_package()"
    answers = [refused, refused, ""]

    async def install(name: str) -> None:
        index.installed.append(name)
        if answer := answers.pop(0):
            if who != "micropip":
                index.refusals.append(answer)
            raise OSError(answer if who == "micropip" else "Can't fetch metadata.")

    installer = Installer(install, index.run, {}, index.refusals)
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="was not asked for"):
            installer("frob")
    installer("frob")
    assert index.installed == ["frob"] * 3


def test_a_refused_package_is_tried_again_where_code_cannot_wait() -> None:
    index = Index()

    async def install(name: str) -> None:
        index.installed.append(name)
        raise OSError("frob was not asked for: no.")

    installer = Installer(install, index.run, {}, index.refusals)
    for _ in range(2):
        asyncio.run(installer.prepare("import frob"))
        with pytest.raises(ModuleNotFoundError, match="was not asked for"):
            installer("frob")
    assert index.installed == ["frob"] * 2


def test_missing_imports_are_installed_before_a_step_that_cannot_wait() -> None:
    index = Index()
    code = (
        "import json, not_there.deep\nfrom bs4 import x\ndef f():\n    import nope\nfrom . import y"
    )
    asyncio.run(index.installer.prepare(code))
    assert sorted(index.installed) == ["beautifulsoup4", "nope", "not_there"]


@pytest.mark.parametrize("code", ["import", "x = (", "\0", "(" * 100_000])
def test_broken_code_installs_nothing(code: str) -> None:
    index = Index()
    asyncio.run(index.installer.prepare(code))
    assert index.installed == []


def test_the_reason_is_what_the_trusted_side_said() -> None:
    class Refused(Index):
        async def install(self, name: str) -> None:
            self.refusals.append("The package index has no 'x'.")
            raise ValueError("Perhaps it is CORS?")

    with pytest.raises(ModuleNotFoundError, match=r"x could not be installed: The package index"):
        Refused().installer("x")


def test_a_download_that_failed_is_reported_though_micropip_only_prints_that() -> None:
    class Prints(Index):
        async def install(self, name: str) -> None:
            self.refusals.append("cdn.example could not be reached.")

    with pytest.raises(ModuleNotFoundError, match=r"could not be installed: cdn\.example could"):
        Prints().installer("not_there")
