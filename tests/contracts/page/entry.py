"""The Python side of worker.js: the product's executor for the sandbox, and the cases."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

from contracts.everywhere import all_cases as everywhere_all
from contracts.everywhere.cases import Place
from contracts.executor.all_cases import CASES
from pyagent.browser import bridge
from pyagent.browser.port import PortChannel
from pyagent.browser.sandboxes import Sandboxes, SandboxExecutor
from pyagent.protocol import AgentReady, SandboxAttached, SandboxLost, ToAgent

_kept: list[Any] = []
_executors: list[SandboxExecutor] = []


def start(port: Any) -> None:
    """Talk to the page about sandboxes in the same way as the agent worker."""
    channel = PortChannel(bridge.JsPort(port), ToAgent)
    sandboxes = Sandboxes(channel.send, can_interrupt=bridge.can_share_memory())
    _executors.append(SandboxExecutor(sandboxes))
    _kept.append(asyncio.ensure_future(_serve(channel, sandboxes)))
    channel.send(AgentReady(version="contract"))


async def run_case(name: str) -> str:
    """Run a case. Returns an empty text if the case holds, else the traceback."""
    executor = _executors[0]
    try:
        if name in everywhere_all.CASES:
            place = Place(
                make_executor=executor.another,
                has_threads=False,
                wait=lambda work, _: bridge.block_on(work),
            )
            await everywhere_all.CASES[name](place)
        else:
            await executor.reset()
            await CASES[name](executor)
    except BaseException:
        return traceback.format_exc()
    return ""


async def _serve(channel: PortChannel, sandboxes: Sandboxes) -> None:
    while True:
        message, _ = await channel.receive()
        if isinstance(message, SandboxAttached):
            sandboxes.attached(message, channel.ports.popleft(), channel.ports.popleft())
        elif isinstance(message, SandboxLost):
            sandboxes.lost(message)
