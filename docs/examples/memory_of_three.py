"""An agent with a memory of three: it sees its last three interactions, and no more.

python docs/examples/memory_of_three.py        needs OPENAI_API_KEY
"""

from __future__ import annotations

from pyagent import CodeAgent, Model, OpenAIModel

QUESTIONS = (
    "What is the capital of France?",
    "And France borders which countries?",
    "Calculate the area of France.",
    "What's France's GDP?",
)


def main(model: Model | None = None) -> None:
    """Ask the four questions. After each one, print what the agent still remembers."""
    with CodeAgent([], model or OpenAIModel("gpt-5-mini"), memory_size=3) as agent:
        for question in QUESTIONS:
            result = agent.run(question)
            print(f"{question} {result.output}")
            for interaction in agent.memory.interactions:
                print(f"    remembers: {interaction.task.removeprefix('Task: ')}")


if __name__ == "__main__":
    main()
