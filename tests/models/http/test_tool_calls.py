"""Tool calls are assembled from whatever pieces a server streams."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from time import process_time
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyagent import AnthropicModel, GeminiModel, OpenAIModel, OpenAIResponsesModel
from pyagent.messages import ToolSpec, ToolUse
from pyagent.models.base import ReasoningDelta, ReplyDone, ToolRequested
from pyagent.models.http.model import HttpModel
from support.models.formats import conversation, replies
from support.models.model_asking import said, scripted, sse, stream_of

TOOLS = tuple(
    ToolSpec(name=name, description="", parameters={"type": "object", "properties": {}})
    for name in ("weather", "news", "get_time", "größe")
)
FULL = '{"city": "Lisbon"}'
LISBON = [("weather", {"city": "Lisbon"})]


def piece(arguments: Any = None, name: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {"name": name} if name is not None else {}
    return {**fields, "function": function | ({"arguments": arguments} if arguments else {})}


def chunk(*pieces: Any, reason: Any = None, **delta: Any) -> dict[str, Any]:
    delta |= {"tool_calls": list(pieces)} if pieces else {}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def asked(*payloads: Any, cls: type[HttpModel] = OpenAIModel, end: bool = True) -> list[Any]:
    model = scripted(cls, stream_of(sse(*payloads, *(["[DONE]"] if end else []))), max_retries=0)
    return asyncio.run(replies(model, conversation()[:2], tools=TOOLS))


def uses_in(*payloads: Any, cls: type[HttpModel] = OpenAIModel) -> list[ToolUse]:
    return [e.use for e in asked(*payloads, cls=cls) if isinstance(e, ToolRequested)]


def calls_in(*payloads: Any, cls: type[HttpModel] = OpenAIModel) -> list[tuple[str, Any]]:
    uses = uses_in(*payloads, cls=cls)
    assert [use.fault for use in uses if use.fault] == []
    assert len({use.id for use in uses}) == len(uses)
    return [(use.name, use.arguments) for use in uses]


START = {"index": 0, "id": "a", "name": "weather"}


@pytest.mark.parametrize(
    "pieces",
    [
        [piece("{}", **START), piece(FULL, index=0)],
        [piece("{}", **START), piece('{"city":', index=0), piece('"Lisbon"}', index=0)],
        [piece('{"city": ', **START), piece('"Lisbon"}', index=0), piece(FULL, index=0)],
        [piece('{"city": ', **START), piece('"Lisbon"}', index=0), piece(FULL, **START)],
        [piece('{"ci', **START), piece('{"city": "Lis', index=0), piece(FULL, index=0)],
        [piece('{"city": "Lis', **START), piece(FULL, index=0)],
        [piece(FULL, **START), piece('"Lisbon"}', index=0)],
        [piece(FULL, **START), piece("{}", index=0)],
        [piece({}, **START), piece({"city": "Lisbon"}, index=0)],
        [piece({"city": "Lisbon"}, **START), piece("{}", index=0)],
        [piece(json.dumps(FULL), **START)],
        [piece(json.dumps(json.dumps(FULL)), **START)],
        [piece('"{\\"city\\": ', **START), piece('\\"Lisbon\\"}"', index=0)],
    ],
    ids=[
        *("placeholder first", "placeholder, then pieces", "all repeated", "all and name repeated"),
        *("each piece repeats", "restarted", "tail repeated", "empty at the end", "objects"),
        *("object, then empty", "encoded twice", "encoded three times", "encoded pieces"),
    ],
)
def test_arguments_that_are_repeated_restarted_or_encoded_are_read(pieces: list[Any]) -> None:
    assert calls_in(*map(chunk, pieces), chunk(reason="tool_calls")) == LISBON


@pytest.mark.parametrize(
    "pieces",
    [
        [piece('{"city": ', **START), piece('"Lisbon"}', index=0, id="b")],
        [piece('{"city": ', **START), piece('"Lisbon"}', index=0, id="b", name="weather")],
        [piece('{"city": ', **START), piece('"Lisbon"}', **START)],
        [piece('{"city": ', **START), piece('"Lisbon"}', index=1, id="a")],
        [piece('{"city": ', **START), piece('"Lisbon"}', index=1)],
        [piece('{"city": ', **START), piece('"Lisbon"}')],
        [piece('{"city": ', **START), piece('"Lisbon"}', id="a")],
        [piece('{"city": ', name="weather"), piece('"Lisbon"}', name="weather")],
        [piece(None, name="weather", id="a"), piece(FULL, name="weather", id="a")],
        [piece(None, **START), piece(FULL, index=0, id="b", name="weather")],
        [piece('{"city": ', index=0, id="a"), piece('"Lisbon"}', index=0, name="weather")],
        [piece(None, index=0, name="wea"), piece(None, index=0, name="ther"), piece(FULL, index=0)],
        [piece(None, index=0, name="wea"), piece(FULL, index=0, name="weather")],
    ],
)
def test_piece_goes_to_its_call_whatever_its_marks(pieces: list[Any]) -> None:
    assert calls_in(*map(chunk, pieces), chunk(reason="tool_calls")) == LISBON


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"index": 0}, {"index": 0}),
        ({"index": 0, "id": "a"}, {"index": 0, "id": "a"}),
        ({"index": 0, "id": "a"}, {"index": 1, "id": "a"}),
        ({"index": 0, "id": ""}, {"index": 1, "id": ""}),
        ({"id": "a"}, {"id": "a"}),
        ({"id": "a"}, {}),
        ({}, {"index": 1}),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_calls_of_two_tools_stay_two_whatever_their_marks(
    first: dict[str, Any], second: dict[str, Any], apart: bool
) -> None:
    pieces = piece(FULL, "weather", **first), piece('{"topic": "tea"}', "news", **second)
    payloads = [chunk(one) for one in pieces] if apart else [chunk(*pieces)]
    assert calls_in(*payloads) == [*LISBON, ("news", {"topic": "tea"})]


@pytest.mark.parametrize(
    ("first", "second"),
    [({"index": 0, "id": "a"}, {"index": 0, "id": "b"}), ({}, {}), ({"id": "a"}, {"id": "b"})],
)
def test_calls_of_the_same_tool_stay_two(first: dict[str, Any], second: dict[str, Any]) -> None:
    pieces = piece(FULL, "weather", **first), piece('{"city": "Porto"}', "weather", **second)
    for payloads in ([chunk(one) for one in pieces], [chunk(*pieces)]):
        assert calls_in(*payloads) == [*LISBON, ("weather", {"city": "Porto"})]


@pytest.mark.parametrize(
    "payloads",
    [
        [chunk(piece('{"city": ', **START), reason="stop"), chunk(piece('"Lisbon"}', index=0))],
        [chunk(content="I look", reason="stop"), chunk(piece(FULL, **START), reason="tool_calls")],
        [chunk(reason="tool_calls"), chunk(piece(FULL, **START))],
        [chunk(piece('{"city": ', **START), reason="null"), chunk(piece('"Lisbon"}', index=0))],
        [
            chunk(piece('{"city": ', **START), reason="tool_calls"),
            chunk(piece('"Lisbon"}', index=0), reason="tool_calls"),
            {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
        ],
        [
            chunk(piece('{"city": ', **START), reason={"type": "stop"}),
            chunk(piece('"Lisbon"}', index=0), reason=True),
        ],
    ],
)
def test_call_is_read_whenever_the_finish_reason_comes(payloads: list[Any]) -> None:
    assert calls_in(*payloads) == LISBON


def test_reply_that_breaks_after_an_early_reason_is_not_taken_for_complete() -> None:
    payloads = sse(chunk(content="One", reason="stop"), chunk(content=" two", reason="stop"))
    model = scripted(OpenAIModel, stream_of(payloads, httpx.ReadError("reset")), max_retries=0)
    with pytest.raises(Exception, match="broke off after 7 characters"):
        asyncio.run(replies(model, conversation()[:2]))


def test_limit_that_is_said_before_the_end_stays() -> None:
    done = asked(chunk(content="a", reason="length"), chunk(reason="stop"))[-1]
    assert isinstance(done, ReplyDone)
    assert done.finish_reason == "length"


def test_old_function_call_is_read() -> None:
    first = {"function_call": {"name": "weather", "arguments": '{"city": '}}
    second = {"function_call": {"arguments": '"Lisbon"}'}}
    assert calls_in(chunk(**first), chunk(**second, reason="function_call")) == LISBON


NAMES = [
    *("functions.weather", "weather<|channel|>commentary", "functions.weather:0", "weather:12"),
    *("default_api.weather", "to=functions.weather", " weather ", "`weather`", "Weather"),
    *("weather<|constrain|>json", "tools.weather", "functions.functions.weather", "weather()"),
    *("<|channel|>weather", "assistant<|channel|>commentary to=functions.weather"),
    *("functions::weather", "functions->weather", "weather.call", "call:weather", "weather:"),
    *("weather{", "weather|", "weather\\", "weather<tool_sep>", "weather\u200b", "weather."),
    *(
        "<function=weather>",
        "<weather>",
        "[weather]",
        "name: Weather",
        "<|tool_call|>call:weather{",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_name_that_a_model_decorates_is_the_tools(name: str) -> None:
    assert calls_in(chunk(piece(FULL, name, index=0))) == LISBON


@pytest.mark.parametrize("name", ["get-time", "getTime", "GET_TIME", "functions.get_time"])
def test_name_in_another_spelling_is_the_tools(name: str) -> None:
    assert calls_in(chunk(piece("{}", name, index=0))) == [("get_time", {})]


@pytest.mark.parametrize(
    ("name", "read"),
    [("browser.tabs.open", "browser.tabs.open"), ("functions.nothing", "functions.nothing")],
)
def test_name_of_no_tool_is_told_as_the_model_wrote_it(name: str, read: str) -> None:
    [use] = uses_in(chunk(piece("{}", name, index=0)))
    assert use.name.removeprefix("functions.") == read.removeprefix("functions.")


@pytest.mark.parametrize("name", ["call", "weather news", "forecast weather", "weather.news"])
def test_name_that_could_be_of_another_tool_is_not_guessed(name: str) -> None:
    [use] = uses_in(chunk(piece("{}", name, index=0)))
    assert use.name == name


@pytest.mark.parametrize("part", ["functions.", "to=", "<|", "<|a|>", "a ", "weather:", ":"])
def test_name_without_end_is_read_at_once(part: str) -> None:
    started = process_time()
    uses_in(chunk(piece("{}", part * 200_000, index=0)))
    assert process_time() - started < 5


MENDED = [
    ('{"city": "Lisbon"}}', {"city": "Lisbon"}),
    ('{"city": "Lisbon"}]}', {"city": "Lisbon"}),
    ('{"code": "a\nb\tc"}', {"code": "a\nb\tc"}),
    ('{"pattern": "\\d+"}', {"pattern": "\\d+"}),
    ('{"city": "Lisbon",}', {"city": "Lisbon"}),
    ("{'city': 'Lisbon', 'now': True}", {"city": "Lisbon", "now": True}),
    ('{city: "Lisbon"} // done', {"city": "Lisbon"}),
    ('```json\n{"city": "Lisbon"}\n```', {"city": "Lisbon"}),
    ('{"a": {"b": [1, 2]}', {"a": {"b": [1, 2]}}),
    ('{"city": "Lisbon"', {"city": "Lisbon"}),
    ('{"a": [1, 2], "now": true', {"a": [1, 2], "now": True}),
    ('{"a": {"b": "c"', {"a": {"b": "c"}}),
    ('{{"city": "Lisbon"}}', {"city": "Lisbon"}),
    ('{\n{"city": {"a": 1}}', {"city": {"a": 1}}),
    ('{"city": "Lisbon" /* the capital */}', {"city": "Lisbon"}),
    ('/* why: ** * */ {"city": "/* Lisbon */",}', {"city": "/* Lisbon */"}),
    ("null", {}),
    ("None", {}),
    ('"None"', {}),
    ("undefined", {}),
    ("", {}),
    (" \n", {}),
]


@pytest.mark.parametrize(("written", "read"), MENDED)
def test_arguments_that_are_nearly_json_are_mended(written: str, read: Any) -> None:
    [use] = uses_in(chunk(piece(written, **START)))
    assert (use.arguments, use.fault) == (read, "")


@pytest.mark.parametrize("written", ['{"a": {"b": 1}', '{"city": "Lis', '{"a": [1, 2], "b": 3'])
def test_arguments_that_the_token_limit_cut_off_are_not_completed(written: str) -> None:
    [use] = uses_in(chunk(piece(written, **START)), chunk(reason="length"))
    assert use.arguments == {}
    assert "limit on tokens" in use.fault


@pytest.mark.parametrize(
    "written", ['{"city": "Lis', '{"city"', '{"city": "Lis\\"', '{"a": 1, "city": ', '{"a": [1, 2']
)
def test_arguments_whose_last_value_may_be_cut_off_are_not_completed(written: str) -> None:
    [use] = uses_in(chunk(piece(written, **START)))
    assert "could not be read" in use.fault


def spec(name: str, /, **properties: Any) -> ToolSpec:
    return ToolSpec(
        name=name, description="", parameters={"type": "object", "properties": properties}
    )


TEXT, LIST = {"type": "string"}, {"type": "array"}
TYPED = (
    spec("weather", city=TEXT, day=TEXT),
    spec("add", numbers=LIST),
    spec("run", name=TEXT, arguments={"type": "object"}),
    spec("now"),
)
"""Tools with parameters."""


@pytest.mark.parametrize("cls", [OpenAIModel, AnthropicModel])
@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("weather", ["Lisbon"], {"city": "Lisbon"}),
        ("weather", ["Lisbon", "Monday"], {"city": "Lisbon", "day": "Monday"}),
        ("weather", [{"day": "Monday"}], {"day": "Monday"}),
        ("add", [1, 2], {"numbers": [1, 2]}),
        ("add", [[1, 2]], {"numbers": [1, 2]}),
        ("weather", {"name": "weather", "arguments": {"city": "Lisbon"}}, {"city": "Lisbon"}),
        ("weather", {"name": "functions.weather", "args": '{"day": "x"}'}, {"day": "x"}),
        ("functions.weather", {"parameters": {"city": "Lisbon"}}, {"city": "Lisbon"}),
        ("now", {"type": "function", "id": "a", "name": "now", "arguments": {}}, {}),
    ],
)
def test_arguments_in_another_shape_are_read(
    cls: type[HttpModel], name: str, written: Any, read: Any
) -> None:
    [use] = typed_uses(name, written, cls=cls)
    assert (use.arguments, use.fault) == (read, "")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("run", {"name": "run", "arguments": {"name": "x"}}),
        ("weather", {"name": "news", "arguments": {"city": "Lisbon"}}),
        ("weather", {"arguments": {"city": "Lisbon"}, "when": "now"}),
        ("weather", {"arguments": {"topic": "x"}}),
        ("weather", {"city": "Lisbon", "arguments": {"day": "x"}}),
        ("weather", {"arguments": '{"city'}),
        ("unknown", {"name": "unknown", "arguments": {}}),
    ],
)
def test_arguments_that_may_be_meant_as_written_stay(name: str, written: Any) -> None:
    [use] = typed_uses(name, written)
    assert (use.arguments, use.fault) == (written, "")


@pytest.mark.parametrize(("name", "written"), [("weather", ["a", "b", "c"]), ("unknown", ["a"])])
def test_list_that_does_not_fit_the_parameters_is_refused(name: str, written: Any) -> None:
    [use] = typed_uses(name, written)
    assert "must be a JSON object" in use.fault


def typed_uses(name: str, written: Any, cls: type[HttpModel] = OpenAIModel) -> list[ToolUse]:
    arguments = json.dumps(written)
    payloads = [chunk(piece(arguments, name, index=0)), chunk(reason="tool_calls")]
    if cls is AnthropicModel:
        payloads = FORMS[0][1]([arguments])
        payloads[0]["content_block"]["name"] = name
    model = scripted(cls, stream_of(sse(*payloads)), max_retries=0)
    events = asyncio.run(replies(model, conversation()[:2], tools=TYPED))
    return [event.use for event in events if isinstance(event, ToolRequested)]


def test_what_follows_a_missing_bracket_is_not_dropped() -> None:
    [use] = uses_in(chunk(piece('{"a": [1, 2], "b": 3', **START)))
    assert "could not be read" in use.fault


FORMS = [
    (
        AnthropicModel,
        lambda pieces: [
            {"type": "content_block_start", "index": 0, "content_block": {
                "type": "tool_use", "id": "a", "name": "functions.weather", "input": {}}},
            *({"type": "content_block_delta", "index": 0, "delta": {
                "type": "input_json_delta", "partial_json": one}} for one in pieces),
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        ],
    ),
    (
        OpenAIResponsesModel,
        lambda pieces: [
            {"type": "response.output_item.added", "output_index": 0, "item": {
                "type": "function_call", "call_id": "a", "id": "fc", "name": "functions.weather",
                "arguments": ""}},
            *({"type": "response.function_call_arguments.delta", "item_id": "fc", "delta": one}
              for one in pieces),
            {"type": "response.completed", "response": {"output": []}},
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "form"), FORMS)
@pytest.mark.parametrize(
    "pieces",
    [["{}", FULL], ['{"city": ', '"Lisbon"}', FULL], [json.dumps(FULL)], [FULL, "}"], [FULL]],
)
def test_every_format_that_streams_arguments_follows_the_same_rules(
    cls: type[HttpModel], form: Any, pieces: list[str]
) -> None:
    assert calls_in(*form(pieces), cls=cls) == LISBON


def test_arguments_that_google_sends_as_text_are_read() -> None:
    call = {"functionCall": {"name": "default_api.weather", "args": FULL}}
    payload = {"candidates": [{"content": {"parts": [call]}, "finishReason": "STOP"}]}
    assert calls_in(payload, cls=GeminiModel) == LISBON


def test_tool_whose_name_no_provider_allows_is_offered_and_called_by_another() -> None:
    requests: list[httpx.Request] = []
    reply = stream_of(sse(chunk(piece("{}", "gr_e", index=0)), "[DONE]"))
    model = scripted(OpenAIModel, reply, requests=requests)
    events = asyncio.run(replies(model, conversation()[:2], tools=TOOLS))
    sent = [tool["function"]["name"] for tool in json.loads(requests[0].content)["tools"]]
    assert sent[-1] == "gr_e"
    assert [e.use.name for e in events if isinstance(e, ToolRequested)] == ["größe"]


def test_only_the_first_choice_is_read() -> None:
    def choice(index: int, text: str, *pieces: Any) -> dict[str, Any]:
        delta = {"content": text} | ({"tool_calls": list(pieces)} if pieces else {})
        return {"index": index, "delta": delta, "finish_reason": None}

    other = piece("{}", "news", index=0)
    payloads = [
        {"choices": [choice(0, "a"), choice(1, "x", other)]},
        {"choices": [choice(1, "y")]},
        {"choices": [choice(1, "z"), choice(0, "b")]},
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "length"}]},
    ]
    *events, done = asked(*payloads, chunk(reason="stop"))
    assert (said(events), done.finish_reason) == ("ab", "stop")
    assert not any(isinstance(event, ToolRequested) for event in events)


def test_first_choice_is_read_although_another_comes_before_it() -> None:
    def choice(index: Any, text: str, reason: Any = None) -> dict[str, Any]:
        return {"index": index, "delta": {"content": text}, "finish_reason": reason}

    payloads = [
        {"choices": [choice(1, "")]},
        {"choices": [choice(1, "x"), choice(0.0, "a")]},
        {"choices": [choice(1.0, "y", "length")]},
        {"choices": [choice("1", "z"), choice("0", "b")]},
    ]
    *events, done = asked(*payloads, chunk(reason="stop"))
    assert (said(events), done.finish_reason) == ("ab", "stop")


def test_choice_that_is_the_only_one_is_read_whatever_its_index() -> None:
    payloads = [{"choices": [{"index": 1, "delta": {"content": text}}]} for text in "ab"]
    assert said(asked(*payloads, {"choices": [], "usage": None})) == "ab"


@pytest.mark.parametrize(
    "calls",
    [
        [{"index": 0, "id": "a", "name": "weather", "arguments": FULL}],
        [{"id": "a", "function": "weather", "arguments": FULL}],
        [{"id": "a", "function": {"name": "weather"}, "arguments": FULL}],
        {"index": 0, "id": "a", "function": {"name": "weather", "arguments": FULL}},
        {"id": "a", "name": "weather", "arguments": {"city": "Lisbon"}},
    ],
)
def test_call_in_another_shape_is_read(calls: Any) -> None:
    assert calls_in(chunk(tool_calls=calls, reason="tool_calls")) == LISBON


def test_index_of_a_call_may_be_a_float() -> None:
    pieces = [piece('{"city": ', name="weather", index=0.0), piece("{}", name="news", index=1.0)]
    rest = piece('"Lisbon"}', index=0.0)
    assert calls_in(*map(chunk, [*pieces, rest])) == [*LISBON, ("news", {})]


def test_only_the_first_candidate_of_google_is_read() -> None:
    def candidate(index: int, text: str) -> dict[str, Any]:
        return {"index": index, "content": {"parts": [{"text": text}]}}

    payloads = [{"candidates": [candidate(1, "x"), candidate(0, "a")]}]
    end = {"candidates": [{"finishReason": "STOP"}]}
    assert said(asked(*payloads, end, cls=GeminiModel)) == "a"


HALVES = [
    '{"choices": [{"delta": {"%s": "a\\ud83d"}}]}',
    '{"choices": [{"delta": {"%s": "\\ude00b"}}]}',
]


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_halves_of_a_character_in_two_pieces_are_joined(field: str) -> None:
    events = asked(*(half % field for half in HALVES))
    thought = "".join(e.text for e in events if isinstance(e, ReasoningDelta))
    assert said(events) + thought == "a😀b"


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_half_of_a_character_without_the_other_becomes_a_mark(field: str) -> None:
    events = asked(HALVES[0] % field)
    thought = "".join(e.text for e in events if isinstance(e, ReasoningDelta))
    assert said(events) + thought == "a\ufffd"


def test_halves_of_a_character_in_arguments_are_joined() -> None:
    raw = '{"choices": [{"delta": {"tool_calls": [%s]}}]}'
    first = '{"index": 0, "function": {"name": "weather", "arguments": "{\\"a\\": \\"\\ud83d"}}'
    second = '{"index": 0, "function": {"arguments": "\\ude00\\"}"}}'
    assert calls_in(raw % first, raw % second) == [("weather", {"a": "😀"})]
    escaped = [piece('{"a": "\\ud83d', **START), piece('\\ude00"}', index=0)]
    assert calls_in(*map(chunk, escaped)) == [("weather", {"a": "😀"})]


# --- against a plain model of the rules ----------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), JSON, min_size=1, max_size=3)
CALLS = st.lists(st.tuples(st.sampled_from(["weather", "news"]), ARGUMENTS), max_size=4)
HABITS = st.fixed_dictionaries(
    {
        "marks": st.sampled_from(["index", "id", "both", "same index", "same id", "none"]),
        "name": st.sampled_from(["once", "always", "decorated"]),
        "id": st.sampled_from(["once", "always", "changing"]),
        "arguments": st.sampled_from(
            ["pieces", "placeholder", "repeated", "snapshots", "object", "encoded", "bracket"]
        ),
        "reason": st.sampled_from(["end", "always", "null", "before"]),
        "escapes": st.booleans(),
    }
)


def pieces_of(arguments: Any, habits: dict[str, Any], cuts: list[int]) -> list[Any]:
    """The arguments of a call as a server with these habits streams them."""
    text, how = json.dumps(arguments, ensure_ascii=habits["escapes"]), habits["arguments"]
    if how == "object":
        return [arguments]
    text = json.dumps(text) if how == "encoded" else text
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    parts = [text[a:b] for a, b in pairwise(places)]
    extra = {"repeated": [text], "bracket": ["}"]}.get(how, [])
    if how == "snapshots":
        return [text[:b] for b in places[1:]]
    return [*(["{}"] if how == "placeholder" else []), *parts, *extra]


def marks_of(number: int, first: bool, habits: dict[str, Any], made: Any) -> dict[str, Any]:
    """The index and the id of a piece."""
    kind, marks = habits["marks"], {}
    if kind in ("index", "both", "same id"):
        marks["index"] = number
    if kind == "same index":
        marks["index"] = 0
    if kind in ("id", "both", "same index") and (first or habits["id"] != "once"):
        marks["id"] = f"id{number}"
        if habits["id"] == "changing" and kind == "both":
            marks["id"] = f"id{number}-{next(made)}"
    if kind == "same id":
        marks["id"] = "call_0"
    return marks


@settings(max_examples=400, deadline=None)
@given(calls=CALLS, habits=HABITS, cuts=st.lists(st.integers(1, 40), max_size=4))
def test_calls_are_those_that_the_model_made_whatever_the_servers_habits(
    calls: list[tuple[str, Any]], habits: dict[str, Any], cuts: list[int]
) -> None:
    made = iter(range(10_000))
    payloads = [chunk(reason="stop")] if habits["reason"] == "before" else []
    for number, (name, arguments) in enumerate(calls):
        for place, part in enumerate(pieces_of(arguments, habits, cuts)):
            marks = marks_of(number, place == 0, habits, made)
            written = f"functions.{name}:{number}" if habits["name"] == "decorated" else name
            named = written if place == 0 or habits["name"] == "always" else None
            reason = {"always": "stop", "null": "null"}.get(habits["reason"])
            payloads.append(chunk(piece(part, named, **marks), reason=reason))
    if habits["reason"] == "end":
        payloads.append(chunk(reason="tool_calls"))
    if told_apart(habits):
        assert calls_in(*payloads) == calls
    else:
        asked(*payloads)


def told_apart(habits: dict[str, Any]) -> bool:
    """Whether the pieces say which call they are of.

    Under a name that each piece repeats, arguments that start again may be those of another call,
    unless the index or the id says that they are not.
    """
    starts_again = habits["arguments"] in ("placeholder", "repeated", "snapshots")
    is_unmarked = habits["marks"] == "none" or (habits["marks"] == "id" and habits["id"] == "once")
    has_mark = not is_unmarked and habits["id"] != "changing"
    return has_mark or habits["name"] != "always" or not starts_again
