"""Steps, the ring of interactions, and the messages made of them."""

from __future__ import annotations

from pyagent import ActionStep, Memory
from pyagent.tools.texts import cut_middle


def filled(*observations: str) -> Memory:
    """A memory with one interaction of these observations."""
    memory = Memory()
    memory.begin("Task: one")
    for i, observation in enumerate(observations, start=1):
        memory.add(ActionStep(number=i, reply=f"reply {i}", code="x", observation=observation))
    return memory


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


def test_messages_are_the_same_whether_built_step_by_step_or_anew() -> None:
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


def test_shortening_cuts_old_observations_first_and_spares_the_newest() -> None:
    memory = filled("a" * 5_000, "short", "b" * 5_000, "c" * 5_000)
    assert memory.shorten()
    lengths = [len(step.observation) for step in memory.steps]
    assert lengths[0] < 400
    assert lengths[1:] == [5, 5_000, 5_000]
    assert memory.shorten()
    assert not memory.shorten()
    assert len(memory.steps[-1].observation) == 5_000


def test_shortening_drops_whole_interactions_when_nothing_else_is_left() -> None:
    memory = filled("Observation: a")
    memory.end(output=1)
    memory.begin("Task: two")
    assert memory.shorten()
    assert [interaction.task for interaction in memory.interactions] == ["Task: two"]
    assert not memory.shorten()


def test_cut_text_keeps_head_and_tail_and_says_what_is_missing() -> None:
    text = "head" + "x" * 10_000 + "tail"
    short = cut_middle(text, 300)
    assert short.startswith("head")
    assert short.endswith("tail")
    assert "[... 9,708 characters cut ...]" in short
    assert cut_middle("as it is", 8) == "as it is"
