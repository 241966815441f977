"""Reads and writes the file of results of ``pyagent map``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pyagent.agents.batch import BatchItem
from pyagent.cli.task_files import Task, lines_of, parsed, text_in
from pyagent.errors import FileError


def read_done(path: Path, tasks: list[Task]) -> dict[int, bool]:
    """Which tasks have results in the file, by index, and whether each was answered.

    Removes the last line if it was cut off. Raises ``FileError`` when the results belong to other
    tasks.
    """
    if not path.exists():
        return {}
    _drop_cut_line(path)
    done: dict[int, bool] = {}
    for number, line in _lines(path):
        result = parsed(path, number, line)
        index = result.get("index") if isinstance(result, Mapping) else None
        if not isinstance(index, int) or not 0 <= index < len(tasks):
            raise _of_others(path, number)
        if text_of(tasks[index]) != result["task"]:
            raise _of_others(path, number)
        done[index] = done.get(index, False) or _is_answered(result)
    return done


def drop_failed(path: Path) -> None:
    """Remove the results of tasks that failed, because those tasks are tried again."""
    kept = [line for n, line in _lines(path) if _is_answered(parsed(path, n, line))]
    new = path.with_name(f"{path.name}.new")
    new.write_text("".join(f"{line}\n" for line in kept), "utf-8")
    os.replace(new, path)


def _is_answered(result: Mapping[str, Any]) -> bool:
    return result.get("success") is not False


def text_of(task: Task) -> str:
    """The text of a task, the same as in ``BatchItem.task``."""
    if isinstance(task, Mapping) and isinstance(task.get("task"), str):
        return str(task["task"])
    return str(task)


def write_result(file: IO[str], index: int, item: BatchItem) -> None:
    """Append a result. It stays in the file even if the command is stopped."""
    data = item.result.to_dict()
    line = {
        "index": index,
        "task": item.task,
        **{name: data[name] for name in ("success", "reason", "output", "problem", "token_usage")},
        "steps": len(item.result.steps),
        "seconds": round(item.result.timing.total_s, 3),
        "files": sorted(item.result.files),
    }
    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    file.flush()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    return lines_of(text_in(path))


def _drop_cut_line(path: Path) -> None:
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        path.write_bytes(data[: data.rfind(b"\n") + 1])


def _of_others(path: Path, number: int) -> FileError:
    return FileError(
        f"{path}, line {number} is the result of another task.",
        advice="Name another file with --output, or move this one away.",
    )
