"""The messages of a guest, over a link in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import pytest

from pyagent import wire
from pyagent.errors import ChannelClosed, ProtocolError
from pyagent.protocol import (
    CheckpointRestored,
    CheckpointTaken,
    DefineTools,
    Execute,
    Executed,
    FromGuest,
    GuestReady,
    PackageRequest,
    PackageResponse,
    RestoreCheckpoint,
    SetVariables,
    TakeCheckpoint,
    ToGuest,
    ToolCall,
    ToolReturn,
    ToolStub,
    WriteFile,
)
from pyagent.sandbox import checkpoint
from pyagent.sandbox.frames import HEAD, MAX_FRAME_BYTES, pack, sizes_length, unpack_sizes
from pyagent.sandbox.guest import Guest


class ScriptedLink:
    """Delivers the executor's messages, and records the guest's through the wire's own checks."""

    def __init__(self, *messages: ToGuest) -> None:
        self.inbox: deque[ToGuest] = deque(messages)
        self.sent: list[FromGuest] = []
        self.buffers: list[bytes] = []

    def send(self, message: FromGuest, buffers: Sequence[bytes] = ()) -> None:
        self.sent.append(wire.loads(wire.dumps(message), FromGuest))
        self.buffers.extend(buffers)

    def wait(self) -> tuple[ToGuest, list[bytes]]:
        if not self.inbox:
            raise ChannelClosed("done")
        return self.inbox.popleft(), [b"bytes"]


def serve(folder: Path, *messages: ToGuest) -> ScriptedLink:
    link = ScriptedLink(*messages)
    Guest(link, work_dir=folder).serve()
    return link


def stub(name: str) -> DefineTools:
    return DefineTools(tools=[ToolStub(name=name, signature="(a: int = 0) -> int", doc="")])


def test_guest_announces_that_it_is_ready(tmp_path: Path) -> None:
    assert isinstance(serve(tmp_path).sent[0], GuestReady)


def test_messages_that_come_during_a_tool_call_are_served_after_it(tmp_path: Path) -> None:
    link = serve(
        tmp_path,
        stub("ask"),
        SetVariables(variables={"new": str(tmp_path / "new.bin")}),
        Execute(id=1, code="import pathlib\nseen = ask()\npathlib.Path(new).exists(), seen"),
        SetVariables(variables={"seen": "late"}),
        WriteFile(path="new.bin"),
        ToolReturn(call_id=99, value="not mine"),
        ToolReturn(call_id=1, value=5),
        Execute(id=2, code="seen"),
    )
    values = [message.value for message in link.sent if isinstance(message, Executed)]
    assert values == [{"text/plain": "(True, 5)"}, {"text/plain": "'late'"}]


def test_guest_ends_when_the_executor_leaves_during_a_tool_call(tmp_path: Path) -> None:
    link = serve(tmp_path, stub("ask"), Execute(id=1, code="while True:\n    ask()"))
    assert isinstance(link.sent[-2], ToolCall)


def test_installer_fetches_through_the_executor(tmp_path: Path) -> None:
    link = ScriptedLink(PackageResponse(id=1, status=200, content_type="text/plain"))
    guest = Guest(link, work_dir=tmp_path)
    response, body = guest.fetch_package("https://example.org/a.whl")
    assert (response.status, body) == (200, b"bytes")
    assert link.sent == [PackageRequest(id=1, url="https://example.org/a.whl")]


def test_checkpoint_holds_variables_and_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    first = Guest(ScriptedLink(), work_dir=old)
    first.kernel.execute("import threading\nx = [1, 2]\nlock = threading.Lock()", 1)
    (old / "a.txt").write_text("hi")
    data, skipped = checkpoint.take_checkpoint(
        first.kernel, first.kernel.interrupts, with_files=True
    )
    assert list(skipped) == ["lock"]
    assert "pickle" in skipped["lock"]
    second = Guest(ScriptedLink(), work_dir=new)
    names, failed = checkpoint.restore_checkpoint(second.kernel, data)
    assert (set(names), failed) == ({"threading", "x"}, {})
    assert (new / "a.txt").read_text() == "hi"


def test_large_variables_cost_only_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 10_000)
    link = serve(
        tmp_path,
        Execute(id=1, code="big = b'x' * 50_000\nhalf = b'y' * 6_000\nsame = b'z' * 6_000\nx = 1"),
        TakeCheckpoint(id=2),
    )
    taken = link.sent[-1]
    assert isinstance(taken, CheckpointTaken)
    assert set(taken.skipped) == {"big", "same"}
    assert len(link.buffers[-1]) < 10_000


def test_variable_that_fails_to_load_is_named(tmp_path: Path) -> None:
    code = (
        "def explode():\n    raise RuntimeError('not here')\n"
        "class Bomb:\n    def __reduce__(self):\n        return explode, ()\n"
        "bomb = Bomb()\nx = 1"
    )
    link = serve(tmp_path, Execute(id=1, code=code), TakeCheckpoint(id=2))

    class Restoring(ScriptedLink):
        def wait(self) -> tuple[ToGuest, list[bytes]]:
            message, _ = super().wait()
            return message, [link.buffers[-1]]

    again = Restoring(RestoreCheckpoint(id=3))
    Guest(again, work_dir=tmp_path).serve()
    restored = again.sent[-1]
    assert isinstance(restored, CheckpointRestored)
    assert restored.failed == {"bomb": "RuntimeError: not here"}
    assert "x" in restored.names


def test_frames_check_sizes_before_anything_is_read() -> None:
    frame = pack("text", [b"one", b""])
    table = frame[HEAD.size : HEAD.size + sizes_length(frame[: HEAD.size])]
    assert unpack_sizes(table) == (4, 3, 0)
    assert frame.endswith(b"textone")
    with pytest.raises(ProtocolError):
        sizes_length(HEAD.pack(1_000_000))
    with pytest.raises(ProtocolError):
        sizes_length(HEAD.pack(0))
    with pytest.raises(ProtocolError):
        unpack_sizes((MAX_FRAME_BYTES + 1).to_bytes(8, "little"))
