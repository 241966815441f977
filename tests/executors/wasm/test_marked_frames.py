"""What a guest under Deno writes beside its frames is passed over, within a bound."""

from __future__ import annotations

import asyncio

import pytest

from pyagent.errors import ProtocolError
from pyagent.executors.wasm import guest_process
from pyagent.executors.wasm.guest_process import MARK, MarkedChannel
from pyagent.protocol import Output
from pyagent.sandbox.frames import pack
from pyagent.wire import dumps

FRAME = MARK + pack(dumps(Output(id=1, stream="stdout", text="hi")), [])


async def received(*pieces: bytes) -> list[str]:
    async def ended() -> str:
        return "it ended"

    reader = asyncio.StreamReader(limit=1 << 16)
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    channel = MarkedChannel(reader, None, ended)  # type: ignore[arg-type]
    return [getattr((await channel.receive())[0], "text", "") for _ in range(pieces.count(FRAME))]


def test_text_between_frames_is_passed_over() -> None:
    junk = b"printed by a script\n" * 10_000
    assert asyncio.run(received(junk, FRAME, b"more", FRAME, junk, FRAME)) == ["hi"] * 3


def test_too_much_between_frames_ends_the_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_process, "MAX_BESIDE_BYTES", 1_000_000)
    junk = b"x" * 300_000
    with pytest.raises(ProtocolError, match="bytes beside its frames"):
        asyncio.run(received(junk, FRAME, junk, FRAME, junk, FRAME, junk, FRAME))
