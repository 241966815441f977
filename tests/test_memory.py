"""Steps, the ring of interactions, and the messages that are made from them."""

from __future__ import annotations

import json

import pytest

from pyagent import ActionStep, Image, Memory, PlanningStep, TokenUsage
from pyagent.errors import ProtocolError
from pyagent.memory import SummaryStep, ToolResult
from pyagent.messages import ToolUse
from pyagent.protocol import ErrorInfo
from pyagent.texts import cut_middle


def filled(*observations: str) -> Memory:
    """A memory with one interaction of these observations."""
    memory = Memory()
    memory.begin("Task: one")
    for i, observation in enumerate(observations, start=1):
        memory.add(ActionStep(number=i, reply=f"reply {i}", code="x", observation=observation))
    return memory


def actions(memory: Memory) -> list[ActionStep]:
    return [step for step in memory.steps if isinstance(step, ActionStep)]


def test_user_and_assistant_take_turns_over_interactions() -> None:
    memory = filled("Observation: a", "")
    memory.end(output="plain answer")
    memory.begin("Task: two")
    contents = [(message.role, message.content) for message in memory.messages("system")]
    assert contents == [
        ("system", "system"),
        ("user", "Task: one"),
        ("assistant", "reply 1"),
        ("user", "Observation: a"),
        ("assistant", "reply 2"),
        ("user", "Task: two"),
    ]


def test_messages_are_the_same_whether_built_step_by_step_or_at_once() -> None:
    memory = filled("Observation: a", "Observation: b")
    memory.end(closing="(stopped)")
    memory.begin("Task: two")
    memory.add(ActionStep(number=1, reply="reply", code="", observation="Observation: c"))
    before = memory.messages("system")
    memory.begin("Task: dropped")
    memory.end()
    assert memory.messages("system") == before


def test_interaction_without_a_step_or_an_answer_is_forgotten() -> None:
    memory = filled("Observation: a")
    memory.end(output=1)
    memory.begin("Task: two")
    memory.end(closing="(failed)")
    assert [interaction.task for interaction in memory.interactions] == ["Task: one"]


def test_ring_counts_the_running_interaction() -> None:
    memory = Memory(size=2)
    for task in "abc":
        memory.begin(task)
        memory.add(ActionStep(number=1, reply=task, code="", observation=""))
    assert [interaction.task for interaction in memory.interactions] == ["b", "c"]
    assert [step.reply for step in memory.steps] == ["b", "c"]


def test_shortening_cuts_old_outputs_first_and_spares_the_newest() -> None:
    memory = filled("a" * 5_000, "short", "b" * 5_000, "c" * 5_000)
    assert memory.shorten(1) > 4_000
    lengths = [len(step.observation) for step in actions(memory)]
    assert lengths[0] < 400
    assert lengths[1:] == [5, 5_000, 5_000]
    assert memory.shorten(100_000) > 4_000
    assert memory.shorten(100_000) == 0
    assert len(actions(memory)[-1].observation) == 5_000


def test_shortening_cuts_the_results_of_native_tool_calls_too() -> None:
    memory = Memory()
    memory.begin("Task: one")
    for number in (1, 2):
        use = ToolUse(id=f"call_{number}", name="look")
        result = ToolResult(tool_use_id=use.id, text="x" * 5_000)
        memory.add(ActionStep(number=number, reply="", tool_uses=(use,), tool_results=(result,)))
    assert memory.shorten(1) > 4_000
    told = memory.messages("system")
    assert [message.role for message in told[2:]] == ["assistant", "tool"] * 2
    assert len(told[3].content) < 400
    assert len(told[5].content) == 5_000


def test_summary_replaces_everything_before_a_step() -> None:
    memory = filled("Observation: a")
    memory.end(output=1)
    memory.begin("Task: two")
    for i in (1, 2):
        memory.add(ActionStep(number=i, reply=f"again {i}", observation=f"Observation: {i}"))
    memory.condense(1, 1, SummaryStep(text="(Much was done.)", steps=2, interactions=1))
    assert [(m.role, m.content) for m in memory.messages("system")[1:]] == [
        ("user", "Task: two\n\n(Much was done.)"),
        ("assistant", "again 2"),
        ("user", "Observation: 2"),
    ]


def test_memory_comes_back_from_data_with_the_same_messages() -> None:
    memory = Memory(size=3)
    memory.begin("Task: one", (Image(media_type="image/png", data=bytes(range(256))),))
    memory.add(PlanningStep(number=1, asked="Plan?", plan="1. Look."))
    memory.add(
        ActionStep(
            number=1,
            reply="I look.",
            tool_uses=(ToolUse(id="a", name="look", arguments={"at": [1, {"b": None}]}),),
            tool_results=(
                ToolResult(
                    tool_use_id="a", text="gone", error=ErrorInfo(type="KeyError", message="é")
                ),
            ),
            token_usage=TokenUsage(input_tokens=3, cost_usd=0.25),
            carried={"anthropic": {"signature": "s"}},
        )
    )
    memory.end(output={"n": 1.5}, closing="(stopped)")
    memory.begin("Task: two")
    memory.condense(0, 1, SummaryStep(text="(A plan.)", steps=1))
    again = Memory.from_dict(json.loads(json.dumps(memory.to_dict())))
    assert again.size == 3
    assert again.interactions == memory.interactions
    assert again.messages("system") == memory.messages("system")


@pytest.mark.parametrize(
    ("interaction", "told"),
    [
        ({"steps": []}, "missing field task"),
        ({"task": "a", "steps": [{"type": "shell"}]}, "0.steps.0: unknown type"),
        ({"task": "a", "images": [{"media_type": "image/png", "data": "%"}]}, "expected base64"),
        ({"task": "a", "trust": 1}, "unknown field"),
    ],
)
def test_data_that_is_not_a_memory_is_refused(interaction: object, told: str) -> None:
    with pytest.raises(ProtocolError, match=told):
        Memory.from_dict({"size": None, "interactions": [interaction]})


def test_cut_text_keeps_head_and_tail_and_says_what_is_missing() -> None:
    text = "head" + "x" * 10_000 + "tail"
    short = cut_middle(text, 300)
    assert short.startswith("head")
    assert short.endswith("tail")
    assert "[... 9,708 characters cut ...]" in short
    assert cut_middle("as it is", 8) == "as it is"
