"""Batches on a real Ray cluster on this machine, which is started once and ended with its tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from inquiries import INSTRUCTIONS, QUESTIONS, order_status, verdict
from pyagent import CodeAgent, ToolCallingAgent
from pyagent.agents.distributed import on_ray
from pyagent.concurrency import background
from support.agents.desk import Desk
from support.agents.far_tools import ByTask, end_this_process, environment, wait_for_ever
from support.agents.ray_cluster import KEY, wait_for_ends

pytestmark = pytest.mark.usefixtures("cluster")


def ray_batch(batch: Any) -> on_ray.RayBatch:
    inner = batch._batch
    assert isinstance(inner, on_ray.RayBatch)
    return inner


def workers_of(batch: Any) -> list[int]:
    """The process ids of a batch's workers."""
    return [int(each["pid"]) for each in background.call(ray_batch(batch).processes())]


def test_task_that_ends_its_workers_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comes first: the cluster that it begins has one core, and the next tests want more."""
    tasks = ["call end_this_process", *(f"say {number}" for number in range(12))]
    with (
        ToolCallingAgent([end_this_process], ByTask()) as agent,
        agent.map(tasks, engine="ray", workers=1, concurrency=3) as batch,
    ):
        results = {item.index: item.result for item in batch}
    assert len(results) == len(tasks)
    assert results[0].problem is not None
    assert (results[0].problem.kind, results[0].success) == ("worker_lost", False)
    assert [results[n].output for n in range(1, 13)] == tasks[1:]


def test_thousand_inquiries_survive_the_kill_of_a_worker() -> None:
    tasks = [text.format(number) for number, text in enumerate(islice(cycle(QUESTIONS), 1000))]
    with ToolCallingAgent([order_status], Desk(), instructions=INSTRUCTIONS) as agent:
        seen = []
        options: Any = {"engine": "ray", "workers": 2, "concurrency": 10, "count_by": verdict}
        with agent.map(tasks, **options) as batch:
            for item in batch:
                seen.append((item.index, item.task))
                if item.done == 400:
                    first, second = workers_of(batch)
                    os.kill(first, signal.SIGKILL)
            summary = batch.summary
        assert sorted(seen) == list(enumerate(tasks))
        assert dict(summary.counts) == {"answered": 850, "escalated": 150}
        assert ray_batch(batch).lost_workers == 1
        assert ray_batch(batch).retries >= 1
        assert (agent.state.runs, agent.state.steps) == (1000, 1850)
        assert agent.state.token_usage == summary.token_usage
        wait_for_ends([first, second])


def test_interrupt_ends_the_runs_and_their_workers() -> None:
    with ToolCallingAgent([wait_for_ever], ByTask()) as agent:
        batch = agent.map(["say 1", *["call wait_for_ever"] * 5], engine="ray", concurrency=3)
        assert next(batch).result.success
        workers = workers_of(batch)
        threading.Timer(0.2, agent.interrupt).start()
        assert list(batch) == []
    wait_for_ends(workers)


def test_workers_take_keys_from_their_environment() -> None:
    with (
        ToolCallingAgent([environment], ByTask()) as agent,
        agent.map([f"call environment {KEY}"], engine="ray", concurrency=1) as batch,
    ):
        assert [item.result.output for item in batch] == ["from the environment"]


def test_code_and_files_go_to_a_worker_and_come_back(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("9")
    code = "code n = open('in.txt').read(); open('out.txt', 'w').write(n * 2); final_answer(n * k)"
    task = {"task": code, "files": [tmp_path / "in.txt"], "additional_args": {"k": 3}}
    with (
        CodeAgent([], ByTask()) as agent,
        agent.map([task], engine="ray", concurrency=1) as batch,
    ):
        (item,) = batch
    assert item.result.output == "999"
    assert item.result.files == {"out.txt": b"99"}
    assert item.result.steps[0].type == "action"


def test_bad_task_and_bad_values_fail_like_other_tasks() -> None:
    tasks: list[Any] = [{"task": "say 1", "additional_args": {"k": object()}}, 7, "say 2"]
    with (
        ToolCallingAgent([], ByTask()) as agent,
        agent.map(tasks, engine="ray", concurrency=2) as batch,
    ):
        results = {item.index: item.result for item in batch}
    assert [results[n].success for n in range(3)] == [False, False, True]
    assert results[0].problem is not None
    assert "cannot be sent to a worker" in results[0].problem.message


def test_cluster_of_an_address_is_joined() -> None:
    """Another program does its batch on the cluster of this one."""
    import ray  # not above: importing it takes a second, also when other tests are chosen

    with (
        ToolCallingAgent([], ByTask()) as agent,
        agent.map(["say 1"], engine="ray", concurrency=1) as batch,
    ):
        assert next(batch).result.success
    ours = ray.get_runtime_context()
    code = (
        "import ray\n"
        "from pyagent import ToolCallingAgent\n"
        "from support.agents.far_tools import ByTask\n"
        "with ToolCallingAgent([], ByTask()) as agent:\n"
        "    batch = agent.map(['say 2', 'say 3'], engine='ray', workers=1, concurrency=2)\n"
        "    print(sorted(item.result.output for item in batch))\n"
        "print(ray.get_runtime_context().gcs_address, ray.get_runtime_context().get_job_id())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"RAY_ADDRESS": ours.gcs_address},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    answers, where = ran.stdout.splitlines()
    assert answers == "['say 2', 'say 3']"
    address, _, job = where.partition(" ")
    assert address == ours.gcs_address
    assert job != ours.get_job_id()


def test_cluster_out_of_reach_is_told() -> None:
    code = (
        "from pyagent import AgentError, ToolCallingAgent\n"
        "from support.agents.far_tools import ByTask\n"
        "try:\n"
        "    next(ToolCallingAgent([], ByTask()).map(['say 1'], engine='ray'))\n"
        "except AgentError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"RAY_ADDRESS": "ray://127.0.0.1:1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.stdout.startswith("The Ray cluster cannot be reached: "), ran.stderr
    assert "Check RAY_ADDRESS" in ran.stdout
