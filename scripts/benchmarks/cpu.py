"""Programs that only compute, and how long each takes in smolagents' own interpreter.

The same text runs everywhere; each program defines ``work``. The timing differs: our executors run
plain Python, so the code times itself there, while smolagents' interpreter is timed from outside.
Processor time counts, and the fastest of several runs, so a busy machine makes no difference.
"""

from __future__ import annotations

import json
import math
from time import process_time
from typing import Any

PROGRAMS = {
    "loops": """
def work():
    total = 0
    for i in range(10_000):
        if i % 3 == 0:
            total += i * 7 % 11
    return total
""",
    "recursion": """
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

def work():
    return fibonacci(14)
""",
    "primes": """
def work():
    limit = 4_000
    prime = [True] * limit
    for i in range(2, limit):
        if prime[i]:
            for multiple in range(i * i, limit, i):
                prime[multiple] = False
    return sum(prime) - 2
""",
    "strings": """
def work():
    words = []
    for i in range(1_500):
        word = ""
        for letter in str(i * 7919):
            word = letter + word
        words.append(word.replace("1", "one").upper())
    return len(" ".join(words))
""",
}

_TIMES_ITSELF = """
import json, time

def timed(work):
    durations, deadline = [], time.process_time() + 1
    while len(durations) < 5 or time.process_time() < deadline:
        started = time.process_time()
        result = work()
        durations.append(time.process_time() - started)
    return [result, min(durations)]

timings = {}
"""


def self_timing_code() -> str:
    """Code that ends in JSON text: program → [result, seconds]."""
    parts = [f"{code}\ntimings[{name!r}] = timed(work)\n" for name, code in PROGRAMS.items()]
    return f"{_TIMES_ITSELF}{''.join(parts)}\nanswer = json.dumps(timings)\n"


def smolagents_timings(runs: int = 5) -> dict[str, list[Any]]:
    """Program → [result, seconds] in smolagents' ``LocalPythonExecutor``."""
    from smolagents.local_python_executor import LocalPythonExecutor  # takes most of a second

    timings = {}
    for name, code in PROGRAMS.items():
        durations = []
        for _ in range(runs):
            executor = LocalPythonExecutor([])
            executor.send_tools({})
            executor(code)
            started = process_time()
            result = executor("work()").output
            durations.append(process_time() - started)
        timings[name] = [result, min(durations)]
    return timings


def ratios(ours: str, theirs: dict[str, list[Any]]) -> dict[str, float]:
    """Program → how many times faster ours is; ``ours`` is the JSON that the code ended in."""
    timings = json.loads(ours)
    for name in PROGRAMS:
        if timings[name][0] != theirs[name][0]:
            raise AssertionError(f"{name}: {timings[name][0]!r} is not {theirs[name][0]!r}")
    return {name: theirs[name][1] / timings[name][1] for name in PROGRAMS}


def geometric_mean(values: dict[str, float]) -> float:
    return math.exp(sum(map(math.log, values.values())) / len(values))
