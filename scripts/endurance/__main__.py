"""Takes the measurements for a ``dist/`` that is built, in the Chromium of ``PYAGENT_CHROMIUM``.

``scripts/soak`` calls ``main``; a test runs this module.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks import machine
from endurance import MEASUREMENTS, SHORT


def arguments_of(given: Sequence[str] | None, description: str = "") -> argparse.Namespace:
    """``only`` has the names of the measurements, ``share`` the part of their full size."""
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description=description,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    parser.add_argument("--short", action="store_const", dest="share", const=SHORT)
    parser.add_argument("--share", type=float)
    parser.set_defaults(share=1.0)
    return parser.parse_args(given)


def main(description: str = "") -> None:
    """Read the arguments, measure, and print the figures."""
    asked = arguments_of(None, description)
    figures, measured_on = {}, machine()
    for name in asked.only:
        print(f"soak: {name}", file=sys.stderr, flush=True)
        for figure, measured in MEASUREMENTS[name](asked.share).items():
            figures[figure] = measured.as_json()
    missed = [name for name, figure in figures.items() if figure.get("met") is False]
    print(json.dumps({"machine": measured_on, "figures": figures, "missed": missed}, indent=2))


if __name__ == "__main__":
    main()
