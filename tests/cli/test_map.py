"""``pyagent map``: a file of tasks and a file of results."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from support.models.scripted_server import Reply, ScriptedServer, endless, refused, streamed
from support.terminal import at, invoke

ROOT = Path(__file__).parents[2]
ANSWER = streamed("Done.")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def map_(replies: list[Reply], *args: str, kind: str = "tool-calling") -> Result:
    """``pyagent map`` on a scripted server."""
    with ScriptedServer(replies) as server:
        return invoke("map", *args, "--agent", kind, *at(server))


def results_in(path: str) -> dict[int, dict[str, Any]]:
    lines = Path(path).read_text().splitlines()
    return {result["index"]: result for result in map(json.loads, lines)}


def test_each_line_is_a_task_and_each_result_is_a_line() -> None:
    Path("tasks.txt").write_text("One.\n\n  Two.\n")
    result = map_([ANSWER, ANSWER], "tasks.txt")
    results = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert sorted((r["index"], r["task"]) for r in results) == [(0, "One."), (1, "Two.")]
    assert {(r["output"], r["success"], r["steps"]) for r in results} == {("Done.", True, 1)}
    assert results[0]["token_usage"]["input_tokens"] == 7
    assert "2 tasks: 2 answered (100%) · 14 + 10 tokens · cost unknown · " in result.stderr
    assert re.search(r"\d\.\d a second$", result.stderr.strip())


def test_tasks_in_json_lines_have_options_and_their_files_are_saved() -> None:
    Path("in.csv").write_text("a\n1\n")
    Path("tasks.jsonl").write_text('"Go."\n{"task": "Copy.", "files": ["in.csv"]}\n')
    code = (
        "import os\nif os.path.exists('in.csv'):\n"
        "    open('out.csv', 'w').write('a')\nfinal_answer(os.path.exists('in.csv'))"
    )
    replies = [streamed(f"```python\n{code}\n```")] * 2
    args = ("tasks.jsonl", "-o", "results.jsonl", "--output-dir", "made")
    result = map_(replies, *args, kind="code")
    assert (result.exit_code, result.stdout) == (0, "")
    results = results_in("results.jsonl")
    assert [results[i]["output"] for i in (0, 1)] == [False, True]
    assert results[1]["files"] == ["out.csv"]
    assert Path("made/2/out.csv").read_text() == "a"


def test_failed_task_is_reported_and_exit_code_is_1() -> None:
    Path("tasks.txt").write_text("One.\nTwo.\n")
    result = map_([ANSWER, refused(404, "no such model")], "tasks.txt", "-c", "1")
    assert result.exit_code == 1
    assert "Task 2: " in result.stderr
    assert "1 answered (50%), 1 error (50%)" in result.stderr


def test_finished_tasks_are_not_done_again() -> None:
    Path("tasks.txt").write_text("One.\nTwo.\nThree.\n")
    args = ("tasks.txt", "-o", "results.jsonl")
    map_([ANSWER] * 3, *args)
    lines = Path("results.jsonl").read_text().splitlines(keepends=True)
    first = [line for line in lines if '"index": 0' in line]
    Path("results.jsonl").write_text("".join([*first, '{"index": 1, "ta']))
    with ScriptedServer([ANSWER] * 3) as server:
        result = invoke("map", *args, "--agent", "tool-calling", *at(server))
        tasks = {request.json["messages"][-1]["content"] for request in server.requests}
    assert tasks == {"Task: Two.", "Task: Three."}
    assert "1 of 3 tasks were done before." in result.stderr
    assert sorted(results_in("results.jsonl")) == [0, 1, 2]


def test_failed_tasks_are_tried_again() -> None:
    Path("tasks.txt").write_text("One.\nTwo.\nThree.\n")
    args = ("tasks.txt", "-o", "results.jsonl", "-c", "1")
    assert map_([ANSWER, refused(401, "bad key"), ANSWER], *args).exit_code == 1
    assert results_in("results.jsonl")[1]["success"] is False
    failed_again = map_([refused(401, "bad key")], *args)
    assert failed_again.exit_code == 1
    assert "2 of 3 tasks were done before.\n1 task failed before: tried again." in (
        failed_again.stderr
    )
    assert map_([ANSWER], *args).exit_code == 0
    lines = Path("results.jsonl").read_text().splitlines()
    assert sorted((r["index"], r["success"]) for r in map(json.loads, lines)) == [
        (0, True),
        (1, True),
        (2, True),
    ]
    assert "failed" not in map_([], *args).stderr


def test_failed_results_stay_until_the_tasks_are_tried_again() -> None:
    Path("tasks.txt").write_text("One.\n")
    args = ("tasks.txt", "-o", "results.jsonl")
    map_([refused(401, "bad key")], *args)
    before = Path("results.jsonl").read_text()
    assert invoke("map", *args, "--provider", "moon").exit_code == 2
    assert Path("results.jsonl").read_text() == before


def test_task_that_ran_out_of_steps_is_tried_again() -> None:
    Path("tasks.txt").write_text("One.\n")
    args = ("tasks.txt", "-o", "results.jsonl", "--max-steps", "1")
    call = streamed("```python\nx = 1\n```")
    assert map_([call, ANSWER], *args, kind="code").exit_code == 1
    assert map_([streamed("```python\nfinal_answer(1)\n```")], *args, kind="code").exit_code == 0
    assert results_in("results.jsonl")[0]["output"] == 1


@pytest.mark.parametrize(
    ("tasks", "results", "message"),
    [
        ('"a"\n{"task"', "", "tasks.jsonl, line 2 is not JSON"),
        ('"a"\n', '{"index": 0, "task": "b"}\n', "line 1 is the result of another task"),
        ('"a"\n', '{"index": 7, "task": "a"}\n', "line 1 is the result of another task"),
        ('"a"\n', "[]\n", "line 1 is the result of another task"),
        (None, "", "tasks.jsonl cannot be read: No such file"),
    ],
)
def test_wrong_files_are_explained_with_exit_code_2(
    tasks: str | None, results: str, message: str
) -> None:
    if tasks is not None:
        Path("tasks.jsonl").write_text(tasks)
    Path("results.jsonl").write_text(results)
    result = map_([], "tasks.jsonl", "-o", "results.jsonl")
    assert result.exit_code == 2
    assert message in result.stderr
    assert Path("results.jsonl").read_text() == results


def test_output_that_cannot_be_written_is_explained() -> None:
    Path("tasks.txt").write_text("One.\n")
    result = map_([], "tasks.txt", "-o", "nowhere/results.jsonl")
    assert result.exit_code == 2
    assert "nowhere/results.jsonl cannot be written: No such file" in result.stderr


def test_ctrl_c_keeps_finished_results_and_exits_with_130(tmp_path: Path) -> None:
    Path("tasks.txt").write_text("One.\nTwo.\n")
    command = [sys.executable, "-c", "from pyagent.cli import main; main()", "map", "tasks.txt"]
    with ScriptedServer([ANSWER, endless("word ")]) as server:
        process = subprocess.Popen(
            [*command, "--agent", "tool-calling", "-c", "1", *at(server)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            first = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (first["index"], first["output"]) == (0, "Done.")
    assert process.returncode == 130
    assert b"Stopped." in error
    assert b"1 task: 1 answered" in error
    assert b"Traceback" not in error


def test_workers_need_the_engine_that_has_them() -> None:
    Path("tasks.txt").write_text("One.\n")
    result = map_([], "tasks.txt", "--workers", "2")
    assert (result.exit_code, "--workers needs --engine ray" in result.stderr) == (2, True)
    result = map_([], "tasks.txt", "--engine", "ray", "-c", "1", "--workers", "2")
    assert (result.exit_code, "--workers is at most --concurrency" in result.stderr) == (2, True)


def test_tasks_are_solved_on_a_ray_cluster_that_ends_with_the_command() -> None:
    """The key reaches the workers by their environment, and the tasks in another process."""
    Path("tasks.txt").write_text("One.\nTwo.\nThree.\n")
    with (
        tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder,
        ScriptedServer([ANSWER] * 3) as server,
    ):
        program = "from pyagent.cli import main; main()"
        command = ["-c", program, "map", "tasks.txt", "--agent", "tool-calling", *at(server)]
        more = ["--engine", "ray", "--workers", "1", "-c", "3", "-o", "results.jsonl"]
        environment = {k: v for k, v in os.environ.items() if k != "RAY_ADDRESS"}
        ran = subprocess.run(
            [sys.executable, *command, *more],
            env=environment | {"RAY_TMPDIR": folder, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stderr
        sent = {(r.method, r.headers.get("authorization")) for r in server.requests}
        assert sent == {("POST", "Bearer sk-test")}
    results = results_in("results.jsonl")
    assert {index: r["output"] for index, r in results.items()} == dict.fromkeys(range(3), "Done.")
    assert "sk-test" not in ran.stderr + ran.stdout
    assert "3 tasks: 3 answered (100%)" in ran.stderr
