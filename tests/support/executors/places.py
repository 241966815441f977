"""The kinds of executors that tests run on this machine, with the engines that these need.

An engine is started when a test first asks for its kind, and ended with the tests. PYAGENT_WITHOUT
names the kinds to go without, such as ``docker,bubblewrap``; their tests are then skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from pyagent.executors.base import Executor
from pyagent.executors.kinds import EXECUTORS, make_executor
from support.executors.docker_engine import IMAGE, docker, docker_engine

WITHOUT = "PYAGENT_WITHOUT"
WAIT_STARTED = ("docker", "bubblewrap", "wasm")
"""The kinds whose executors share guests that were started ahead."""
KINDS = (*EXECUTORS, "bubblewrap")


class Places:
    """Makes executors of every kind."""

    def __init__(self, engines: ExitStack) -> None:
        self._engines = engines
        self._docker = ""

    @property
    def docker(self) -> str:
        """The address of a Docker engine of our own."""
        without("docker")
        if not self._docker:
            self._docker = self._engines.enter_context(docker_engine())
        return self._docker

    def docker_with(self, image: str) -> str:
        """The address of the engine, which has its image under another name too."""
        without("bubblewrap")
        docker(self.docker, "tag", IMAGE, image)
        return self.docker

    def options(self, kind: str) -> tuple[str, dict[str, Any]]:
        """The executor_type and the executor_options of a kind."""
        without(kind)
        if kind == "docker":
            return "docker", {"command": ["docker", "--host", self.docker], "image": IMAGE}
        if kind == "bubblewrap":
            return "local", {"fence": "bubblewrap"}
        return kind, {}

    def make(self, kind: str, more: Mapping[str, Any] | None = None) -> Executor:
        """Make an executor of a kind, with more options."""
        executor_type, options = self.options(kind)
        return make_executor(executor_type, options | dict(more or {}))


class Family:
    """Executors of one kind, each with a guest of its own that was started ahead of its use.

    Kinds without ``spare`` start theirs when they are asked.
    """

    def __init__(self, places: Places, kind: str) -> None:
        self._places = places
        self._kind = kind
        self._first: Executor | None = None

    async def member(self) -> Executor:
        """Make an executor, not yet started."""
        if self._kind not in WAIT_STARTED:
            return self._places.make(self._kind)
        if self._first is None:
            self._first = self._places.make(self._kind, {"spare": 1})
            await self._first.start()
        return self._first.another()

    async def close(self) -> None:
        if self._first is not None:
            await self._first.aclose()


def without(kind: str) -> None:
    """Skip the test if the run goes without this kind."""
    if kind in os.environ.get(WITHOUT, "").split(","):
        pytest.skip(f"{WITHOUT} says to go without {kind}")


@pytest.fixture(scope="session")
def places() -> Iterator[Places]:
    with ExitStack() as engines:
        yield Places(engines)
