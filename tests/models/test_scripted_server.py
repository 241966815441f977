"""The scripted server answers the preflights of browsers as providers do."""

from __future__ import annotations

import itertools

import httpx
import pytest

from support.models.scripted_server import Cors, ScriptedServer, awkward_pieces, streamed


def preflight(server: ScriptedServer, headers: str) -> httpx.Response:
    asked = {
        "origin": "http://page.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": headers,
    }
    return httpx.options(f"{server.base_url}/chat/completions", headers=asked, trust_env=False)


@pytest.mark.parametrize(
    ("cors", "headers", "allowed"),
    [
        (Cors(), "authorization, x-other", "*"),
        (Cors(headers="authorization, content-type"), "Authorization", "*"),
        (Cors(headers="content-type"), "authorization", None),
        (Cors(origin="http://page.example"), "authorization", "http://page.example"),
        (Cors(origin=""), "authorization", None),
    ],
)
def test_page_is_allowed_what_the_server_says(
    cors: Cors, headers: str, allowed: str | None
) -> None:
    with ScriptedServer([streamed("ok")], cors=cors) as server:
        response = preflight(server, headers)
    assert response.headers.get("access-control-allow-origin") == allowed
    assert response.is_success is (allowed is not None)
    assert not server.requests


def test_pieces_cut_characters_and_line_ends() -> None:
    data = 'data: {"é€😀"}\r\n\r\n'.encode() * 20
    pieces = list(awkward_pieces(data))
    assert b"".join(pieces) == data
    for before, after in itertools.pairwise(pieces):
        assert not before.endswith(b"\r") or after.startswith(b"\n")
    assert any(piece.endswith(b"\r") for piece in pieces)
    assert any(piece[0] & 0xC0 == 0x80 for piece in pieces)
    assert max(map(len, pieces)) > 1
