"""Forged messages of each kind to the realms of the page, which must ignore them and stay quick."""

from __future__ import annotations

import dataclasses
from typing import get_args

from benchmarks.browser import agent_page
from benchmarks.report import Figure
from pyagent.protocol import FromAgent, FromGuest, ToAgent, ToGuest

_FORGE = """async ([where, message, count]) => {
  const frame = document.querySelector("iframe");
  const channel = new BroadcastChannel("pyagent-journal");
  const ways = {
    page: (data) => window.postMessage(data, "*"),
    sandbox: (data) => frame.contentWindow.postMessage(data, "*"),
    tabs: (data) => channel.postMessage(data),
  };
  const started = performance.now();
  for (let number = 0; number < count; number++) ways[where](message);
  const answered = Promise.withResolvers();
  window.addEventListener("message", ({ data }) => data === "the last" && answered.resolve());
  window.postMessage("the last", "*");
  await answered.promise;
  await new Promise((resolve) => requestAnimationFrame(resolve));
  channel.close();
  return (performance.now() - started) / 1000;
}"""
NEWS = [
    {"type": "written", "id": "nobody", "pages": 10**9},
    {"type": "written", "id": None, "pages": "many"},
    {"type": "nonsense"},
    {},
    [],
    7,
    "text",
    None,
]
"""What another tab's script might say. News of a changed list are not among it: they are true."""


def kinds() -> list[str]:
    """The types of all messages of the protocol."""
    unions = (FromAgent, ToAgent, FromGuest, ToGuest)
    members = {member for union in unions for member in get_args(union)}
    fields = [field for member in members for field in dataclasses.fields(member)]
    return sorted({str(field.default) for field in fields if field.name == "type"})


def messages(count: int) -> dict[str, Figure]:
    """``count`` messages of each kind to each realm that a stranger can send to."""
    seconds: dict[str, float] = {}
    with agent_page() as agent:
        for where in ("page", "sandbox"):
            for kind in kinds():
                forged = {"type": kind, "run_id": "x", "id": 1, "call_id": 1, "value": "forged"}
                seconds[f"{where} {kind}"] = agent.page.evaluate(_FORGE, [where, forged, count])
        for number, news in enumerate(NEWS):
            seconds[f"tabs {number}"] = agent.page.evaluate(_FORGE, ["tabs", news, count])
        works = agent.answer("final_answer('works')") == "works"
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:5]
    return {
        "forged_messages_slowest": Figure(
            value=slowest[0][1],
            unit="s",
            at_most=2,
            details={"kinds": len(seconds), "of_each": count, "slowest": dict(slowest)},
        ),
        "page_works_after_forged_messages": Figure(value=float(works), unit="", at_least=1),
    }
