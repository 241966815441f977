"""Measures how long Stop takes in the page, in the states that a run can be in."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.browser import agent_page
from benchmarks.report import Figure
from support.models.scripted_server import Reply, endless, streamed
from support.page.agent_page import step

ROUNDS = 15
"""How often each state is stopped."""

_ADD_TOOL = """() => document.querySelector("py-agent").addTool(
  { name: "ponder", description: "Never returns.", parameters: { type: "object", properties: {} } },
  () => new Promise(() => {}))"""
_STOP = """async (kind) => {
  const element = document.querySelector("py-agent");
  const reached = new Promise((resolve) => {
    const hear = ({ detail }) => {
      if (detail.type !== kind) return;
      element.removeEventListener("pyagent-message", hear);
      setTimeout(resolve, 100 * Math.random());
    };
    element.addEventListener("pyagent-message", hear);
  });
  const result = element.run("Go on for ever.");
  await reached;
  const composer = element.shadowRoot.querySelector("pa-composer").shadowRoot;
  const started = performance.now();
  composer.querySelector("[aria-label=Stop]").click();
  const { reason } = await result;
  return [reason, (performance.now() - started) / 1000];
}"""


def _code(text: str) -> Callable[[], Reply]:
    return lambda: streamed(step(f"print('go', flush=True)\n{text}"))


STATES: dict[str, tuple[Callable[[], Reply], str]] = {
    "silent_model": (lambda: Reply(pieces=[60.0]), "step_started"),
    "streaming_model": (lambda: endless("On and on "), "model_delta"),
    "endless_loop": (_code("while True: pass"), "step_output"),
    "catches_everything": (
        _code("while True:\n  try:\n    while True: pass\n  except BaseException: pass"),
        "step_output",
    ),
    "inside_one_call": (_code("sum(range(10**12))"), "step_output"),
    "sleep": (_code("import time\ntime.sleep(10**6)"), "step_output"),
    "tool": (lambda: streamed(step("ponder()")), "tool_started"),
}
"""A reply that brings a run into each state, and the message that says that it is there."""


def stopping(rounds: int = ROUNDS) -> dict[str, Figure]:
    """The time from the stop button to the end of the run: the 99th percentile of all states, each
    stopped ``rounds`` times.
    """
    seconds: dict[str, list[float]] = {name: [] for name in STATES}
    with agent_page() as agent:
        agent.page.evaluate(_ADD_TOOL)
        for _ in range(rounds):
            for name, (reply, kind) in STATES.items():
                agent.replies.append(reply())
                reason, taken = agent.page.evaluate(_STOP, kind)
                assert reason == "cancelled", reason
                seconds[name].append(taken)
                agent.replies.clear()
            assert agent.answer("final_answer('goes on')") == "goes on"
    every = sorted(taken for state in seconds.values() for taken in state)
    longest = {name: max(state) for name, state in seconds.items()}
    p99 = every[int(0.99 * len(every))]
    return {"stop": Figure(value=p99, unit="s", at_most=1, details={"longest": longest})}
