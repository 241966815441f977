"""``pyagent run`` with variables, and with conversations that are saved in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from pyagent import Agent, CodeAgent, OpenAIModel, ScriptedModel, ToolCallingAgent
from support.models.scripted_server import Reply, ScriptedServer, refused, streamed
from support.terminal import at, invoke

FIVE = streamed("```python\nx = 5\nfinal_answer(x)\n```")
DOUBLE = streamed("```python\nx = x * 2\nfinal_answer(x)\n```")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contents(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def keep(folder: str, *args: str) -> None:
    """Save a conversation of one task in a folder."""
    with ScriptedServer([FIVE]) as server:
        assert invoke("run", "Five.", "--save", folder, *args, *at(server)).exit_code == 0


def test_resumed_conversation_keeps_its_memory_variables_and_model() -> None:
    with ScriptedServer([FIVE, DOUBLE]) as server:
        first = invoke("run", "Five.", "--save", "talk", "--max-steps", "7", *at(server))
        second = invoke("run", "Double it.", "--resume", "talk")
        asked = server.requests[1]
    assert [first.stdout, second.stdout] == ["5\n", "10\n"]
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stderr.endswith("Saved talk\n")
    assert "Code runs on this machine" in second.stderr
    assert asked.json["model"] == "m"
    told = [message["content"] for message in asked.json["messages"]]
    assert told[1].startswith("Task: Five.")
    assert told[-1].endswith("Task: Double it.")
    assert not any(b"sk-test" in data for data in contents("talk").values())


def interrupt(folder: str) -> None:
    """Save a run in a folder after its first step, as if the program were killed then."""

    def replies() -> Iterator[Reply]:
        yield streamed("```python\nx = 5\nprint(x)\n```")
        shutil.copytree("talk", folder)
        yield FIVE

    with ScriptedServer(replies()) as server:
        invoke("run", "Five.", "--save", "talk", *at(server))


def test_interrupted_run_goes_on_without_a_task() -> None:
    interrupt("cut")
    with ScriptedServer([streamed("```python\nfinal_answer(x + 1)\n```")]) as server:
        result = invoke("run", "--resume", "cut", "--save", "cut", *at(server))
        asked = server.requests[0].json["messages"]
    assert (result.stdout, result.exit_code) == ("6\n", 0)
    assert "Continued after step 1." in result.stderr
    assert asked[1]["content"].startswith("Task: Five.")
    finished = invoke("run", "--resume", "cut")
    assert finished.exit_code == 2
    assert "The last run in cut is finished." in finished.stderr


@pytest.mark.parametrize(
    "given", [["--arg", "n=1"], ["", "in.csv"], ["--image", "in.png"], [" ", "in.csv", "in.png"]]
)
def test_interrupted_run_takes_no_more_inputs(given: list[str]) -> None:
    interrupt("cut")
    for name in ("in.csv", "in.png"):
        Path(name).write_bytes(b"1")
    with ScriptedServer([FIVE]) as server:
        result = invoke("run", "--resume", "cut", *given, *at(server))
        assert server.requests == []
    assert result.exit_code == 2
    assert "takes no more files, images or variables" in " ".join(result.stderr.split())


def test_new_task_or_a_conversation_may_follow_an_interrupted_run() -> None:
    interrupt("cut")
    with ScriptedServer([DOUBLE]) as server:
        assert invoke("run", "Double it.", "--resume", "cut", *at(server)).stdout == "10\n"
    with ScriptedServer([FIVE, DOUBLE]) as server:
        result = invoke("chat", "--resume", "cut", *at(server), stdin="Double it.\n")
    assert result.stdout.split() == ["5", "10"]


def test_resumed_conversation_is_saved_only_if_asked_for() -> None:
    with ScriptedServer([FIVE, DOUBLE, DOUBLE, DOUBLE]) as server:
        invoke("run", "Five.", "--save", "talk", *at(server))
        before = contents("talk")
        outputs = [invoke("run", "Double it.", "--resume", "talk").stdout]
        assert contents("talk") == before
        for _ in range(2):
            result = invoke("run", "Double it.", "--resume", "talk", "--save", "./talk")
            outputs.append(result.stdout)
    assert outputs == ["10\n", "10\n", "20\n"]


def test_interactive_session_is_saved_after_each_task() -> None:
    with ScriptedServer([FIVE, DOUBLE, DOUBLE]) as server:
        invoke("run", "Five.", "-i", "--save", "talk", *at(server), stdin="Double it.\n")
        assert invoke("run", "Again.", "--resume", "talk").stdout == "20\n"


def test_given_options_change_a_resumed_agent_and_others_stay() -> None:
    keep("talk", "--max-steps", "7", "--instructions", "Be brief.", "--limit-tokens", "999")
    with ScriptedServer([streamed("```python\nx\n```"), streamed("Perhaps.")]) as server:
        options = [
            "--max-steps",
            "1",
            "--limit-cost-usd",
            "3",
            "--deadline-s",
            "9",
            "--save",
            "more",
        ]
        other = ["--base-url", server.base_url, "--model", "other", "--api-key", "sk-other"]
        result = invoke("run", "Go.", "--resume", "talk", *options, *other)
        request = server.requests[0]
    assert (result.exit_code, result.stdout) == (1, "Perhaps.\n")
    assert request.json["model"] == "other"
    assert request.headers["authorization"] == "Bearer sk-other"
    with CodeAgent.load("more", model=ScriptedModel()) as agent:
        assert (agent.max_steps, agent.instructions, agent.deadline_s) == (1, "Be brief.", 9)
        assert (agent.limits.tokens, agent.limits.cost_usd) == (999, 3)
        assert agent.model.model_id != "other"


def test_agent_saved_by_a_program_can_be_resumed_and_the_other_way_round() -> None:
    ToolCallingAgent([], ScriptedModel([["Seven."]], supports_tools=True), name="me").save("mine")
    result = invoke("run", "Go.", "--resume", "mine", "--deadline-s", "9", "--save", "more")
    assert (result.exit_code, result.stdout) == (0, "Seven.\n")
    assert "Code runs on this machine" not in result.stderr
    with Agent.load("more") as agent:
        assert (agent.name, agent.state.runs) == ("me", 1)


def test_tools_that_need_approval_still_need_it_when_resumed() -> None:
    keep("talk", "--approve", "query_db")
    with ScriptedServer([streamed("```python\nquery_db('SELECT 1')\n```"), FIVE]) as server:
        result = invoke("run", "Go.", "--resume", "talk", *at(server))
    assert "was not allowed. Nobody can be asked" in result.stderr


def test_failed_run_is_saved_too() -> None:
    replies = [streamed("```python\nx = 5\n```"), refused(400, "No."), DOUBLE]
    with ScriptedServer(replies) as server:
        failed = invoke("run", "Five.", "--save", "talk", *at(server))
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert invoke("run", "Double it.", "--resume", "talk").stdout == "10\n"
        told = [message["content"] for message in server.requests[-1].json["messages"]]
    assert told[1].startswith("Task: Five.")


def test_failure_to_save_is_shown_beside_the_answer(tmp_path: Path) -> None:
    folder = str(tmp_path / "talk")
    gone = f"import shutil\nshutil.rmtree({folder!r})\nopen({folder!r}, 'w').close()"
    code = f"{gone}\nfinal_answer(5)"
    with ScriptedServer([streamed(f"```python\n{code}\n```")]) as server:
        result = invoke("run", "Five.", "--save", "talk", *at(server))
    assert (result.exit_code, result.stdout) == (1, "5\n")
    assert "talk cannot be a folder, because a file is there." in result.stderr
    assert "Saved" not in result.stderr


def refusal(*args: str) -> str:
    """The message for wrong usage, which comes before any model is asked."""
    with ScriptedServer([]) as server:
        result: Result = invoke("run", "Go.", *args, *at(server))
        assert server.requests == []
    assert (result.exit_code, result.stdout) == (2, "")
    return " ".join(result.stderr.replace("│", "").split())


def test_nothing_but_the_resumed_conversation_is_overwritten() -> None:
    keep("talk")
    keep("other")
    Path("full").mkdir()
    Path("full/notes.txt").write_text("mine")
    Path("file").write_text("mine")
    before = contents("other")
    assert "holds an agent already. To go on with it, add --resume" in refusal("--save", "talk")
    assert "other holds an agent" in refusal("--resume", "talk", "--save", "other")
    assert "full holds other files. Name a new folder" in refusal("--save", "full")
    assert "'file' is a file" in refusal("--save", "file")
    assert "cannot be written" in refusal("--save", "file/talk")
    assert contents("other") == before
    assert contents("full") == {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("agent_json", "message"),
    [
        (None, "agent.json cannot be read: "),
        ("{", "agent.json cannot be read: "),
        ("{}", "This is not a saved agent of pyagent."),
        ('{"format": "pyagent agent", "version": 1}', "not well formed"),
        ('{"format": "pyagent agent", "version": 99}', "has version 99 of the format"),
    ],
)
def test_folder_without_a_conversation_cannot_be_resumed(
    agent_json: str | None, message: str
) -> None:
    Path("talk").mkdir()
    if agent_json is not None:
        Path("talk/agent.json").write_text(agent_json)
    assert message in refusal("--resume", "talk")


def test_options_that_cannot_go_with_resume_are_refused() -> None:
    keep("talk")
    assert "'nowhere' does not exist" in refusal("--resume", "nowhere")
    told = refusal("--resume", "talk", "--agent", "tool-calling")
    assert "--agent cannot change what --resume brings back" in told
    result = invoke("run", "Go.", "--resume", "talk", "--api-key", "sk-test")
    assert result.exit_code == 2
    assert "--api-key with --resume needs --model too." in result.stderr


def test_code_gets_the_variables_that_the_command_line_gives_as_json() -> None:
    code = "final_answer([rows, city, deep['a'] == 'b=c', none])"
    given = ("rows=[1, 2.5]", 'city="São Paulo"', 'deep={"a": "b=c"}', "none=null")
    options = [part for text in given for part in ("--arg", text)]
    with ScriptedServer([streamed(f"```python\n{code}\n```")]) as server:
        result = invoke("run", "Go.", *options, *at(server))
        told = server.requests[0].json["messages"][-1]["content"]
    assert result.stdout == '[[1, 2.5], "São Paulo", true, null]\n'
    assert "rows (list)" in told


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["rows"], "'rows' is not NAME=JSON, such as rows=[1,2]."),
        (["=1"], "'=1' is not NAME=JSON"),
        (["a b=1"], "'a b=1' is not NAME=JSON"),
        (["class=1"], "'class=1' is not NAME=JSON"),
        (["city=Lisbon"], "city is not JSON. Text needs quotes: --arg 'city=\"Lisbon\"'."),
        (["n=NaN"], "the value of n is not JSON."),
        (["n=1", "n=2"], "n is given twice."),
    ],
)
def test_malformed_variable_is_explained(values: list[str], message: str) -> None:
    assert message in refusal(*[part for value in values for part in ("--arg", value)])


def test_code_of_a_managed_agent_that_was_saved_asks_in_the_terminal() -> None:
    delegates = streamed("```python\nfinal_answer(helper(task='Ask.'))\n```")
    asks = streamed("```python\nfinal_answer(input('Your name?'))\n```")
    gives_up = streamed("```python\nfinal_answer('nobody')\n```")
    with ScriptedServer([delegates, asks, gives_up]) as server:
        model = OpenAIModel("m", base_url=server.base_url, api_key="")
        helper = CodeAgent([], model, name="helper", description="Asks.")
        with helper, CodeAgent([], model, managed_agents=[helper]) as manager:
            manager.save("talk")
        result = invoke("run", "Go.", "--resume", "talk")
    assert "The code asks: Your name?" in result.stderr
    assert "nobody" in result.stdout
