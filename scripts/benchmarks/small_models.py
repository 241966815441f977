"""Small models on small tasks: how many each solves, with how many input tokens.

Compares our ``CodeAgent`` with that of smolagents, on the same weights in llama.cpp's own server,
with the same tools, temperature and limits. Time is not compared. smolagents gets only the first
tasks of each group, as all would take hours; its attempts are kept in .cache/bench, because no
change of ours changes them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx

import models
from benchmarks.held_out_tasks import TASKS
from benchmarks.small_tasks import GROUPS, SmallTask, solved
from pyagent import CodeAgent, Limits, OpenAIModel, tool
from support.models.peers import llama_server

MODELS = ("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
CONTEXT_TOKENS = 8_192
MAX_STEPS = 5
MAX_TOKENS = 400
MAX_SECONDS = 300.0
SMOLAGENTS_TASKS = 3
"""How many tasks of each group smolagents gets."""
KEPT = Path(__file__).resolve().parents[2] / ".cache" / "bench"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One agent's work on one task."""

    group: str
    solved: bool
    input_tokens: int
    output_tokens: int
    steps: int
    answer: str


def measure(names: Sequence[str] = MODELS) -> dict[str, dict[str, list[Attempt]]]:
    """Model → agent → its attempts."""
    attempts: dict[str, dict[str, list[Attempt]]] = {}
    for name in names:
        # One agent after the other, so that each finds its prompts in the server's cache. There are
        # two slots, because smolagents asks for a last answer with a different prompt.
        with llama_server(models.fetch(name), context_tokens=CONTEXT_TOKENS, slots=2) as base_url:
            agents = {
                "pyagent": (partial(_ours, base_url), TASKS),
                "smolagents": (partial(_kept_smolagents, base_url, name), _first_of_groups()),
            }
            attempts[name] = {
                agent: list(_attempts(f"{name}, {agent}", attempt, tasks))
                for agent, (attempt, tasks) in agents.items()
            }
    return attempts


def _first_of_groups() -> list[SmallTask]:
    return [
        task
        for group in GROUPS
        for task in [task for task in TASKS if task.group == group][:SMOLAGENTS_TASKS]
    ]


def _attempts(
    label: str, attempt: Callable[[SmallTask], Attempt], tasks: Sequence[SmallTask]
) -> Iterator[Attempt]:
    for i, task in enumerate(tasks, start=1):
        tried = attempt(task)
        outcome = "right" if tried.solved else f"wrong: {tried.answer[:60]!r}"
        print(f"bench: {label}, task {i} of {len(tasks)} {outcome}", file=sys.stderr, flush=True)
        yield tried


def table(attempts: dict[str, dict[str, list[Attempt]]]) -> str:
    """The figures as a Markdown table, a line for each group of tasks."""
    lines = [
        "| model | agent | tools in reach | solved | input tokens a task | output tokens | steps |",
        "|---|---|---|---|---|---|---|",
    ]
    for model, agents in attempts.items():
        for agent, tried in agents.items():
            for group in (*GROUPS, ""):
                chosen = [attempt for attempt in tried if group in ("", attempt.group)]
                lines.append(f"| {model} | {agent} | {group or 'all'} | {_figures(chosen)} |")
    return "\n".join(lines)


def _figures(tried: Sequence[Attempt]) -> str:
    read, written, steps = (
        sum(getattr(attempt, name) for attempt in tried) / len(tried)
        for name in ("input_tokens", "output_tokens", "steps")
    )
    right = sum(attempt.solved for attempt in tried)
    return f"{right} of {len(tried)} | {read:,.0f} | {written:,.0f} | {steps:.1f}"


def _ours(base_url: str, task: SmallTask) -> Attempt:
    async def run() -> Attempt:
        model = OpenAIModel(
            "local",
            base_url=base_url,
            api_key="",
            prompt_style="short",
            temperature=0,
            max_tokens=MAX_TOKENS,
            context_tokens=CONTEXT_TOKENS,
        )
        tools = [tool(function) for function in task.tools]
        limits = Limits(seconds=MAX_SECONDS)
        async with CodeAgent(tools, model, max_steps=MAX_STEPS, limits=limits) as agent:
            result = await agent.arun(task.text)
        await model.aclose()
        return Attempt(
            group=task.group,
            solved=solved(task, result.output),
            input_tokens=result.token_usage.input_tokens,
            output_tokens=result.token_usage.output_tokens,
            steps=len(result.steps),
            answer=str(result.output),
        )

    return asyncio.run(run())


def _kept_smolagents(base_url: str, model: str, task: SmallTask) -> Attempt:
    """The attempt of an earlier run at the same task with the same settings, or a new one."""
    limits = (CONTEXT_TOKENS, MAX_STEPS, MAX_TOKENS)
    what = [version("smolagents"), model, limits, task.text, [f.__name__ for f in task.tools]]
    kept = KEPT / f"{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]}.json"
    if kept.exists():
        return Attempt(**json.loads(kept.read_text()))
    tried = _smolagents(base_url, task)
    KEPT.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(tried)))
    return tried


def _smolagents(base_url: str, task: SmallTask) -> Attempt:
    import smolagents  # takes most of a second

    class ServerModel(smolagents.Model):  # type: ignore[misc]
        """Calls the server over plain HTTP: smolagents' own client needs another package."""

        def generate(
            self, messages: Any, stop_sequences: Any = None, **_: Any
        ) -> smolagents.ChatMessage:
            prepared = self._prepare_completion_kwargs(
                messages, stop_sequences=stop_sequences, flatten_messages_as_text=True
            )
            body = {
                "messages": [
                    {"role": str(getattr(m["role"], "value", m["role"])), "content": m["content"]}
                    for m in prepared["messages"]
                ],
                "stop": stop_sequences,
                "temperature": 0,
                "max_tokens": MAX_TOKENS,
            }
            answer = httpx.post(f"{base_url}/chat/completions", json=body, timeout=None).json()
            if "choices" not in answer:
                raise RuntimeError(str(answer))
            used = answer["usage"]
            return smolagents.ChatMessage(
                role="assistant",
                content=answer["choices"][0]["message"]["content"],
                token_usage=smolagents.TokenUsage(
                    input_tokens=used["prompt_tokens"], output_tokens=used["completion_tokens"]
                ),
            )

    agent = smolagents.CodeAgent(
        tools=[smolagents.tool(function) for function in task.tools],
        model=ServerModel(),
        max_steps=MAX_STEPS,
        verbosity_level=0,
        additional_authorized_imports=["csv", "json", "io", "calendar"],
    )
    try:
        answer = agent.run(task.text)
    except Exception as error:
        # The model read the tokens all the same.
        answer = f"{type(error).__name__}: {error}"
    used = agent.monitor.get_total_token_counts()
    return Attempt(
        group=task.group,
        solved=solved(task, answer),
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        steps=agent.step_number,
        answer=str(answer),
    )
