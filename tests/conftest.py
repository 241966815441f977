"""For all tests: interrupts work, and failed asserts of the contracts are explained."""

import signal

import pytest

# A shell that starts the tests in the background has interrupts ignored, in child processes too.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite(
    "contract",
    "contract_endings",
    "contract_output",
    "contract_results",
    "contract_tools",
    "contract_values",
    "everywhere",
    "everywhere_batches",
    "everywhere_calls",
    "everywhere_code",
    "everywhere_hooks",
    "everywhere_memory",
    "everywhere_models",
    "everywhere_runs",
    "everywhere_teams",
)
