"""The pinned list of data packages, ``packages.json``: names, files, hashes and sources."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

PINS = Path(__file__).with_name("packages.json")

Group = Literal["data", "all"]
Source = Literal["pyodide", "index", "carrier"]


@dataclass(frozen=True, kw_only=True)
class DataPackage:
    """One pinned wheel."""

    name: str
    version: str
    file: str
    sha256: str
    """Of the wheel as its makers published it, in hex. It is the right file from any source."""
    bytes: int | None
    """None where nobody has measured it yet."""
    imports: Sequence[str]
    """The top-level modules that it brings."""
    depends: Sequence[str]
    """Names of other packages of the list. What the site's first visit brings is left out."""
    sources: Sequence[Source]
    """Where the file can be had, in the order of trying."""
    group: Group
    """The smallest choice that includes the package."""


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A wheel of the package index that holds other wheels. It is never installed or imported."""

    wheel: str
    """A requirement with an exact version."""
    sha256: str
    bytes: int
    folder: str
    """The folder inside it, with a slash at its end."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The whole list."""

    python: str
    """The Python that the compiled wheels are made for: ``3.14``."""
    pyodide: str
    hosts: Sequence[str]
    """Folders of Pyodide's own host, each with a slash at its end."""
    carrier: Carrier
    packages: Sequence[DataPackage]

    def chosen(self, choice: str) -> list[DataPackage]:
        """The packages of ``data`` or ``all``; none for ``none``."""
        groups = {"none": (), "data": ("data",), "all": ("data", "all")}[choice]
        return [package for package in self.packages if package.group in groups]


@cache
def catalogue(path: Path = PINS) -> Catalogue:
    """Read the list."""
    data = json.loads(path.read_text("utf-8"))
    packages = [DataPackage(**entry) for entry in data.pop("packages")]
    return Catalogue(**{**data, "carrier": Carrier(**data["carrier"]), "packages": packages})
