"""For all tests: interrupts, which ones drive a browser, and explained asserts of the contracts."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from playwright.sync_api import Error as PlaywrightError

from support.agents.ray_cluster import cluster
from support.browser.killing import kill_tabs
from support.executors.cloud.fixtures import e2b, modal

__all__ = ["cluster", "e2b", "modal"]

# A shell that starts the tests in the background has interrupts ignored, in child processes too.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("contracts")

TESTS = Path(__file__).parent
NO_ANSWER = [TimeoutError, PlaywrightError]
LONGEST_S = 400


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests in a browser, and give them a second try: busy cores can make any of them late.

    The summary shows each one with its failure. Something that got out once got out: an attack is
    only made again when the browser did not answer, or when it has no fence.
    """
    room = item.path.relative_to(TESTS).parts[0]
    if room == "e2e" or "playwright" in _fixtures(item):
        item.add_marker(pytest.mark.browser)
    is_engine = room == "executors" and "docker" in item.name  # it can lose sight of a container
    if room == "e2e" or is_engine or (room == "attacks" and _has_no_fence(item)):
        item.add_marker(pytest.mark.flaky(reruns=1))
    elif room == "attacks":
        item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=NO_ANSWER))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop in this thread, so tests with one of their own come first."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def _has_no_fence(item: pytest.Item) -> bool:
    return not {"unfenced", "hearing", "elsewhere"}.isdisjoint(_fixtures(item))


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """End a test in a browser that waits for ever: Playwright does not bound scripts."""
    with _bounded(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """The same for the test itself."""
    with _bounded(item):
        return (yield)


@contextmanager
def _bounded(item: pytest.Item) -> Iterator[None]:
    timer = Timer(LONGEST_S, kill_tabs)
    if item.path.relative_to(TESTS).parts[0] in ("e2e", "attacks"):
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
