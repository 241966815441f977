"""Captured output: its order, its pieces and its caps."""

from __future__ import annotations

import pytest

from pyagent.sandbox.output import MAX_OUTPUT_CHARS, OutputHub, StreamName, make_stream

Sent = list[tuple[StreamName, str]]


def make_hub() -> tuple[OutputHub, Sent]:
    sent: Sent = []
    hub = OutputHub(lambda stream, text: sent.append((stream, text)))
    hub.begin()
    return hub, sent


def test_first_lines_are_sent_at_once_and_floods_are_joined() -> None:
    sent: Sent = []
    hub = OutputHub(lambda stream, text: sent.append((stream, text)), clock=lambda: 1000.0)
    hub.begin()
    out = make_stream(hub, "stdout")
    print("first", file=out)
    assert sent == [("stdout", "first\n")]
    for i in range(5_000):
        print(i, file=out)
    hub.end()
    assert len(sent) < 50
    assert "".join(text for _, text in sent).endswith("4998\n4999\n")


def test_streams_keep_their_order() -> None:
    hub, sent = make_hub()
    out, err = make_stream(hub, "stdout"), make_stream(hub, "stderr")
    for i in range(200):
        print(i, file=out if i % 2 else err)
    hub.end()
    assert "".join(text for _, text in sent) == "".join(f"{i}\n" for i in range(200))


def test_characters_cut_between_writes_of_bytes_are_joined() -> None:
    hub, sent = make_hub()
    data = "é😀".encode()
    out = make_stream(hub, "stdout")
    for i in range(len(data)):
        out.buffer.write(data[i : i + 1])
    hub.end()
    assert "".join(text for _, text in sent) == "é😀"


def test_cap_counts_both_streams_and_is_reported_once() -> None:
    hub, sent = make_hub()
    hub.write("stdout", "x" * (MAX_OUTPUT_CHARS - 10))
    hub.write("stderr", "y" * 100)
    hub.write("stdout", "z")
    hub.end()
    text = "".join(text for _, text in sent)
    assert (text.count("x"), text.count("y" * 10), text.count("Output ends here")) == (
        MAX_OUTPUT_CHARS - 10,
        1,
        1,
    )


def test_output_between_steps_is_dropped() -> None:
    hub, sent = make_hub()
    hub.end()
    hub.write("stdout", "late")
    hub.begin()
    hub.end()
    assert sent == []


def test_stream_has_a_descriptor_only_when_given() -> None:
    hub, _ = make_hub()
    assert make_stream(hub, "stdout", 1).fileno() == 1
    with pytest.raises(OSError, match="no file descriptor"):
        make_stream(hub, "stdout").fileno()


def test_a_step_sends_a_bounded_number_of_pieces_whatever_alternates() -> None:
    hub, sent = make_hub()
    out, err = make_stream(hub, "stdout"), make_stream(hub, "stderr")
    for i in range(40_000):
        print(i % 10, end="", file=out if i % 2 else err, flush=True)
    hub.end()
    assert len(sent) < 10_100
    assert "".join(text for _, text in sent) == "".join(str(i % 10) for i in range(40_000))
