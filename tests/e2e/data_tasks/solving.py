"""Runs a data task in the page, and reads what came out."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage

from .task_files import Task, content

TABLE = "application/vnd.dataresource+json"
PICTURES = ("image/png", "image/svg+xml")

_ADD_INPUT = """() => {
  if (document.querySelector("input.task-files") !== null) return;
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true, className: "task-files" });
  document.body.append(input);
}"""
_RUN = """async (task) => {
  const made = [...document.querySelector("input.task-files").files];
  window.seen.length = 0;
  const { files: produced, ...result } = await document.querySelector("py-agent")
    .run(task, { files: made });
  result.made = {};
  for (const { path, blob } of produced) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    result.made[path] = btoa(text);
  }
  return result;
}"""


@dataclass(frozen=True, kw_only=True)
class Solved:
    """What a task's run gave."""

    result: dict[str, Any]
    output: Any
    answer: dict[str, Any]
    """The answer as a MIME bundle."""
    printed: list[str]
    """What each block printed."""
    errors: list[dict[str, Any] | None]
    """The error of each block."""
    pictures: int
    """The pictures that the person sees, the answer's included."""
    files: dict[str, bytes]

    @property
    def table(self) -> Any:
        """The answer's table."""
        return self.answer.get(TABLE)


def solve(page: AgentPage, task: Task) -> Solved:
    """Give the task to the agent, whose model replies with the task's steps."""
    page.page.evaluate(_ADD_INPUT)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, file["name"]) for file in task["files"]]
        for path, file in zip(paths, task["files"], strict=True):
            path.write_bytes(content(file))
        # By path: 30 MB as a part of a script take half a minute.
        page.page.set_input_files("input.task-files", paths)
        return _solve(page, task)


def _solve(page: AgentPage, task: Task) -> Solved:
    replies = [f"{step['say']}\n\n```python\n{step['code']}```\n" for step in task["steps"]]
    page.replies.clear()
    page.replies.extend(map(streamed, replies))
    result = page.page.evaluate(_RUN, task["question"])
    steps = range(1, len(replies) + 1)
    output = page.seen("step_output")
    printed = ["".join(m["text"] for m in output if m["step"] == step) for step in steps]
    finished = {message["step"]: message for message in page.seen("step_finished")}
    answer = (page.seen("run_finished")[-1].get("bundle")) or {}
    shown = [message["bundle"] for message in page.seen("step_display")]
    return Solved(
        result=result,
        output=result.get("output"),
        answer=answer,
        printed=printed,
        errors=[finished[step].get("error") if step in finished else None for step in steps],
        pictures=sum(any(kind in bundle for kind in PICTURES) for bundle in [*shown, answer]),
        files={path: base64.b64decode(data) for path, data in result["made"].items()},
    )
