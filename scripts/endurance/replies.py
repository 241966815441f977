"""Replies that break off or are damaged: no half of a call is made, and the page goes on."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.browser import agent_page
from benchmarks.report import Figure
from support.models.scripted_server import CUT, Reply, Request, refused, streamed, unstreamed
from support.page.agent_page import AgentPage, calling, step

_SEED = 11
_ORDERED = """() => {
  window.ordered = [];
  document.querySelector("py-agent").addTool(
    {
      name: "order",
      description: "Orders an article.",
      parameters: { type: "object", properties: { sku: { type: "string" } }, required: ["sku"] },
    },
    ({ sku }) => { window.ordered.push(sku); return "ordered"; },
  );
}"""
_TYPES = ("text/event-stream", "application/json", "text/html", "application/octet-stream", "")
_STATUSES = (200, 200, 200, 200, 400, 404, 422)
"""Others are tried again after a while, which takes long and shows nothing more."""
_INSERTS = (b"\x00", b"\xff\xfe", b"null", b"[" * 500, b'{"a":', b"\r\n\r\n", b"data: ", b"9" * 400)


def streams(count: int) -> dict[str, Figure]:
    """Streams that are cut at ``count`` places, half of them in code, half in native calls."""
    half = max(count // 2, 1)
    wrong: list[Any] = []
    with agent_page() as agent:
        agent.page.evaluate(_ORDERED)
        for kind in ("code", "tool_calling"):
            agent.configure(kind=kind)
            for number in range(half):
                cut = _cut(_ordering(kind, f"{number}"), (number + 0.5) / half)
                made = _made_after(agent, kind, cut, f"{number}")
                if made != [f"{number}-first", f"{number}-second"]:
                    wrong.append([kind, number, made])
    return {
        "half_calls": Figure(
            value=len(wrong),
            unit="streams",
            at_most=0,
            details={"cut": 2 * half, "wrong": wrong[:5]},
        )
    }


def _ordering(kind: str, name: str) -> Reply:
    """A reply that orders two articles."""
    skus = [f"{name}-first", f"{name}-second"]
    if kind == "code":
        return streamed(step("\n".join([f"order('{sku}')" for sku in skus] + ["final_answer(1)"])))
    return calling(*[("order", {"sku": sku}) for sku in skus])


def _cut(reply: Reply, where: float) -> Reply:
    """The first part of a reply, whose connection then drops."""
    data = b"".join(piece for piece in reply.pieces if isinstance(piece, bytes))
    return Reply(pieces=[data[: round(where * len(data))], CUT])


def _made_after(agent: AgentPage, kind: str, cut: Reply, name: str) -> list[str]:
    """The orders of a task whose first reply is ``cut`` and whose second is whole."""
    whole = _ordering(kind, name)
    given = [cut, whole]

    def choose(request: Request) -> Reply:
        read = str(request.json["messages"]).rpartition(f"Order {name}.")[2]
        if kind == "tool_calling" and "ordered" in read:
            return calling(("final_answer", {"answer": 1}))
        return given.pop(0) if len(given) > 1 else given[0]

    agent.page.evaluate("() => { window.ordered.length = 0; }")
    agent.choose = choose
    agent.run(task=f"Order {name}.")
    made: list[str] = agent.page.evaluate("window.ordered")
    return made


def bodies(count: int) -> dict[str, Figure]:
    """``count`` damaged bodies, each the first answer to a task. A crash is a task that has no end,
    an error that nobody caught, or a page that cannot solve the task after it.
    """
    crashes: list[str] = []
    ends: dict[str, int] = {}
    with agent_page() as agent:
        agent.page.on("pageerror", lambda error: crashes.append(str(error)))
        agent.page.on("crash", lambda _: crashes.append("the tab"))
        for number in range(count):
            agent.replies.append(_damaged(random.Random(f"{_SEED} {number}")))
            result = agent.run(task=f"Task {number}.")
            problem = result["problem"]
            end = problem["kind"] if problem else "answered"
            ends[end] = ends.get(end, 0) + 1
            agent.replies.clear()
            if number % 10 == 9 and agent.answer("final_answer('works')") != "works":
                crashes.append(f"after {number}")
    return {
        "crashes_of_damaged_bodies": Figure(
            value=len(crashes),
            unit="crashes",
            at_most=0,
            details={"bodies": count, "ends": ends, "first": crashes[:5]},
        )
    }


def _damaged(chosen: random.Random) -> Reply:
    """A valid answer with one to four places damaged."""
    text = step("final_answer('é — 数 😀')")
    valid = chosen.choice(
        [streamed(text), unstreamed(text), calling(("order", {"sku": "a"})), refused(400, "No.")]
    )
    data = bytearray(b"".join(piece for piece in valid.pieces if isinstance(piece, bytes)))
    for _ in range(chosen.randint(1, 4)):
        start = chosen.randrange(len(data) + 1)
        end = min(start + chosen.choice([0, 1, 2, 7, 40]), len(data))
        data[start:end] = chosen.choice([b"", data[start:end] * 2, *_INSERTS])
    pieces = [bytes(data), CUT] if chosen.random() < 0.2 else [bytes(data)]
    kind = valid.content_type if chosen.random() < 0.6 else chosen.choice(_TYPES)
    return Reply(status=chosen.choice(_STATUSES), content_type=kind, pieces=pieces)
