"""What the page sends along with a task: files as buffers, pictures, values and a step limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyagent.agents.base import Agent
from pyagent.agents.inputs.images import MAX_IMAGE_BYTES
from pyagent.agents.run.options import RunOptions
from pyagent.pictures import image_type
from pyagent.protocol import BatchTask, FileInfo, StartBatch, StartRun


def named_files(infos: Sequence[FileInfo], buffers: Iterator[bytes]) -> dict[str, bytes]:
    """Take the next buffers, one for each file, and put them under the files' paths."""
    return {info.path: next(buffers) for info in infos}


def run_options(agent: Agent, task: StartRun | BatchTask, files: dict[str, bytes]) -> RunOptions:
    """The options for the agent's run. A model that sees is shown the pictures among the files."""
    images = [data for data in files.values() if _is_picture(data)]
    return {
        "files": files,
        "images": images if agent.model.supports_images else [],
        "additional_args": task.additional_args,
        "max_steps": task.max_steps,
    }


def batch_tasks(
    agent: Agent, message: StartBatch, buffers: Sequence[bytes]
) -> list[dict[str, Any]]:
    """The tasks of a batch as ``Agent.map`` takes them, each with the files that all share."""
    given = iter(buffers)
    shared = named_files(message.files, given)
    tasks: list[dict[str, Any]] = []
    for task in message.tasks:
        files = shared | named_files(task.files, given)
        tasks.append({"task": task.task, **run_options(agent, task, files)})
    return tasks


def _is_picture(data: bytes) -> bool:
    return bool(image_type(data)) and len(data) <= MAX_IMAGE_BYTES
