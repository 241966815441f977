"""Brings data packages into a built site: ``python build/data_packages DIST --packages data``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from data_packages.catalogue import Catalogue, DataPackage, catalogue
from data_packages.fetching import fetch
from data_packages.offering import Kitchen, is_settled, offer
from data_packages.prepared import PreparedMemory
from tools import ROOT, one_at_a_time

KEPT = ROOT / ".cache" / "packages"
FIRST = ("numpy", "pandas", "python-dateutil", "pytz", "six")
"""What is compiled and offered before the rest, because most code begins with it."""


def main() -> None:
    """Read the command line and bring the packages."""
    parser = argparse.ArgumentParser(description="Bring data packages into a built site.")
    parser.add_argument("dist", type=Path, help="folder of the built site")
    parser.add_argument("--packages", choices=("all", "data", "none"), default="data")
    options = parser.parse_args()
    try:
        bring(options.dist, options.packages)
    except KeyboardInterrupt:  # what was brought so far stays for the next time
        sys.exit(130)


def bring(dist: Path, choice: str, *, again: bool = True) -> None:
    """Bring the packages of ``choice`` into the site, and print what cannot be had.

    ``again`` tries those that no source had the last time.
    """
    listed = catalogue()
    chosen = listed.chosen(choice)
    prepared = PreparedMemory(KEPT / "prepared", dist)
    if not chosen or (not again and is_settled(dist, chosen, prepared)):
        return
    with one_at_a_time(KEPT):
        missing = _bring(dist, listed, chosen, prepared)
    for why in dict.fromkeys(missing.values()):
        names = [name for name, reason in missing.items() if reason == why]
        _say(f"going on without {', '.join(names)}. {why}")
    _say(f"{len(chosen) - len(missing)} of {len(chosen)} are ready in the page.")


def _bring(
    dist: Path, listed: Catalogue, chosen: list[DataPackage], prepared: PreparedMemory
) -> dict[str, str]:
    raw = KEPT / "raw"
    kitchen = Kitchen(raw, KEPT / "made")
    todo = [package for package in chosen if kitchen.packed(package) is None]
    offer(dist, listed, kitchen, chosen, prepared=prepared)
    missing = fetch(todo, listed, raw, _show) if todo else {}
    ready = [package for package in todo if package.name not in missing]
    for part in ([p for p in ready if p.name in FIRST], ready):
        if any(kitchen.packed(package) is None for package in part):
            _say(f"compiling {', '.join(p.name for p in part if kitchen.packed(p) is None)}")
            kitchen.compile(part)
            offer(dist, listed, kitchen, chosen, missing=missing, prepared=prepared)
    if why := prepared.make(listed, kitchen.all_packed(listed.packages)):
        _say(f"going on without a prepared memory. {why}")
    offer(dist, listed, kitchen, chosen, missing=missing, prepared=prepared)
    return missing


def _show(done: int, total: int) -> None:
    """Rewrite one line of a terminal; a log gets nothing."""
    if sys.stderr.isatty():
        share = 100 * done // max(total, 1)
        sys.stderr.write(f"\rpackages: {done / 1e6:.0f} of {total / 1e6:.0f} MB  {share:3d}%\r")
        sys.stderr.flush()


def _say(what: str) -> None:
    sys.stderr.write(f"packages: {what}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
