"""For all tests: interrupts work, and failed asserts of the contracts are explained."""

import signal

import pytest

# A shell that starts the tests in the background has interrupts ignored, in child processes too.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("contracts")
