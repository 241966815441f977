"""One task, two kinds of agent: compares their calls of the model, tokens and seconds.

A code agent does in one block what takes a tool-calling agent one call of the model per step.

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
    """Give both agents the task, and print what each of them used."""
    model = model or OpenAIModel("gpt-5-mini")
    print(f"{'':14}{'calls':>6}{'tokens in':>11}{'tokens out':>12}{'seconds':>9}  answer")
    for name, kind in (("code", CodeAgent), ("tool calling", ToolCallingAgent)):
        with kind([web_search, calculator], model) as agent:
            print(f"{name:14}{row(agent.run(TASK))}")


def row(result: RunResult) -> str:
    """Format what a run used. Each step is one call of the model."""
    usage = result.token_usage
    counts = f"{len(result.steps):>6}{usage.input_tokens:>11,}{usage.output_tokens:>12,}"
    return f"{counts}{result.timing.total_s:>9.2f}  {result.output}"


if __name__ == "__main__":
    main()
