"""The ``pyagent run`` command, against a server that streams oddly and fails in many ways."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import pyagent
from pyagent import protocol, wire
from pyagent.agents.run import asker
from pyagent.cli import model_choice
from pyagent.models.demo import model as demo
from pyagent.tools.builtin.defaults import default_tools
from support.models.scripted_server import (
    Reply,
    ScriptedServer,
    cut_off,
    endless,
    malformed,
    refused,
    streamed,
    web_page,
)
from support.terminal import at, invoke, run

ANSWER = "I compute it.\n```python\nprint('working')\nfinal_answer(67000 * 2 // 100)\n```"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_answer_goes_to_stdout_and_progress_to_stderr() -> None:
    result = run([streamed(ANSWER)], "What is 2% of 67000?")
    assert result.exit_code == 0
    assert result.stdout == "1340\n"
    for text in ("Step 1", "I compute it.", "final_answer(67000 * 2 // 100)", "│ working"):
        assert text in result.stderr
    assert "1 step · 7 + 5 tokens" in result.stderr
    assert "```" not in result.stderr


def test_quiet_shows_only_the_answer() -> None:
    result = run([streamed(ANSWER)], "Go.", "--quiet")
    assert (result.stdout, result.stderr) == ("1340\n", "")


def test_json_writes_every_event_as_a_line() -> None:
    result = run([streamed(ANSWER)], "Go.", "--json")
    events = [wire.loads(line, protocol.Event) for line in result.stdout.splitlines()]
    assert isinstance(events[0], protocol.RunStarted)
    assert isinstance(events[-1], protocol.RunFinished)
    assert events[-1].output == 1340
    assert result.stderr == ""


def test_files_are_read_and_new_files_are_saved_without_overwriting(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "copy.csv").write_text("mine")
    code = (
        "open('copy.csv', 'w').write(open('in.csv').read())\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))\nfinal_answer('ok')"
    )
    result = run([streamed(f"```python\n{code}\n```")], "Copy.", "in.csv", "-o", "out")
    assert result.exit_code == 0
    assert (tmp_path / "out" / "copy.csv").read_text() == "mine"
    assert (tmp_path / "out" / "copy-2.csv").read_text() == "a\n1\n"
    assert (tmp_path / "out" / "figure-1.svg").read_bytes().startswith(b"<svg")
    assert "Saved out/copy-2.csv" in result.stderr


def test_tables_tools_and_errors_are_shown() -> None:
    show = "display([{'month': 'May', 'rain': 10}, {'month': 'June', 'rain': None}])\nquery_db('X')"
    result = run(
        [streamed(f"```python\n{show}\n```"), streamed("```python\nfinal_answer('ok')\n```")], "Go."
    )
    for text in ("month", "May", "→ query_db(sql='X')", "← query_db", "SQL error", "Step 2"):
        assert text in result.stderr


def test_text_of_the_model_cannot_control_the_terminal() -> None:
    code = r"print('\x1b[2J\x1b]0;owned\x07[red]x[/red]')" + "\nfinal_answer('\\x1b[31mred')"
    result = run([streamed(f"Hi \x1b[2J there.\n```python\n{code}\n```")], "Go.")
    assert "\x1b[2J" not in result.output
    assert "\x07" not in result.output
    assert "[red]x[/red]" in result.stderr


def test_task_may_come_from_standard_input() -> None:
    with ScriptedServer([streamed(ANSWER)]) as server:
        result = invoke(
            "run", "-", stdin="What is 2%?\n", PYAGENT_BASE_URL=server.base_url, PYAGENT_MODEL="m"
        )
        body = server.requests[0].json
    assert result.exit_code == 0
    assert "Task: What is 2%?" in body["messages"][-1]["content"]


def test_interactive_session_remembers() -> None:
    replies = [
        streamed("```python\nx = 5\nfinal_answer(x)\n```"),
        streamed("```python\nfinal_answer(x * 2)\n```"),
    ]
    result = run(replies, "Five.", "--interactive", stdin="Double it.\n")
    assert result.exit_code == 0
    assert result.stdout.split() == ["5", "10"]


@pytest.mark.parametrize(
    "word",
    [
        "quit",
        "exit",
        "/quit",
        "/exit",
        ":q",
        ":q!",
        "Quit",
        " exit ",
        "exit()",
        "quit;",
        "/q",
        "bye",
    ],
)
def test_conversation_ends_at_the_word(word: str) -> None:
    args = ("Go.", "-i", "--agent", "tool-calling")
    result = run([streamed("Done.")], *args, stdin=f"{word}\nNever asked.\n")
    assert (result.exit_code, result.stdout.split()) == (0, ["Done."])


@pytest.mark.parametrize("word", ["How do I quit vim?", "exit the loop", "q", "quit smoking tips"])
def test_task_that_only_has_the_word_is_a_task(word: str) -> None:
    with ScriptedServer([streamed("One."), streamed("Two.")]) as server:
        options = ("-i", "--agent", "tool-calling", *at(server))
        result = invoke("run", "Go.", *options, stdin=f"{word}\n")
    assert result.stdout.split() == ["One.", "Two."]


def test_chat_asks_for_tasks_until_the_input_ends() -> None:
    with ScriptedServer([streamed("One."), streamed("Two.")]) as server:
        options = ("--agent", "tool-calling", *at(server))
        result = invoke("chat", *options, stdin="First.\n\nSecond.\n")
    assert (result.exit_code, result.stdout.split()) == (0, ["One.", "Two."])


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["rn", "x"], "There is no command 'rn'. Did you mean 'run'?"),
        (["chatt"], "Did you mean 'chat'?"),
        (["batch", "t.txt"], "Did you mean 'map'?"),
        (["web"], "Did you mean 'serve'?"),
        (["frobnicate"], "There is: run, chat, map, report, serve."),
        (["run", "--modle", "m"], "--model"),
        (["map", "--concurency", "3"], "Did you mean '--concurrency'?"),
    ],
)
def test_wrong_command_or_option_suggests_the_near_one(words: list[str], hint: str) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert hint in result.stderr


QUOTA = refused(429, "You exceeded your current quota", code="insufficient_quota")
TOO_LONG = refused(400, "maximum context length is 10 tokens", code="context_length_exceeded")


@pytest.mark.parametrize(
    ("replies", "message", "advice"),
    [
        ([refused(401, "Incorrect key.")], "refuses the key (401)", "Check that the key"),
        ([refused(404, "no such model")], "has no model m", "Check the model's name"),
        ([TOO_LONG], "The conversation is too long for m", "choose a model with a larger context"),
        ([QUOTA], "The quota of this key on", "use another key or model"),
        ([web_page()], "answered with a web page", "Check the base URL"),
        ([cut_off(ANSWER)] * 4, "broke off after", "Try again"),
        ([malformed()], "sent something that is not part of a reply", "Try again"),
    ],
    ids=["wrong key", "no model", "too long", "quota", "wrong url", "cut stream", "malformed"],
)
def test_failing_model_gives_a_sentence_and_no_traceback(
    replies: list[Reply], message: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker, "_REPEATS_AFTER_S", (0.0, 0.0, 0.0))
    result = run(replies, "Go.")
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert advice in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("status", [429, 500])
def test_temporary_failure_is_shown_and_the_run_goes_on(status: int) -> None:
    result = run([refused(status, "Slow down."), streamed(ANSWER)], "Go.")
    assert (result.exit_code, result.stdout) == (0, "1340\n")
    assert f"({status}): Slow down. Trying again in " in result.stderr


def test_refused_connection_is_explained() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        result = invoke("run", "Go.", "--base-url", url, "--model", "m")
    assert result.exit_code == 1
    assert url.split("/")[2] in result.stderr


def test_reply_without_code_ends_as_the_answer() -> None:
    result = run([streamed("Hello!"), streamed("Hello, how can I help?")], "hello")
    assert (result.exit_code, result.stdout) == (0, "Hello, how can I help?\n")


def test_step_limit_gives_a_best_guess_and_exit_code_1() -> None:
    replies = [streamed("```python\nx = 1\n```"), streamed("Perhaps 1.")]
    result = run(replies, "Go.", "--max-steps", "1")
    assert (result.exit_code, result.stdout) == (1, "Perhaps 1.\n")
    assert "not finished within 1 step" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["Go."], "No model is chosen. Put a key into OPENAI_API_KEY"),
        (["Go.", "-m", "gpt-5-mini"], "No key is given for OpenAI. Get one at https://"),
        (["Go.", "-m", "gpt-5-mini"], "or put it into OPENAI_API_KEY."),
        (["Go.", "-m", "claude-sonnet-4-5"], "into ANTHROPIC_API_KEY."),
        (["Go.", "-m", "gemini-2.5-flash"], "into GEMINI_API_KEY."),
        (["Go.", "-m", "qwen/qwen3-coder"], "into OPENROUTER_API_KEY."),
        (["Go.", "-m", "mine"], "No provider is named for mine. Put a key into OPENAI_API_KEY,"),
        (["Go.", "-m", "gpt-5", "--api-key", "k"], "Say whose key it is: --provider openai."),
        (["Go.", "--provider", "moon"], "There is no provider 'moon'. There are: openai,"),
        (["Go.", "--provider", "groq"], "No key is given for Groq. Get one at https://"),
        (["Go.", "--base-url", "nowhere", "-m", "m"], "is not a web address. Write it in full"),
        (["Go.", "--base-url", "http://127.0.0.1:1/v1"], "No model is chosen. Name one"),
        (["--base-url", "http://127.0.0.1:1/v1", "-m", "m"], "Give a task, or --interactive."),
        (["Go.", "--executor", "moon"], "Invalid value for '--executor': 'moon'"),
        (["Go.", "--max-steps", "0"], "0 is not in the range"),
    ],
)
def test_wrong_usage_is_explained_with_exit_code_2(args: list[str], message: str) -> None:
    result = invoke("run", *args)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize("args", [["nothing.csv"], ["--image", "nothing.csv"]])
def test_missing_file_is_wrong_usage_before_anything_is_done(args: list[str]) -> None:
    result = invoke("run", "Go.", *args, "--base-url", "http://127.0.0.1:1/v1", "-m", "m")
    assert result.exit_code == 2
    assert "nothing.csv cannot be read: No such file or directory." in result.stderr
    assert "Code runs on this machine" not in result.stderr


def test_file_in_place_of_the_task_is_explained(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    result = invoke("run", str(tmp_path / "a.csv"), "Sum of x", "--demo")
    assert result.exit_code == 2
    assert "The task comes first and the files second: pyagent run" in result.stderr


def test_missing_model_lists_what_the_server_has(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"data": [{"id": f"m{i}"} for i in range(30)]}
    for listed, told in ((names, "with --model: m0, m1, m2"), ({"data": 1}, "Name one of the mod")):
        answer = httpx.Response(
            200, json=listed, request=httpx.Request("GET", "http://x/v1/models")
        )
        monkeypatch.setattr(httpx, "get", lambda *_, r=answer, **__: r)
        result = invoke("run", "Go.", "--base-url", "http://127.0.0.1:1/v1")
        assert (result.exit_code, told in result.stderr) == (2, True)
        assert "m20" not in result.stderr


def test_key_in_the_environment_chooses_its_provider() -> None:
    result = invoke("run", "Go.", "--base-url", "http://127.0.0.1:1/v1", "-m", "m")
    assert "127.0.0.1:1" in result.stderr
    result = invoke("run", "Go.", "--provider", "groq", GROQ_API_KEY="not a key")
    assert "holds a character that no key has" in result.stderr


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("groq/llama", "No key is given for Groq."),
        ("anthropic/claude-sonnet-4-5", "No key is given for Anthropic."),
        ("nowhere/model", "There is no provider 'nowhere'."),
    ],
)
def test_model_may_be_named_with_its_provider(model: str, message: str) -> None:
    result = invoke("run", "Go.", "--model", model)
    assert result.exit_code == 2
    assert message in result.stderr


def test_tool_calling_agent_may_be_chosen() -> None:
    with ScriptedServer([streamed("Seven.")]) as server:
        result = invoke("run", "Go.", "--agent", "tool-calling", *at(server))
        names = [tool["function"]["name"] for tool in server.requests[0].json["tools"]]
    assert (result.exit_code, result.stdout) == (0, "Seven.\n")
    assert names == [*(tool.name for tool in default_tools()), "final_answer"]
    assert "Code runs on this machine" not in result.stderr


def test_plan_is_made_first_and_shown() -> None:
    result = run([streamed("First think."), streamed(ANSWER)], "Go.", "--planning-interval", "2")
    assert result.stdout == "1340\n"
    assert result.stderr.index("First think.") < result.stderr.index("Plan · 7 + 5 tokens")
    assert result.stderr.index("Plan") < result.stderr.index("Step 1")


@pytest.mark.parametrize(
    ("option", "value", "limit"),
    [("--limit-tokens", "10", "10 tokens"), ("--limit-seconds", "0.2", "0.2 s")],
)
def test_limit_ends_the_run(option: str, value: str, limit: str) -> None:
    replies = [streamed("```python\nimport time\ntime.sleep(0.3)\n```"), streamed(ANSWER)]
    result = run(replies, "Go.", option, value)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"ended at its limit of {limit}" in result.stderr


def test_cost_limit_counts_the_cost_that_the_provider_reports() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "cost": 0.5}
    told = f"data: {json.dumps({'choices': [], 'usage': usage})}\r\n\r\n".encode()
    begun = streamed("```python\nx = 1\n```", usage=False, done=False)
    reply = Reply(pieces=[*begun.pieces, told, b"data: [DONE]\r\n\r\n"])
    result = run([reply], "Go.", "--limit-cost-usd", "0.4")
    assert result.exit_code == 1
    assert "ended at its limit of 0.4 US dollars" in result.stderr


def test_image_is_shown_to_the_model(tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    with ScriptedServer([streamed(ANSWER)]) as server:
        invoke("run", "Look.", "--image", "dot.png", *at(server))
        parts = server.requests[0].json["messages"][-1]["content"]
    assert [part["type"] for part in parts] == ["image_url", "text"]


ASKS = "```python\nprint(query_db('SELECT 1'))\n```"


def test_tool_that_needs_approval_is_refused_if_nobody_can_be_asked() -> None:
    with ScriptedServer([streamed(ASKS), streamed(ANSWER)]) as server:
        result = invoke("run", "Go.", "--approve", "query_db", *at(server))
        told = server.requests[1].json["messages"][-1]["content"]
    assert "query_db(sql='SELECT 1') was not allowed. Nobody can be asked" in result.stderr
    assert "They said: Nobody can be asked" in told
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [("\ny\n", "Observation:\n"), ("n\n", "did not allow"), ("Too slow\n", "said: Too slow")],
)
def test_person_is_asked_before_a_tool_runs(said: str, told: str) -> None:
    with ScriptedServer([streamed(ASKS), streamed(ANSWER)]) as server:
        command = [sys.executable, "-c", "from pyagent.cli import main; main()"]
        near, far = pty.openpty()
        os.write(near, said.encode())
        try:
            process = subprocess.run(
                [*command, "run", "Go.", "--approve", "*", *at(server)],
                stdin=far,
                capture_output=True,
                timeout=60,
            )
        finally:
            os.close(near)
            os.close(far)
        observed = server.requests[1].json["messages"][-1]["content"]
    assert b"Allow query_db(sql='SELECT 1')?" in process.stderr
    assert told in observed
    assert ("NotApproved" in observed) == ("y" not in said)


def test_demonstration_needs_no_key(tmp_path: Path) -> None:
    rows = "".join(f"2012/{i % 12 + 1:02}/01,{i},9.5,1.5,2,rain\n" for i in range(24))
    (tmp_path / "seattle-weather.csv").write_text(
        f"date,precipitation,temp_max,temp_min,wind,weather\n{rows}"
    )
    result = invoke("run", "--demo", "seattle-weather.csv")
    assert "2012" in result.stderr
    assert "Traceback" not in result.output


def test_demonstration_with_another_task_says_that_it_is_only_a_demonstration() -> None:
    result = invoke("run", "What is 2% of 67000?", "--demo")
    assert result.exit_code == 0
    assert "only a demonstration" in result.stdout
    assert "none.csv cannot be read" in invoke("run", "--demo", "none.csv").stderr


def test_ctrl_c_stops_the_run_with_exit_code_130_and_saves_it() -> None:
    with ScriptedServer([endless("word ")]) as server:
        command = [
            *(sys.executable, "-c", "from pyagent.cli import main; main()"),
            *("run", "Go.", "--base-url", server.base_url, "-m", "m", "--save", "talk"),
        ]
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
        )
        assert process.stderr is not None
        seen = b""
        try:
            while b"word word" not in seen:
                seen += os.read(process.stderr.fileno(), 1_000)
            process.send_signal(signal.SIGINT)
            output, error = process.communicate(timeout=20)
        finally:
            process.kill()
        assert server.gone.wait(10), "the request is still open"
    assert process.returncode == 130
    assert b"Stopped." in error
    assert b"Saved talk" in error
    assert Path("talk/memory.json").exists()
    assert b"Traceback" not in error
    assert output == b""


def test_version_is_that_of_the_project() -> None:
    assert invoke("--version").stdout == f"pyagent {pyagent.__version__}\n"


def test_serve_without_a_page_says_how_to_build_it() -> None:
    result = invoke("serve", "--dist", "nothing")
    assert result.exit_code == 1
    assert "scripts/build" in result.stderr
    assert json.dumps(result.stdout) == '""'


def test_demonstration_brings_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(model_choice, "demo_model", lambda: demo.demo_model(delay_s=0.0))
    result = invoke("run", "--demo")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "pyagent-output" / "seattle-months.csv").exists()


def test_answer_after_the_last_step_is_not_called_a_step() -> None:
    replies = [streamed("```python\nprint(1)\n```"), streamed("Perhaps 1.")]
    result = run(replies, "Count.", "--max-steps", "1")
    assert "Step 1" in result.stderr
    assert "Best answer" in result.stderr
    assert "Step 2" not in result.stderr


def test_options_of_the_executor_reach_it() -> None:
    code = "```python\nimport os\nfinal_answer([os.environ['A'], os.environ.get('HOME')])\n```"
    result = run([streamed(code)], "Go.", "--executor-option", 'env={"A": "b"}', "--quiet")
    assert json.loads(result.stdout) == ["b", None]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--executor-option", "memory"], "'memory' is not NAME=VALUE"),
        (["--executor-option", "moon=1"], "takes no option moon; a LocalExecutor takes: work_dir"),
        (
            ["--executor", "docker", "--executor-option", "command=no-such-docker"],
            "There is no command 'no-such-docker'. Install Docker (`sudo apt install docker.io`",
        ),
    ],
)
def test_wrong_executor_is_told_before_the_model_is_asked(options: list[str], told: str) -> None:
    result = run([], "Go.", *options)
    assert result.exit_code != 0
    assert told in " ".join(result.stderr.replace("│", " ").split())
