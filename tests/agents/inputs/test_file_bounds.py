"""Files that code writes are handed over within a sum for each step and each conversation."""

from __future__ import annotations

import pytest

from pyagent import CodeAgent, ScriptedModel
from pyagent.agents.run import bounds
from pyagent.channel import Message
from pyagent.memory import ActionStep
from pyagent.protocol import Execute, Executed, FileContent, FileInfo, ReadFile, TakeCheckpoint
from support.agents.scripted_agents import agent_with, block
from support.executors.scripted_guest import Scripted, Send, good


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_STEP_FILE_BYTES", 1_000)
    monkeypatch.setattr(bounds, "MAX_FILE_BYTES", 2_500)


@pytest.mark.parametrize(
    ("code", "handed_over"),
    [
        ("for i in range(5): open(f'{i}.bin', 'wb').write(bytes(300))", ["0", "1", "2"]),
        (
            "for i in range(3): open(f'{i}.bin', 'wb').write(bytes(999 if i == 1 else 1))",
            ["0", "1"],
        ),
        ("open('0.bin', 'wb').write(bytes(1_001))", []),
        ("open('0.bin', 'wb').truncate(900); open('1.bin', 'wb').truncate(900)", ["0"]),
    ],
)
def test_a_step_hands_over_a_sum_and_model_and_person_are_told_of_the_rest(
    small: None, code: str, handed_over: list[str]
) -> None:
    counted = "import os\nfinal_answer(len(os.listdir()))"
    with agent_with(block(code), block(counted)) as agent:
        result = agent.run("Write.")
    step = result.steps[0]
    assert isinstance(step, ActionStep)
    names = sorted(name.removesuffix(".bin") for name in result.files)
    assert names == handed_over
    assert "the files of one step may have 1,000 bytes together" in step.observation
    assert result.output >= 1  # everything is still in the work folder
    assert any("one step may have 1,000 bytes" in warning for warning in result.warnings)


def test_a_conversation_hands_over_a_sum_and_the_next_one_begins_anew(small: None) -> None:
    write = [block(f"open('{i}.bin', 'wb').write(bytes(900))\nfinal_answer(1)") for i in range(8)]
    with agent_with(*write) as agent:
        given = [len(agent.run("Write.").files) for _ in range(3)]
        result = agent.run("Write.")
        assert (given, len(result.files)) == ([1, 1, 0], 0)
        assert "one conversation may have 2,500 bytes" in result.warnings[0]
        agent.clear()
        assert len(agent.run("Write.").files) == 1
        assert len(agent.run("Write.", reset=True).files) == 1


def test_files_of_managed_agents_count_for_the_agent_that_calls_them(small: None) -> None:
    write = block("open('a.bin', 'wb').write(bytes(900))\nfinal_answer(1)")
    helper = CodeAgent((), ScriptedModel([write] * 3), name="helper", description="Writes.")
    calls = [block("helper('x')")] * 3
    with agent_with(*calls, block("final_answer(2)"), managed_agents=[helper]) as agent:
        result = agent.run("Write.")
    assert [len(child.files) for child in result.children] == [1, 1, 0]


def test_files_of_managed_agents_count_in_the_step_that_calls_them(small: None) -> None:
    write = block("open('a.bin', 'wb').write(bytes(900))\nfinal_answer(1)")
    helper = CodeAgent((), ScriptedModel([write] * 3), name="helper", description="Writes.")
    calls = "\n".join(["helper('x')"] * 3 + ["final_answer(2)"])
    with agent_with(block(calls), managed_agents=[helper]) as agent:
        result = agent.run("Write.")
    assert [len(child.files) for child in result.children] == [1, 0, 0]


@pytest.mark.parametrize("said", [0, 1, 999])
def test_a_sandbox_that_lies_about_a_size_hands_over_no_more(small: None, said: int) -> None:
    sent: list[int] = []

    def answer(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            names = [f"{number}.bin" for number in range(50)]
            files = [
                FileInfo(path=name, size_bytes=said, media_type="application/octet-stream")
                for name in names
            ]
            send(Executed(id=message.id, files=files, value={"text/plain": "x"}))
        elif isinstance(message, ReadFile):
            sent.append(5_000)
            send(FileContent(id=message.id), [bytes(5_000)])
        elif isinstance(message, TakeCheckpoint):
            good(message, send)

    script = Scripted(answer)
    agent = CodeAgent((), ScriptedModel([block("x"), "Done."]), executor=script.executor)
    with agent:
        result = agent.run("Write.")
        assert result.files == {}
        assert len(sent) == 1  # nothing more is read once the sum is used up
