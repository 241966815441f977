"""Cases that hold in several places: for every executor, and both on CPython and in a page.

The tests of those places run them. A case itself does not use pytest.
"""

from pathlib import Path

CONTRACTS = Path(__file__).parent
