"""A local model without a network: its weights, its engine and the list that names it are kept."""

from __future__ import annotations

from typing import Any

import models
from support.page.kept_page import KeptPage

SMALLEST = "smollm2-135m"
ENGINE = "wllama/wllama.wasm"

_LOAD = """async (model) => {
  const element = document.querySelector("py-agent");
  await element.configure({ model: { provider: "local", model }, agent: { maxSteps: 1 } });
}"""
_WRITE = """async (task) => {
  const element = document.querySelector("py-agent");
  const written = new Promise((resolve) =>
    element.addEventListener("pyagent-message", ({ detail }) => {
      if (detail.type === "model_delta") resolve(detail.text);
    }),
  );
  const ended = element.run(task);
  const first = await Promise.race([written, ended]);
  element.stop();
  await ended;
  return typeof first === "string" ? first : "";
}"""


def test_loaded_model_answers_without_a_network(kept: KeptPage, copy: Any) -> None:
    models.offer(models.fetch(SMALLEST), copy.folder)
    kept.reload()  # the page has read the list of models
    kept.page.evaluate(_LOAD, SMALLEST)
    kept.wait(f"await caches.match(new URL('{ENGINE}', document.baseURI))")
    assert sum(ENGINE in path for path in copy.host.sent) == 1
    copy.host.off()
    kept.close()

    page = kept.again()
    page.page.evaluate(_LOAD, SMALLEST)

    assert page.page.evaluate(_WRITE, "Write a story about the sea.")
