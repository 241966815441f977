"""The providers' own clients can read our recorded streams, and know every field that we send."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from pyagent import AnthropicModel, GeminiModel, OpenAIModel, OpenAIResponsesModel
from pyagent.models.http.model import HttpModel
from support import SUPPORT
from support.models.formats import CALLS, SCHEMA, TEXT, THOUGHT, TOOLS, USAGE, body_sent, replay
from support.models.peers import PEERS
from support.models.scripted_server import ScriptedServer

FORMATS: tuple[type[HttpModel], ...] = (
    *(OpenAIModel, OpenAIResponsesModel, AnthropicModel, GeminiModel),
)
all_formats = pytest.mark.parametrize("wire", [cls.wire for cls in FORMATS])


def body_of(cls: type[HttpModel]) -> Any:
    """A body with every option, but no temperature for Anthropic, whose client has dropped it."""
    options: dict[str, Any] = {} if cls is AnthropicModel else {"temperature": 0.5}
    if cls in (AnthropicModel, GeminiModel):
        options["thinking"] = 2048
    asked = {"tools": TOOLS, "schema": SCHEMA, "stop": ["###"], "max_tokens": 99}
    return body_sent(cls, options=options, **asked)[0]


@pytest.fixture(scope="module")
def bodies() -> dict[str, Any]:
    return {cls.wire: body_of(cls) for cls in FORMATS}


@pytest.fixture(scope="module")
def sdks(bodies: dict[str, Any]) -> Any:
    """What the clients read from our streams and requests, in one run: they start slowly."""
    python = PEERS / "bin" / "python"
    assert python.exists(), f"{python} is missing: scripts/test makes it"
    with ScriptedServer(replay) as server:
        given = json.dumps({"base_url": server.base_url, "bodies": bodies})
        program = SUPPORT / "models" / "sdk_reader.py"
        command = [str(python), "-W", "ignore", str(program)]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@all_formats
def test_providers_client_reads_the_same_from_the_recorded_stream(sdks: Any, wire: str) -> None:
    assert sdks["read"][wire] == {
        "thought": THOUGHT,
        "text": TEXT,
        "calls": [list(call) for call in CALLS],
        "usage": [USAGE.input_tokens, USAGE.output_tokens, USAGE.cached_tokens],
    }


@all_formats
def test_providers_client_knows_every_field_of_our_requests(
    sdks: Any, bodies: dict[str, Any], wire: str
) -> None:
    """The client's types drop fields that they do not know."""
    assert sdks["known"][wire] == bodies[wire]
