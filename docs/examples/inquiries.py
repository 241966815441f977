"""1,000 customer inquiries, 10 agents at once: how many are answered, how many need a person?

python docs/examples/inquiries.py        needs OPENAI_API_KEY; 1,000 short runs cost some cents
"""

from __future__ import annotations

from itertools import cycle, islice

from pyagent import Model, OpenAIModel, RunResult, ToolCallingAgent, tool

QUESTIONS = (
    *("Where is my order {}?", "When will order {} arrive?", "Has order {} left already?"),
    *("Which service carries order {}?", "What is in order {}?", "Is order {} paid?"),
    *("May I add something to order {}?", "Can order {} be gift-wrapped?"),
    *("Is order {} insured?", "Does order {} need a signature?", "Is there a bill for order {}?"),
    *("Can I pick order {} up?", "Is order {} in one parcel?", "Who packed order {}?"),
    *("What does order {} weigh?", "Which address has order {}?", "Is order {} complete?"),
    *("Order {} arrived broken. I want my money back.", "My lawyer will write about order {}."),
    "You charged me twice for order {}!",
)
ESCALATED = "ESCALATE"
INSTRUCTIONS = f"""You answer customers' inquiries in one sentence. When a person has to decide
(refunds, complaints, anything legal), give {ESCALATED} as the answer and nothing else."""


@tool
def order_status(number: int) -> dict[str, str]:
    """What is known of an order.

    Args:
        number: The order's number.
    """
    return {"state": "sent", "arrives": "tomorrow", "carrier": f"truck {number % 7}"}


def verdict(result: RunResult) -> str:
    """Return whether an inquiry was answered, needs a person, or failed."""
    if not result.success:
        return "failed"
    return "escalated" if str(result.output).strip() == ESCALATED else "answered"


def main(model: Model | None = None, *, count: int = 1000, sample: int = 20) -> None:
    """Solve ``count`` inquiries with 10 agents, and ``sample`` of them again one by one."""
    inquiries = [
        question.format(number) for number, question in enumerate(islice(cycle(QUESTIONS), count))
    ]
    model = model or OpenAIModel("gpt-5-mini")
    with ToolCallingAgent([order_status], model, instructions=INSTRUCTIONS) as agent:
        batch = agent.map(inquiries, concurrency=10, count_by=verdict)
        for item in batch:
            if item.done % 100 == 0:
                print(f"{item.done} of {item.total} after {item.seconds:.1f} s")
        alone = agent.map(inquiries[:sample], concurrency=1)
        for _ in alone:
            pass
    summary = batch.summary
    answered, escalated = summary.counts["answered"], summary.counts.get("escalated", 0)
    print(f"{answered} answered, {escalated} escalated")
    print(f"resolution rate {summary.share('answered'):.0%}")
    usage = summary.token_usage
    print(f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out")
    one_by_one = alone.summary.seconds / sample * count
    print(f"{summary.seconds:.1f} s; one after another about {one_by_one:.1f} s,", end=" ")
    print(f"{one_by_one / summary.seconds:.1f} times as long")


if __name__ == "__main__":
    main()
