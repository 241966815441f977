"""A local model solves tasks without a network, which takes minutes."""

from __future__ import annotations

from typing import Any

import models
from support.page.kept_page import KeptPage

ENGINE = "wllama/wllama.wasm"
SOLVE_MS = 900_000
RAIN = "month,rain\nJanuary,120\nFebruary,95\nMarch,85\n"

_LOAD = """async (model) => {
  const element = document.querySelector("py-agent");
  await element.configure({ model: { provider: "local", model }, agent: { maxSteps: 3 } });
}"""
_SOLVE = """([task, files, ms]) => Promise.race([
  document.querySelector("py-agent")
    .run(task, { files: files.map(([name, text]) => new File([text], name)), reset: true })
    .then(({ success, output }) => ({ success, output })),
  new Promise((_, reject) => setTimeout(() => reject(new Error("it takes too long")), ms)),
])"""


def solve(page: KeptPage, task: str, *files: tuple[str, str]) -> Any:
    """The answer to a task."""
    solved = page.page.evaluate(_SOLVE, [task, [list(file) for file in files], SOLVE_MS])
    assert solved["success"], solved
    return solved["output"]


def test_local_model_solves_a_sum_and_a_csv_without_a_network(kept: KeptPage, copy: Any) -> None:
    name = models.default_name()
    models.offer(models.fetch(name), copy.folder)
    kept.reload()  # the page has read the list of models
    kept.page.evaluate(_LOAD, name)
    kept.wait(f"await caches.match(new URL('{ENGINE}', document.baseURI))")
    copy.host.off()
    kept.close()

    page = kept.again()
    page.page.evaluate(_LOAD, name)

    assert solve(page, "What is 2% of 67000?") == 1340
    assert float(solve(page, "What is the sum of the column rain?", ("rain.csv", RAIN))) == 300
