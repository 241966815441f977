"""Measures how long the page's frames are while much is drawn: a fast stream, a long transcript."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import Page

from benchmarks.browser import agent_page
from benchmarks.cpython import step_replies
from benchmarks.report import Figure
from support.models.scripted_server import Reply, streamed_event
from support.page.agent_page import step

FRAMES = Path(__file__).with_name("frames.js").read_text("utf-8")
LONGEST_MS = 50
TOKENS = 8_000
TOKENS_A_S = 1_000
TOKENS_A_PIECE = 10
STEPS = 1_000

_WORDS = "The **rain** in `Seattle` falls _mainly_ in [winter](https://a.example/x), $x^2$ less. "
_SCROLL = """async () => {
  const scroller = document.querySelector("py-agent").shadowRoot.querySelector(".scroll");
  const frame = () => new Promise(requestAnimationFrame);
  scroller.scrollTop = scroller.scrollHeight;
  for (let at = 0; at < 120; at += 1) {
    await frame();
    scroller.scrollTop -= 400;
  }
  for (let at = 0; at < 40; at += 1) {
    await frame();
    scroller.scrollTop = (scroller.scrollHeight * ((at * 37) % 40)) / 40;
  }
  await frame();
}"""
_OPEN = """async () => {
  const runs = document.querySelector("py-agent").shadowRoot.querySelectorAll("pa-run");
  const root = [...runs].at(-1).shadowRoot;
  root.querySelector(".steps > summary").click();
  const list = root.querySelector("pa-steps").shadowRoot;
  const drawn = () => [...list.querySelectorAll("pa-step")]
    .filter((step) => step.shadowRoot.querySelector("pa-code")).length;
  while (drawn() < STEPS) await new Promise((resolve) => setTimeout(resolve, 100));
}""".replace("STEPS", str(STEPS))


def drawing() -> dict[str, Figure]:
    return {"stream": _stream(), "growing_list": _growing_list(), **_transcript()}


def _stream() -> Figure:
    """A reply of Markdown and then code that comes at ``TOKENS_A_S``."""
    return _streamed(list(_tokens()))


def _growing_list() -> Figure:
    """One Markdown list of some 80 kB that comes at ``TOKENS_A_S``."""
    items = (
        f"- item **{i}** with `code` and [a link](https://a.example/{i})" for i in range(1_500)
    )
    words = [word for item in items for word in f"{item}\n".split(" ")]
    spaced = [word if word.endswith("\n") else f"{word} " for word in words]
    return _streamed([*spaced, step("final_answer('done')")])


def _streamed(tokens: list[str]) -> Figure:
    with agent_page(FRAMES, maxSteps=1) as agent:
        agent.replies.append(Reply(pieces=_Paced(tokens)))
        return _longest(agent.page, lambda: agent.run())


def _transcript() -> dict[str, Figure]:
    """A run of ``STEPS`` quick steps while it goes on, when it is opened again, and scrolled."""
    with agent_page(FRAMES, maxSteps=STEPS) as agent:
        agent.replies.extend(Reply(pieces=[_whole(reply)]) for reply in step_replies(STEPS))
        return {
            "transcript_comes": _longest(agent.page, lambda: agent.run()),
            "transcript_opens": _longest(agent.page, lambda: agent.page.evaluate(_OPEN)),
            "transcript_scrolls": _longest(agent.page, lambda: agent.page.evaluate(_SCROLL)),
        }


def _longest(page: Page, action: Callable[[], Any]) -> Figure:
    page.evaluate("() => { frames_ms.length = 0; }")
    action()
    frames: list[float] = sorted(page.evaluate("frames_ms"), reverse=True)
    details = {"longest_ms": frames[:5], "frames": len(frames)}
    return Figure(value=frames[0], unit="ms", at_most=LONGEST_MS, details=details)


def _tokens() -> Iterator[str]:
    words = _WORDS.split(" ")
    for i in range(TOKENS * 2 // 3):
        yield words[i % len(words)] + ("\n\n" if i % 90 == 89 else " ")
    lines = [f"value_{i} = 'text {i}'  # a value\n" for i in range(TOKENS // 3 // 6)]
    for line in step("".join(lines) + "final_answer('done')").splitlines(keepends=True):
        yield from (word + " " for word in line.split(" ")[:-1])
        yield line.split(" ")[-1]


def _whole(reply: str) -> bytes:
    whole: bytes = streamed_event(reply) + streamed_event("", "stop") + b"data: [DONE]\n\n"
    return whole


class _Paced(Sequence[Any]):
    """Pieces of a stream, each with a pause before it until it is due."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def __iter__(self) -> Iterator[Any]:
        began = monotonic()
        for start in range(0, len(self._tokens), TOKENS_A_PIECE):
            yield max(0.0, began + start / TOKENS_A_S - monotonic())
            yield b"".join(map(streamed_event, self._tokens[start : start + TOKENS_A_PIECE]))
        yield streamed_event("", "stop") + b"data: [DONE]\n\n"

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._tokens)
