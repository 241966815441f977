"""matplotlib's backend in a guest: ``plt.show()`` displays the open figures and closes them.

Only matplotlib imports this, by ``MPLBACKEND=module://pyagent.sandbox.results.figures``.
"""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase  # type: ignore[import-not-found]
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found]

from pyagent.sandbox.results.bundles import take_figures
from pyagent.sandbox.results.displays import show


class FigureManager(FigureManagerBase):  # type: ignore[misc]
    """There is no window: showing is sending."""

    @classmethod
    def pyplot_show(cls, **options: Any) -> None:
        """What ``plt.show`` calls."""
        for bundle in take_figures():
            show(bundle)


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
    """Draws pixels. matplotlib looks it up by this name."""

    manager_class = FigureManager
