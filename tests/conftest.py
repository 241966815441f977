"""For all tests: interrupts, second tries in a browser, and explained asserts of the contracts."""

import signal
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError

# A shell that starts the tests in the background has interrupts ignored, in child processes too.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("contracts")

TESTS = Path(__file__).parent
NO_ANSWER = [TimeoutError, PlaywrightError]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests in a browser a second try, because two busy cores can make any of them late.

    The summary shows each one with its failure. Something that got out once got out: an attack is
    only made again when the browser did not answer, or when it has no fence.
    """
    for item in items:
        room = item.path.relative_to(TESTS).parts[0]
        if room == "e2e" or (room == "attacks" and _has_no_fence(item)):
            item.add_marker(pytest.mark.flaky(reruns=1))
        elif room == "attacks":
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=NO_ANSWER))


def _has_no_fence(item: pytest.Item) -> bool:
    return not {"unfenced", "hearing"}.isdisjoint(getattr(item, "fixturenames", ()))
