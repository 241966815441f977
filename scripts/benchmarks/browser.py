"""Measures the page in Chromium: visits, sandboxes, the loop, tools, code in ``wasm``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks import cpu
from benchmarks.cpython import STEPS, loop_overhead, step_replies, timed_calls
from benchmarks.report import Figure
from benchmarks.site import CountedSite, without_snapshot
from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
TIMELINE = Path(__file__).with_name("timeline.js").read_text("utf-8")
VISITS = 3
KILLS = 4
LONGEST_MS = 180_000

_AWAIT_NOTE = """async ([name, count, longest]) => {
  while (performance.now() < longest) {
    const found = timeline.filter(([, what]) => what === name);
    if (found.length >= count) return found.map(([time]) => time);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${name} did not happen ${count} times: ${JSON.stringify(timeline)}`);
}"""
_READY = """() => document.querySelector("py-agent").ready"""
_KEPT = """async () => {
  const element = document.querySelector("py-agent");
  await element.ready;
  await new Promise((resolve) => {
    element.offline.addEventListener("change", () => {
      if (element.offline.state.phase === "ready") resolve();
    });
  });
}"""
_ADD_TOOL = """() => {
  const parameters = { type: "object", properties: { number: { type: "integer" } },
                       required: ["number"] };
  document.querySelector("py-agent").addTool(
    { name: "increase", description: "Adds 1.", parameters }, ({ number }) => number + 1);
}"""


def visits() -> dict[str, Figure]:
    """First and later visits, with and without the snapshot, each with its own profile."""
    with tempfile.TemporaryDirectory() as folder, without_snapshot(DIST, Path(folder)) as plain:
        first, again, sent = _visit(DIST, Path(folder) / "profile")
        first_plain, again_plain, _ = _visit(plain, Path(folder) / "plain-profile")
    offline, all_sent = _offline_visit()
    return {
        "first_visit": Figure(value=first, unit="s"),
        "first_visit_plain": Figure(value=first_plain, unit="s"),
        "first_visit_transfer": _transfer(sent),
        # The same files from a host that packs what it sends with gzip only.
        "first_visit_transfer_gzip": _transfer(_with_gzip(sent)),
        "offline_copy_transfer": _transfer(all_sent, at_most=None),
        "offline_visit": Figure(value=offline, unit="s", at_most=2),
        "second_visit": Figure(value=median(again), unit="s", at_most=1.2, details={"all": again}),
        "second_visit_plain": Figure(
            value=median(again_plain), unit="s", details={"all": again_plain}
        ),
        "second_visit_plain_ratio": Figure(
            value=median(again_plain) / median(again), unit="x", at_least=5
        ),
    }


def sandboxes() -> dict[str, Figure]:
    """The time from a request to a working sandbox, with a spare and from nothing."""
    with agent_page() as agent:
        for kill in range(KILLS):
            # The page's first sandbox, its spare, and one more spare for each earlier kill.
            _await_note(agent.page, "frame_ready", 2 + kill)
            agent.answer("import os; os._exit(1)", "final_answer('alive')")
        added = _await_note(agent.page, "frame_added", KILLS + 2)
        ready = _await_note(agent.page, "frame_ready", KILLS + 2)
        asked = _await_note(agent.page, "sandbox_request", KILLS + 1)
        attached = _await_note(agent.page, "sandbox_attached", KILLS + 1)
    warm = [(b - a) / 1000 for a, b in zip(asked[1:], attached[1:], strict=True)]
    cold = [(b - a) / 1000 for a, b in zip(added[1:], ready[1:], strict=True)]
    return {
        "new_sandbox_with_spare": Figure(
            value=median(warm), unit="s", at_most=0.1, details={"all": warm}
        ),
        "new_sandbox_without_spare": Figure(
            value=median(cold), unit="s", at_most=0.7, details={"all": cold}
        ),
    }


def loop() -> dict[str, Figure]:
    with agent_page(maxSteps=STEPS) as agent:
        agent.replies.extend(map(streamed, step_replies()))
        agent.page.evaluate("() => { timeline.length = 0; }")
        agent.run()
        events = [(what, seconds) for _, what, seconds in agent.page.evaluate("timeline")]
    return {"loop_overhead_wasm": loop_overhead(events, at_most=5)}


def tool_call() -> dict[str, Figure]:
    """A tool of the agent worker, with the element on screen and hidden, and a tool of the page."""
    with agent_page() as agent:
        agent.page.evaluate(_ADD_TOOL)
        # This one first, because the browser is still compiling during the first hundred calls.
        of_page, _ = _timed(agent, "increase(number=i)")
        median_ms, p95_ms = _timed(agent, "query_db(sql='SELECT 1')")
        agent.page.evaluate("() => { document.querySelector('py-agent').style.display = 'none'; }")
        hidden_ms, _ = _timed(agent, "query_db(sql='SELECT 1')")
    details = {"of_page_ms": of_page, "hidden_ms": hidden_ms}
    return {
        "tool_call_wasm": Figure(value=median_ms, unit="ms", at_most=2, details=details),
        "tool_call_wasm_p95": Figure(value=p95_ms, unit="ms", at_most=6),
    }


def _timed(agent: AgentPage, call: str) -> tuple[float, float]:
    """The median and the 95th percentile of a call's time, in milliseconds."""
    code = timed_calls(call) + "final_answer([answer, slowest])"
    result = agent.run(code, files=[("numbers.csv", "n\n1\n")])
    if not result["success"]:
        raise RuntimeError(f"The code to be measured failed: {result}")
    middle, slow = result["output"]
    return float(middle), float(slow)


def cpu_bound() -> dict[str, Figure]:
    with agent_page() as agent:
        timings = agent.answer(cpu.self_timing_code() + "final_answer(answer)")
    faster = cpu.ratios(timings, cpu.smolagents_timings())
    return {
        "cpu_wasm_vs_smolagents": Figure(
            value=cpu.geometric_mean(faster), unit="x", at_least=30, details=faster
        )
    }


def _visit(dist: Path, profile: Path) -> tuple[float, list[float], dict[str, int]]:
    """Seconds until the first and the later visits are ready, and bytes sent for the first."""
    with CountedSite(dist) as site, chromium_context(profile) as context:

        def ready_s() -> float:
            page = context.new_page()
            page.goto(site.address)
            page.evaluate(_READY)
            [ready] = _await_note(page, "ready", 1)
            page.close()
            return ready / 1000

        first = ready_s()
        sent = dict(site.files)
        return first, [ready_s() for _ in range(VISITS)], sent


def _transfer(sent: dict[str, int], at_most: float | None = 14) -> Figure:
    """What all answers take together, in megabytes, and each of them, in bytes."""
    details = dict(sorted(sent.items(), key=lambda item: -item[1]))
    return Figure(value=sum(sent.values()) / 1e6, unit="MB", at_most=at_most, details=details)


def _with_gzip(sent: dict[str, int]) -> dict[str, int]:
    """What the answers take that have a packed copy beside their file; others stay."""
    packed = {path: DIST / f"{path.removeprefix('/') or 'index.html'}.gz" for path in sent}
    return {
        path: packed[path].stat().st_size if packed[path].exists() else size
        for path, size in sent.items()
    }


def _offline_visit() -> tuple[float, dict[str, int]]:
    """Seconds until the page is ready when its server is gone, after one visit, and what that visit
    transferred until everything was kept.
    """
    with tempfile.TemporaryDirectory() as folder, chromium_context(Path(folder)) as context:
        with CountedSite(DIST) as site:
            address = site.address
            page = context.new_page()
            page.goto(address)
            page.evaluate(_KEPT)
            page.close()
            sent = dict(site.files)
        page = context.new_page()
        page.goto(address)
        page.evaluate(_READY)
        [ready] = _await_note(page, "ready", 1)
        return ready / 1000, sent


@contextmanager
def agent_page(script: str = "", **agent: Any) -> Iterator[AgentPage]:
    """A page that has solved one task and has booted its spare sandbox. ``script`` runs before its
    own.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        CountedSite(DIST) as site,
        chromium_context(Path(folder)) as context,
        AgentPage(context.new_page(), site.address) as opened,
    ):
        opened.page.add_init_script(script)
        opened.open(**agent)
        opened.answer("final_answer('warm')")
        _await_note(opened.page, "frame_ready", 2)
        yield opened


@contextmanager
def chromium_context(profile: Path) -> Iterator[BrowserContext]:
    """A Chromium with its own profile, whose pages note what happens when."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=os.environ["PYAGENT_CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        context.set_default_timeout(LONGEST_MS)
        context.add_init_script(TIMELINE)
        yield context
        context.close()


def _await_note(page: Page, name: str, count: int) -> list[float]:
    """The times at which ``name`` happened, in milliseconds since the page began to load."""
    times: list[float] = page.evaluate(_AWAIT_NOTE, [name, count, LONGEST_MS])
    return times
