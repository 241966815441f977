"""matplotlib's backend in a guest: ``plt.show()`` displays the open figures and closes them.

Only matplotlib imports this, because of ``MPLBACKEND=module://pyagent.sandbox.results.figure_backend``.
"""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase  # type: ignore[import-not-found]
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found]

from pyagent.sandbox.results.bundles import to_bundle
from pyagent.sandbox.results.displays import show
from pyagent.sandbox.results.figures import open_figures


class FigureManager(FigureManagerBase):  # type: ignore[misc]
    """Sends figures instead of showing them in a window."""

    @classmethod
    def pyplot_show(cls, **options: Any) -> None:
        """Show the open figures. ``plt.show`` calls it."""
        for figure in open_figures():
            show(to_bundle(figure))


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
    """Draws pixels. matplotlib looks up the class by this name."""

    manager_class = FigureManager
