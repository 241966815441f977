"""Compares a code agent with a tool-calling agent on one task: calls, tokens and seconds.

The model's replies are scripted; everything else is real. Requests go out in OpenAI's format,
tokens are counted by the bytes of requests and replies, and a reply takes as long as a hosted model
would need for so many tokens. The tool-calling agent asks for several tools at once wherever it
can.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

import httpx

from benchmarks.report import Figure
from pyagent import CodeAgent, OpenAIModel, RunResult, ToolCallingAgent, tool
from support.models.wire_replies import reply_in_format, tokens_of

FIRST_TOKEN_S = 0.3
READ_PER_S = 5_000
WRITTEN_PER_S = 100
"""The speed of an average hosted model. It affects the seconds, not the calls and tokens."""

TASK = "Which of bitcoin, ether and solana gained most in a year, and what are 2% of its price?"
PRICES = {"bitcoin": (60_000, 67_000), "ether": (3_000, 2_700), "solana": (120, 180)}

CODE = """I compare the coins and take 2% of the best one's price.
```python
prices = {coin: (price(coin, 2025), price(coin, 2026)) for coin in ("bitcoin", "ether", "solana")}
best = max(prices, key=lambda coin: prices[coin][1] / prices[coin][0])
final_answer(f"{best}: 2% of its price are {prices[best][1] * 0.02:.2f} US dollars")
```"""
CALLS = [
    [
        {"name": "price", "arguments": {"coin": coin, "year": year}}
        for coin in PRICES
        for year in (2025, 2026)
    ],
    [
        {"name": "calculate", "arguments": {"operation": "divide", "a": new, "b": old}}
        for old, new in PRICES.values()
    ],
    [{"name": "calculate", "arguments": {"operation": "multiply", "a": 180, "b": 0.02}}],
    [
        {
            "name": "final_answer",
            "arguments": {"answer": "solana: 2% of its price are 3.60 US dollars"},
        }
    ],
]


@tool
def price(coin: str, year: int) -> float:
    """The price of a coin at the end of a year, in US dollars.

    Args:
        coin: Its name.
        year: 2025 or 2026.
    """
    return PRICES[coin][year - 2025]


@tool
def calculate(operation: Literal["multiply", "divide"], a: float, b: float) -> float:
    """Calculate with two numbers.

    Args:
        operation: What to do.
        a: The first number.
        b: The second number.
    """
    return a * b if operation == "multiply" else a / b


def comparison(*, pace: float = 1.0) -> dict[str, Figure]:
    """What tool calling needs for the task, as a multiple of what code needs.

    ``pace`` is a factor for the time that the model takes; 0 makes it reply at once.
    """
    code = asyncio.run(_code(pace))
    calls = asyncio.run(_calls(pace))
    needed = {"code": _needed(code), "tool_calling": _needed(calls)}
    return {
        f"tool_calling_vs_code_{what}": Figure(
            value=needed["tool_calling"][what] / needed["code"][what],
            unit="x",
            details={kind: values[what] for kind, values in needed.items()},
        )
        for what in needed["code"]
    }


async def _code(pace: float) -> RunResult:
    async with CodeAgent([price, calculate], _model([CODE], pace)) as agent:
        await agent.prepare()
        return (await agent.arun(TASK)).raise_for_problem()


async def _calls(pace: float) -> RunResult:
    replies = [json.dumps(calls) for calls in CALLS]
    async with ToolCallingAgent([price, calculate], _model(replies, pace)) as agent:
        return (await agent.arun(TASK)).raise_for_problem()


def _model(replies: list[str], pace: float) -> OpenAIModel:
    """A model that gives ``replies``, each as slowly as a hosted model."""
    script = iter(replies)

    async def answer(request: httpx.Request) -> httpx.Response:
        said = next(script)
        read, written = tokens_of(request.content), tokens_of(said.encode())
        await asyncio.sleep(pace * (FIRST_TOKEN_S + read / READ_PER_S + written / WRITTEN_PER_S))
        response: httpx.Response = reply_in_format(request, said)
        return response

    return OpenAIModel(
        "hosted",
        base_url="http://127.0.0.1/v1",
        supports_tools=True,
        transport=httpx.MockTransport(answer),
    )


def _needed(result: RunResult) -> dict[str, Any]:
    usage = result.token_usage
    return {
        "model_calls": len(result.steps),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "seconds": result.timing.total_s,
    }
