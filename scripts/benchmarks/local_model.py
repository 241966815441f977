"""The first local model of the list in the page, beside the same weights in native llama.cpp."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page

import models
from benchmarks.browser import DIST, chromium_context
from benchmarks.report import Figure
from benchmarks.site import CountedSite
from support.models.peers import llama_server

TASK = "What is 2% of 67000?"
STORY = "Write a long story about the sea."
CONTEXT_TOKENS = 2_048
STORY_TOKENS = 60
LONGEST_MS = 240_000

_LOAD = """async (model) => {
  const element = document.querySelector("py-agent");
  await element.ready;
  await element.configure({ model: { provider: "local", model }, agent: { maxSteps: 1 } });
}"""
_READ_AHEAD = """async (longest) => {
  const element = document.querySelector("py-agent");
  const started = performance.now();
  while (performance.now() < started + longest) {
    const progress = element.shadowRoot.querySelector("pa-progress")?.progress;
    if (progress?.stage === "warmup" && progress.loaded >= progress.total) {
      return { seconds: (performance.now() - started) / 1000, tokens: progress.total };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the prompt was not read ahead");
}"""
_ASK = """async (task) => {
  const element = document.querySelector("py-agent");
  const times = [];
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (/^\\{"type": ?"page_model_delta"/.test(message?.[0])) times.push(performance.now());
    return post.call(this, message, ...rest);
  };
  const asked = performance.now();
  await element.run(task);
  MessagePort.prototype.postMessage = post;
  return {
    first_word_s: (times[0] - asked) / 1000,
    tokens: times.length,
    tokens_per_s: ((times.length - 1) / (times.at(-1) - times[0])) * 1000,
  };
}"""


@dataclass(frozen=True, kw_only=True)
class _Speed:
    """Tokens a second."""

    reading: float
    writing: float


def local_model() -> dict[str, Figure]:
    """Time to the first word of a one-line task, and tokens a second beside native llama.cpp.

    The task of the first visit is asked as soon as the model is loaded. That of the second visit
    is asked when the page has read the fixed part of the prompt, as it does while a person types.
    """
    name = models.default_name()
    weights = models.fetch(name)
    models.offer(weights, DIST)
    with (
        tempfile.TemporaryDirectory() as folder,
        CountedSite(DIST) as site,
        chromium_context(Path(folder)) as context,
    ):
        page = context.new_page()
        threads, first = _visit(page, site.address, name), _ask(page, TASK)
        page.close()
        page = context.new_page()
        _visit(page, site.address, name)
        ahead = page.evaluate(_READ_AHEAD, LONGEST_MS)
        second = _ask(page, TASK)
        page.close()
    native = _native(weights, threads)
    page_speed = _Speed(reading=ahead["tokens"] / ahead["seconds"], writing=second["tokens_per_s"])
    return {
        "local_first_word_at_once": Figure(
            value=first["first_word_s"], unit="s", at_most=30, details=first
        ),
        "local_first_word_after_reading_ahead": Figure(
            value=second["first_word_s"], unit="s", at_most=8, details=second | {"ahead": ahead}
        ),
        **_beside("reading", page_speed.reading, native.reading, threads),
        **_beside("writing", page_speed.writing, native.writing, threads),
    }


def _beside(what: str, page: float, native: float, threads: int) -> dict[str, Figure]:
    details = {"native_tokens_per_s": native, "threads": threads}
    return {
        f"local_{what}": Figure(value=page, unit="tokens/s"),
        f"local_{what}_vs_native": Figure(value=page / native, unit="x", details=details),
    }


def _visit(page: Page, address: str, name: str) -> int:
    """Load the model in a page; return how many threads it uses."""
    page.goto(address)
    page.evaluate(_LOAD, name)
    cores = os.cpu_count() or 1
    return max(1, min(8, cores // 2))  # as `defaultThreads` of the page


def _ask(page: Page, task: str) -> dict[str, Any]:
    measured: dict[str, Any] = page.evaluate(_ASK, task)
    return measured


def _native(weights: Path, threads: int) -> _Speed:
    with llama_server(weights, context_tokens=CONTEXT_TOKENS, threads=threads) as base_url:
        # As many tokens as the page's prompt has.
        story = f"{'The quick brown fox jumps over the lazy dog again. ' * 24}{STORY}"
        asked = {
            "messages": [{"role": "user", "content": story}],
            "max_tokens": STORY_TOKENS,
            "temperature": 0,
            "cache_prompt": False,
        }
        reply = httpx.post(f"{base_url}/chat/completions", json=asked, timeout=LONGEST_MS / 1000)
        timings = reply.raise_for_status().json()["timings"]
    return _Speed(reading=timings["prompt_per_second"], writing=timings["predicted_per_second"])
