"""One task, two kinds of agent: calls of the model, tokens and seconds, side by side.

A code agent does in one block what a tool-calling agent does in a call of the model for each step.

python docs/examples/code_or_tools.py        needs OPENAI_API_KEY
"""

from __future__ import annotations

from typing import Literal

from pyagent import CodeAgent, Model, OpenAIModel, RunResult, ToolCallingAgent, tool

TASK = "Find the Bitcoin price, calculate 2% of it."


@tool
def web_search(query: str) -> str:
    """Search the web.

    Args:
        query: What to look for.
    """
    return "67000"  # in place of a search engine, so that both agents see the same price


@tool
def calculator(operation: Literal["add", "multiply"], a: float, b: float) -> float:
    """Calculate with two numbers.

    Args:
        operation: What to do.
        a: The first number.
        b: The second number.
    """
    return a + b if operation == "add" else a * b


def main(model: Model | None = None) -> None:
    """Give both agents the task and print what each needed for it."""
    model = model or OpenAIModel("gpt-5-mini")
    print(f"{'':14}{'calls':>6}{'tokens in':>11}{'tokens out':>12}{'seconds':>9}  answer")
    for name, kind in (("code", CodeAgent), ("tool calling", ToolCallingAgent)):
        with kind([web_search, calculator], model) as agent:
            print(f"{name:14}{row(agent.run(TASK))}")


def row(result: RunResult) -> str:
    """What a run needed. Each step is one call of the model."""
    usage = result.token_usage
    counts = f"{len(result.steps):>6}{usage.input_tokens:>11,}{usage.output_tokens:>12,}"
    return f"{counts}{result.timing.total_s:>9.2f}  {result.output}"


if __name__ == "__main__":
    main()
