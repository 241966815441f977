"""State that lasts over three runs: the configuration, the totals and the code's variables.

python docs/examples/persistent_state.py        needs OPENAI_API_KEY
"""

from __future__ import annotations

from pyagent import CodeAgent, Model, OpenAIModel, TokenUsage, tool

TASKS = ("Find the Bitcoin price.", "Convert it to EUR.", "Calculate a 10% gain on that.")


@tool
def bitcoin_price() -> float:
    """The price of a bitcoin in US dollars."""
    return 67_000.0


def main(model: Model | None = None) -> None:
    """Solve three tasks that build on each other, with one agent."""
    with CodeAgent([bitcoin_price], model or OpenAIModel("gpt-5-mini")) as agent:
        for task in TASKS:
            result = agent.run(task)
            print(f"{task} {result.output} ({len(result.steps)} steps, {told(result.token_usage)})")
        state = agent.state
    print(
        f"{state.runs} runs, {state.steps} steps, {told(state.token_usage)}, {state.seconds:.1f} s"
    )


def told(usage: TokenUsage) -> str:
    """Format tokens in and out, and their cost."""
    cost = "cost unknown" if usage.cost_usd is None else f"${usage.cost_usd:.5f}"
    return f"{usage.input_tokens} in, {usage.output_tokens} out, {cost}"


if __name__ == "__main__":
    main()
