"""Bodies that are no replies, or nearly are: the run ends in an error of ours or with an answer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import httpx
import pytest

from pyagent import ToolCallingAgent, tool
from pyagent.agents.run import asker
from pyagent.models.formats.by_name import FORMATS
from pyagent.models.http import retry
from pyagent.models.http.model import HttpModel
from support.models.cut_streams import PROXY_PAGE, stream_in_format
from support.models.formats import stream_bytes
from support.models.model_asking import KEY, stream_of

BODIES = 125
"""For each of the four formats."""

VALUES = [None, True, 0, -1, 1e308, "", "x", [], {}, [[]], [None], {"a": None}, "\ud800", 2**70]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are sent again without a wait."""
    monkeypatch.setattr(asker, "_REPEATS_AFTER_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(retry, "_BACKOFF", lambda _: 0.0)


def flipped(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 40)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def spliced(body: bytes, chance: random.Random) -> bytes:
    start, end, to = sorted(chance.randrange(len(body)) for _ in range(3))
    return body[:to] + body[start:end] + body[to:]


def without_a_part(body: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(body)) for _ in range(2))
    return body[:start] + body[end:]


def shuffled(body: bytes, chance: random.Random) -> bytes:
    events = body.split(b"\n\n")
    chance.shuffle(events)
    return b"\n\n".join(events)


def paged(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + PROXY_PAGE + body[at:]


def nested(body: bytes, chance: random.Random) -> bytes:
    depth = chance.choice([100, 3_000, 50_000])
    return b'data: {"choices": ' + b"[" * depth + b"]" * depth + b"}\n\n" + body


def noise(body: bytes, chance: random.Random) -> bytes:
    return chance.choice([b"data: ", b"", b"{"]) + chance.randbytes(chance.choice([3, 400, 9_000]))


def retyped(body: bytes, chance: random.Random) -> bytes:
    """A value of the wrong type somewhere in each event."""
    lines = []
    for line in body.decode().split("\n"):
        if line.startswith("data: {"):
            data = json.loads(line.removeprefix("data: "))
            _retype(data, chance)
            line = f"data: {json.dumps(data)}"
        lines.append(line)
    return "\n".join(lines).encode()


def _retype(data: object, chance: random.Random) -> None:
    places = [(data, key) for key in data] if isinstance(data, dict) else []
    if isinstance(data, list):
        places = [(data, index) for index in range(len(data))]  # type: ignore[misc]
    if not places:
        return
    holder, key = chance.choice(places)
    if chance.random() < 0.4:
        holder[key] = chance.choice(VALUES)  # type: ignore[index]
    else:
        _retype(holder[key], chance)  # type: ignore[index]


WAYS: list[Callable[[bytes, random.Random], bytes]] = [
    *(flipped, spliced, without_a_part, shuffled, paged, nested, noise, retyped, retyped)
]


@pytest.mark.parametrize("cls", FORMATS.values(), ids=FORMATS.keys())
def test_no_malformed_body_is_a_fault_of_ours(cls: type[HttpModel]) -> None:
    chance, good, bodies = random.Random(11), stream_bytes(cls.wire), list[bytes]()

    def answer(request: httpx.Request) -> httpx.Response:
        return stream_of(bodies[0] if bodies else stream_in_format(request, "Done."))

    @tool
    def population(city: str) -> int:
        """Population of a city.

        Args:
            city: Its name.
        """
        return 1

    model = cls("m-1", api_key=KEY, transport=httpx.MockTransport(answer))
    with ToolCallingAgent([population], model, max_steps=1, memory_size=1) as agent:
        for number in range(BODIES):
            way = WAYS[number % len(WAYS)]
            bodies[:] = [way(good, chance)]
            result = agent.run("Go.")
            kind = result.problem.kind if result.problem else ""
            assert kind != "internal", (way.__name__, number, result.problem)
        bodies.clear()
        assert agent.run("And now?").output == "Done."
