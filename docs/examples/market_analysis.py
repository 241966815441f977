"""A market analysis by four agents: a coordinator, a researcher, an analyst and a writer.

The coordinator only hands out work. Each of the others has its own tools, instructions, memory and
sandbox. Their cost is counted in the coordinator's run.

python docs/examples/market_analysis.py        needs OPENAI_API_KEY
"""

from __future__ import annotations

import httpx

from pyagent import CodeAgent, Model, OpenAIModel, SqlTool, VisitWebpageTool, WikipediaTool

TASK = """Write a market analysis of coffee in Europe, in one paragraph. sales.csv has what we sold:
quarter, country, revenue in euros."""
SALES = b"""quarter,country,revenue
Q1,Portugal,120000
Q2,Portugal,138000
Q1,Spain,210000
Q2,Spain,205000
"""


def team(model: Model, transport: httpx.AsyncBaseTransport | None = None) -> CodeAgent:
    """Make the coordinator and its three agents. ``transport`` replaces the network."""
    researcher = CodeAgent(
        [WikipediaTool(transport=transport), VisitWebpageTool(transport=transport)],
        model,
        name="researcher",
        description="Finds facts in Wikipedia and on web pages, and names its sources.",
        instructions="Answer with facts only, each with its source.",
    )
    analyst = CodeAgent(
        [],
        model,
        name="analyst",
        description="Analyses rows of data with Python; give them as additional_args.",
        instructions="Answer with figures, and say how you came to them.",
    )
    writer = CodeAgent(
        [],
        model,
        name="writer",
        description="Writes a text from facts and figures that you give it.",
        instructions="Write plainly. Use what you are given and nothing else.",
    )
    return CodeAgent([SqlTool()], model, managed_agents=[researcher, analyst, writer])


def main(model: Model | None = None, transport: httpx.AsyncBaseTransport | None = None) -> None:
    """Run the analysis. Print who works on what, and then the text."""
    with team(model or OpenAIModel("gpt-5-mini"), transport) as coordinator:
        for event in coordinator.stream(TASK, files={"sales.csv": SALES}):
            if event.type == "run_started" and event.parent_run_id:
                print(f"{event.agent}: {event.task}")
        result = coordinator.last_result
    if result is not None:
        usage = result.token_usage
        print(f"\n{result.output}\n")
        print(f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out, all agents together")


if __name__ == "__main__":
    main()
