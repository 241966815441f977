"""JavaScript that attacks from inside a guest of the ``wasm`` executor, and floods and crashes.

The same attempts run in a guest that is allowed everything, where they must succeed. Attempts in
Python are with those of all executors.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pyagent.executors.wasm import guest_process
from pyagent.executors.wasm.executor import WasmExecutor
from pyagent.protocol import Executed, Json, Output, ToolCall, ToolReturn, ToolStub

from .wasm_attempts import ALL, Attempt

pytestmark = pytest.mark.skipif(
    "wasm" in os.environ.get("PYAGENT_WITHOUT", "").split(","), reason="PYAGENT_WITHOUT says so"
)

TESTS = Path(__file__).resolve().parents[2]
KEY = "PYAGENT_TEST_KEY"
SECRET = "secret"
TRY = """
from pyodide.code import run_js
try:
    outcome = repr(await run_js({attack!r})(run_js({at!r})))
except Exception as error:
    outcome = f"{{type(error).__name__}}: {{error}}"
print(outcome, end="")
"""


class Canary:
    """Counts whoever connects, by TCP and by a socket in a folder."""

    def __init__(self, folder: Path) -> None:
        self.heard = 0
        self.path = str(folder / "socket")
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(self.path)
        unix.listen()
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        self._sockets = (unix, tcp)
        for one in self._sockets:
            threading.Thread(target=self._listen, args=[one], daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                joined, _ = listener.accept()
                self.heard += 1
                joined.settimeout(0.2)
                with suppress(TimeoutError):
                    joined.recv(4096)  # a client whose request nobody reads hears of no answer
                joined.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
                joined.close()

    def close(self) -> None:
        for one in self._sockets:
            one.close()


class Guest:
    """A guest for many attempts, on an event loop of its own."""

    def __init__(self, canary: Canary, folder: Path, *, spare: bool) -> None:
        self.runner = asyncio.Runner()
        self.executor = WasmExecutor(memory_mb=1024, spare=spare)
        self.canary = canary
        self.at = addresses(canary, folder)

    def tried(self, attempt: Attempt) -> str:
        attack = f"(async (at) => {{ {attempt.attack} }})"
        said, executed = self.run(TRY.format(attack=attack, at=f"({json.dumps(self.at)})"))
        return said if executed.error is None else executed.error.message

    def run(self, code: str, deadline_s: float = 20.0) -> tuple[str, Executed]:
        return self.runner.run(run(self.executor, code, deadline_s))

    def close(self) -> None:
        self.runner.run(self.executor.aclose())
        self.runner.close()
        self.canary.close()


async def run(executor: WasmExecutor, code: str, deadline_s: float = 20.0) -> tuple[str, Executed]:
    said, executed = "", None
    async for event in executor.execute(code, deadline_s=deadline_s):
        if isinstance(event, Output):
            said += event.text
        elif isinstance(event, Executed):
            executed = event
    assert executed is not None
    return said, executed


def addresses(canary: Canary, folder: Path) -> dict[str, Any]:
    (folder / "file").write_text(SECRET)
    (folder / "file.json").write_text(json.dumps(SECRET))
    (folder / "script.mjs").write_text(
        "if (self.name !== 'guest') self.postMessage('ran'); export default 'secret';"
    )
    (folder / "out").mkdir()
    return {
        "url": f"http://127.0.0.1:{canary.port}/",
        "ws": f"ws://127.0.0.1:{canary.port}/",
        "port": canary.port,
        "socket": canary.path,
        "file": str(folder / "file"),
        "json": str(folder / "file.json"),
        "script": str(folder / "script.mjs"),
        "folder": str(folder / "out"),
        "key": KEY,
    }


@pytest.fixture(scope="module")
def fenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """A guest as every executor has it. The canary must have heard nothing in the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, SECRET)
        folder = tmp_path_factory.mktemp("fenced")
        guest = Guest(Canary(folder), folder, spare=True)
        yield guest
        guest.close()
        assert guest.canary.heard == 0
        assert os.listdir(guest.at["folder"]) == []


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """The same guest with every permission, the key in its environment, and no limits."""
    with pytest.MonkeyPatch.context() as patch:
        cache = str(tmp_path_factory.mktemp("cache"))
        patch.setattr(guest_process, "_FLAGS", (*guest_process._FLAGS, "--allow-all"))
        patch.setattr(guest_process, "_ENV", {"DENO_DIR": cache, KEY: SECRET})
        patch.setattr(guest_process, "_limit", lambda *_: None)
        folder = tmp_path_factory.mktemp("loose")
        guest = Guest(Canary(folder), folder, spare=False)  # it must not be the fenced one's
        guest.run("1")  # starts it
        yield guest
        guest.close()


@pytest.mark.parametrize("attempt", ALL, ids=lambda attempt: attempt.name)
def test_attempt_is_refused(attempt: Attempt, fenced: Guest) -> None:
    outcome = fenced.tried(attempt)
    assert re.fullmatch(attempt.expected, outcome, re.DOTALL), outcome


@pytest.mark.parametrize(
    "attempt", [attempt for attempt in ALL if attempt.control], ids=lambda attempt: attempt.name
)
def test_attempt_succeeds_in_a_guest_that_is_allowed_everything(
    attempt: Attempt, loose: Guest
) -> None:
    outcome = loose.tried(attempt)
    assert re.fullmatch(attempt.control or "", outcome, re.DOTALL), outcome


def test_canary_hears_a_guest_that_is_allowed_everything(loose: Guest) -> None:
    before = loose.canary.heard
    [attempt] = [attempt for attempt in ALL if attempt.name == "node:http"]
    assert loose.tried(attempt) == "'heard'"
    assert loose.canary.heard > before


FLOODS = {
    "console of the guest": "run_js(\"for (let i = 0; i < 3e5; i++) console.log('x'.repeat(80))\")",
    "console of another thread": """await run_js('''new Promise((done) => {
        const script = "for (let i = 0; i < 2e4; i++) console.log('é'.repeat(80)); postMessage(1)";
        new Worker(URL.createObjectURL(new Blob([script])), { type: "module" }).onmessage = done;
    })''')""",
    "stderr": "run_js(\"for (let i = 0; i < 1e5; i++) console.error('x'.repeat(80))\")",
    "bytes between the frames": """run_js('''(() => {
        const bytes = new Uint8Array(3e6).fill(65);
        for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    })''')()""",
    "messages to the first thread": "run_js('for (let i = 0; i < 2e4; i++) self.onerror?.(i)')",
}


@pytest.mark.parametrize("code", FLOODS.values(), ids=FLOODS)
def test_what_is_written_beside_the_frames_breaks_none(code: str, fenced: Guest) -> None:
    kept = fenced.run("kept = 1")[1]
    assert kept.error is None
    said, executed = fenced.run(f"from pyodide.code import run_js\n{code}\nprint('end')")
    assert (said, executed.error) == ("end\n", None)
    assert fenced.run("print(kept)")[0] == "1\n"


FORGED = {
    "frame with many parts": "[245,112,121,97,103,101,110,116, 255,255,255,255]",
    "frame of a terabyte": "[245,112,121,97,103,101,110,116, 1,0,0,0, 0,0,0,0,0,1,0,0]",
    "frame that is no message": "[245,112,121,97,103,101,110,116, 1,0,0,0, 2,0,0,0,0,0,0,0, 91,93]",
    "end of the pipe": None,
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED)
def test_forged_frame_ends_only_its_guest(data: str | None, fenced: Guest) -> None:
    forge = f"Deno.stdout.writeSync(Uint8Array.from({data}))" if data else "Deno.stdout.close()"
    fenced.run("kept = 2")
    _, executed = fenced.run(f"import js\njs.eval('{forge}')\nprint(1)\nimport time\ntime.sleep(5)")
    assert executed.error is not None
    assert executed.error.type == "SandboxLost"
    assert fenced.run("print(kept)")[0] == "2\n"


EXHAUSTING = {
    "memory of Python": ("x = []\nwhile True: x.append(bytearray(1 << 24))", "MemoryError"),
    "heap of JavaScript": (
        "import js\njs.eval('const a = []; for (;;) a.push(new Array(1 << 20).fill({}))')",
        "SandboxLost|TimeoutError",
    ),
    "buffers of JavaScript": (
        "import js\njs.eval('const a = []; for (;;) a.push(new ArrayBuffer(1 << 28))')",
        "JsException|SandboxLost|TimeoutError",
    ),
    "threads": (
        'import js\njs.eval(\'const u = URL.createObjectURL(new Blob(["for(;;);"]));'
        ' for (;;) new Worker(u, {type: "module"})\')',
        "SandboxLost|JsException|TimeoutError",
    ),
    "a signal that is swallowed": (
        "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\nwhile True: pass",
        "TimeoutError",
    ),
    "an endless loop in JavaScript": ("import js\njs.eval('for (;;);')", "TimeoutError"),
    "an exit": ("import js\njs.eval('Deno.exit(0)')", "SandboxLost"),
    "a close": ("import js, time\njs.close()\ntime.sleep(5)", "SandboxLost"),
}


@pytest.mark.parametrize(("code", "error"), EXHAUSTING.values(), ids=EXHAUSTING)
def test_exhausting_code_ends_with_an_error(code: str, error: str, fenced: Guest) -> None:
    fenced.run("kept = 3")
    started = time.monotonic()
    _, executed = fenced.run(code, deadline_s=3)
    assert executed.error is not None
    assert re.fullmatch(error, executed.error.type), executed.error
    assert time.monotonic() - started < 10
    assert fenced.run("print(kept)")[0] == "3\n"


def test_guest_finds_nothing_of_an_earlier_one(fenced: Guest) -> None:
    fenced.run("open('left', 'w').write('x')\nimport js\njs.left = 1\nimport sys\nsys.left = 1")
    fenced.runner.run(fenced.executor.reset())
    look = "import os, js, sys\nprint(os.listdir(), hasattr(js, 'left'), hasattr(sys, 'left'))"
    assert fenced.run(look)[0] == "[] False False\n"


def test_tool_call_that_is_forged_is_one_like_any_other() -> None:
    """A guest may call the tools that it was given, by whatever way; it gets no more by forging."""
    calls: list[str] = []

    async def handler(call: ToolCall) -> ToolReturn:
        calls.append(call.name)
        value: Json = 1
        return ToolReturn(call_id=call.call_id, value=value)

    async def scenario() -> None:
        executor = WasmExecutor()
        try:
            await executor.define_tools(
                [ToolStub(name="one", signature="() -> int", doc="One.", parameters=[])], handler
            )
            _, executed = await run(executor, "one()")
            assert executed.error is None
        finally:
            await executor.aclose()

    asyncio.run(scenario())
    assert calls == ["one"]


HOST = """
import asyncio, sys
from pyagent.executors.wasm.executor import WasmExecutor

async def main():
    executor = WasmExecutor()
    await executor.start()
    print(executor.process_id, flush=True)
    async for event in executor.execute(sys.argv[1], deadline_s=600):
        pass

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import js\njs.eval('for (;;) self.postMessage?.call(self, undefined)')",
        "import js\njs.eval('Deno.addSignalListener(\"SIGTERM\", () => {}); for (;;);')",
    ],
    ids=["loop", "flood of messages", "handled signals"],
)
def test_guest_ends_with_its_host_whatever_its_code_does(code: str) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    with subprocess.Popen(
        [sys.executable, "-c", HOST, code], env=env, stdout=subprocess.PIPE, text=True
    ) as host:
        assert host.stdout is not None
        guest = int(host.stdout.readline())
        assert _is_running(guest)
        host.send_signal(signal.SIGKILL)
        host.wait()
        ends = time.monotonic() + 20
        while _is_running(guest) and time.monotonic() < ends:
            time.sleep(0.05)
        gone = not _is_running(guest)
        with suppress(ProcessLookupError):
            os.kill(guest, signal.SIGKILL)
    assert gone


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
