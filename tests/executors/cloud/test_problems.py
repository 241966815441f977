"""What can go wrong with a rented sandbox becomes a sentence with advice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from grpclib import Status

from contracts.executor.cases import run, run_ok
from pyagent import E2BExecutor, ExecutorError, ModalExecutor
from pyagent.executors.base import Executor
from pyagent.executors.cloud import relayed
from pyagent.sandbox import relay
from support.executors.cloud.e2b_service import E2BService
from support.executors.cloud.modal_service import ModalService


def refusal(executor: Executor) -> ExecutorError:
    """The error with which an executor does not start."""

    async def main() -> ExecutorError:
        try:
            with pytest.raises(ExecutorError) as caught:
                await executor.start()
            return caught.value
        finally:
            await executor.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize("kind", [E2BExecutor, ModalExecutor])
def test_missing_library_is_told_before_anything_starts(
    kind: type[E2BExecutor | ModalExecutor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "library", "pyagent_has_no_such_package")
    with pytest.raises(ExecutorError) as caught:
        kind().check()
    assert "needs the package pyagent_has_no_such_package" in caught.value.message
    assert caught.value.advice == "Run: pip install pyagent_has_no_such_package"


def test_missing_key_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("E2B_API_KEY", raising=False)
    with pytest.raises(ExecutorError, match=r"There is no key for E2B\. Set E2B_API_KEY to a key"):
        E2BExecutor().check()
    E2BExecutor(api_key="e2b_given").check()


def test_missing_token_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("MODAL_TOKEN_ID", raising=False)
    monkeypatch.setenv("MODAL_CONFIG_PATH", str(tmp_path / "none.toml"))
    with pytest.raises(ExecutorError, match=r"There is no token for Modal\. Run: modal token new"):
        ModalExecutor().check()
    ModalExecutor(token_id="ak-1", token_secret="as-1").check()
    with pytest.raises(ValueError, match="or neither"):
        ModalExecutor(token_id="ak-1")


@pytest.mark.usefixtures("e2b")
def test_refused_key_says_where_to_get_another() -> None:
    error = refusal(E2BExecutor(api_key="e2b_" + "0" * 40))
    assert error.message == "E2B refused the key."
    assert "https://e2b.dev/dashboard" in error.advice


@pytest.mark.parametrize(
    ("status", "said", "message"),
    [
        (404, "template 'mine' not found", "mine"),
        (429, "too many", "E2B gives no more sandboxes at the moment"),
        (400, "bad memory", "bad memory"),
    ],
)
def test_what_e2b_refuses_is_told(e2b: E2BService, status: int, said: str, message: str) -> None:
    e2b.failing = (status, said)
    try:
        error = refusal(E2BExecutor(template="mine", sdk_options={"retries": 0}))
    finally:
        e2b.failing = None
    assert message in error.message


@pytest.mark.usefixtures("e2b")
def test_e2b_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E2B_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("E2B_CONNECTION_RETRIES", "0")
    error = refusal(E2BExecutor(sdk_options={"retries": 0}))
    assert error.message.startswith("E2B could not be reached: ")


@pytest.mark.usefixtures("modal")
def test_refused_token_says_how_to_get_another() -> None:
    error = refusal(ModalExecutor(token_id="ak-wrong", token_secret="as-wrong"))
    assert str(error) == "Modal refused the token. Run: modal token new. Or check MODAL_TOKEN_ID."


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (Status.RESOURCE_EXHAUSTED, "Modal gives no more sandboxes at the moment: too many"),
        (Status.INVALID_ARGUMENT, "Modal cannot make this sandbox: too many"),
        (Status.NOT_FOUND, "Modal ended it"),
    ],
)
def test_what_modal_refuses_is_told(modal: ModalService, status: Status, message: str) -> None:
    modal.failing = (status, "too many")
    try:
        error = refusal(ModalExecutor())
    finally:
        modal.failing = None
    assert message in error.message


@pytest.mark.usefixtures("e2b")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.kill(os.getppid(), 9)", "its command ended"),
        ("say(b'not base64 at all!\\n')", "it sent a line that is not base64"),
        ("say(b'a' * 1_000_000)", "it sent a line that is too long"),
        ("say(b'=0 \\n')", "its process ended with exit code 0"),
        ("say(b'=-99999999999 x\\n')", "it closed its pipes"),
        ("say(b'AAAA' * 1_000 + b'\\n')", "it broke the protocol"),
    ],
)
def test_code_that_breaks_the_relay_loses_only_its_own_sandbox(code: str, reason: str) -> None:
    tools = (
        "import os, time\n"
        "def say(data):\n"
        "    with open(f'/proc/{os.getppid()}/fd/1', 'wb', buffering=0) as out: out.write(data)\n"
    )

    async def main() -> None:
        executor = E2BExecutor()
        try:
            await run_ok(executor, f"x = 5\n{tools}")
            outcome = await run(executor, f"{code}\ntime.sleep(20)")
            assert outcome.error.type == "SandboxLost"
            assert reason in outcome.error.message
            assert (await run_ok(executor, "x")).text == "5"
        finally:
            await executor.aclose()

    asyncio.run(main())


@pytest.mark.usefixtures("e2b")
def test_command_that_is_not_there_is_told() -> None:
    error = refusal(E2BExecutor(python="no-such-python"))
    assert "exit code 127" in error.message


def test_end_of_a_guest_is_told_in_words() -> None:
    told = relayed._end_told
    assert told("=-9 ") == "its process was ended by SIGKILL"
    assert told("=1 Ym9vbQ==") == "its process ended with exit code 1: boom"
    assert told("= ") == "it closed its pipes"
    assert told("=nonsense nonsense") == "it closed its pipes"


def test_python_that_is_too_old_for_code_says_so() -> None:
    source = Path(relay.__file__).read_text("utf-8").replace("OLDEST = (3, 11)", "OLDEST = (99, 0)")
    command = [sys.executable, "-I", "-c", source, "4", "5"]
    ran = subprocess.run(command, input=b"AAAA", capture_output=True, check=True, timeout=30)
    ready, end = ran.stdout.decode().splitlines()
    assert ready == relay.READY
    assert "code needs 3.11 or newer" in relayed._end_told(end)
