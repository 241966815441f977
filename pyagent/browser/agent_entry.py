"""Starts the agent worker's Python. web/src/agent/agent.worker.ts calls it with the page's port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from pyagent.browser import bridge
from pyagent.browser.agent_worker import AgentWorker
from pyagent.browser.fetch import FetchTransport
from pyagent.browser.page_channel import PageChannel
from pyagent.browser.sandboxes import Sandboxes, SandboxExecutor
from pyagent.executors.packages.broker import PackageBroker
from pyagent.models.base import Model
from pyagent.models.from_settings import model_from_settings
from pyagent.models.http.network import Network
from pyagent.protocol import ModelSettings
from pyagent.tools.builtin.defaults import default_tools

_tasks: set[asyncio.Task[None]] = set()


def start(port: Any, page_origin: str, site: Any, died: Callable[[str], None]) -> None:
    """Start to serve the page on ``port``. ``died`` is called if an error ends that.

    ``site`` is the ``SitePackages`` of web/src/agent/site_packages.ts.
    """
    bridge.BatchingLoop(can_block=False).install()
    channel = PageChannel(bridge.JsPort(port))
    transport = FetchTransport(bridge.fetch)
    follower = FetchTransport(bridge.fetch, follow_redirects=True)
    network = Network()

    def make_model(settings: ModelSettings) -> Model:
        return model_from_settings(
            settings,
            send=channel.send,
            transport=transport,
            page_origin=page_origin,
            network=network,
        )

    sandboxes = Sandboxes(channel.send, can_interrupt=bridge.can_share_memory())
    broker = PackageBroker(bridge.fetch, bridge.package_sources, bridge.JsSitePackages(site))
    worker = AgentWorker(
        channel,
        make_model=make_model,
        executor=SandboxExecutor(
            sandboxes,
            fetch_package=broker.fetch,
            prefetch=broker.prefetch,
            files_for=broker.files_for,
        ),
        sandboxes=sandboxes,
        tools=default_tools(follower),
        network=network,
        offered=broker.offered,
    )
    task = asyncio.ensure_future(_serve(worker, died))
    _tasks.add(task)  # the event loop itself keeps only a weak reference


async def _serve(worker: AgentWorker, died: Callable[[str], None]) -> None:
    try:
        await worker.serve()
    except BaseException as error:
        died(f"{type(error).__name__}: {error}")
        raise
