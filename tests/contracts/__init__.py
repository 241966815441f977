"""Cases that hold in several places: for every executor, and on CPython as in a page.

Tests of those places run them; a case itself knows no pytest.
"""

from pathlib import Path

CONTRACTS = Path(__file__).parent
