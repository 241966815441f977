"""For all tests: the asserts of the executors' contract are explained when they fail."""

import pytest

pytest.register_assert_rewrite(
    "contract",
    "contract_endings",
    "contract_output",
    "contract_results",
    "contract_tools",
    "contract_values",
)
