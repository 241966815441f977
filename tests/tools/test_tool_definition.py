"""A tool is checked when it is made, and shows the model a Python signature."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Literal, TypedDict

import pytest

from pyagent import Tool, ToolDefinitionError, ToolError, tool


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(TypedDict):
    x: float
    y: float


def test_function_with_hints_and_docstring_is_a_tool() -> None:
    @tool
    def search(query: str, limit: int = 5) -> list[str]:
        """Search the archive.

        Finds whole words only.

        Args:
            query: What to look for,
                in English.
            limit: How many results.
        """
        return [query] * limit

    stub = search.stub()
    assert (stub.name, stub.signature) == ("search", "(query: str, limit: int = 5) -> list[str]")
    assert stub.doc == (
        "Search the archive.\n\nFinds whole words only.\n\nArgs:\n"
        "    query: What to look for, in English.\n    limit: How many results."
    )
    assert search.parameters["required"] == ["query"]
    assert search("a", limit=2) == ["a", "a"]


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (str, "str"),
        (int | None, "int | None"),
        (Literal["a", 1], "Literal['a', 1]"),
        (list[dict[str, float]], "list[dict[str, float]]"),
        (tuple[int, ...], "list[int]"),
        (tuple[int, str], "tuple[int, str]"),
        (dict, "dict"),
        (Colour, "Literal['red', 'blue']"),
        (Point, "dict"),
        (Any, "Any"),
        (str | list[str], "str | list[str]"),
    ],
)
def test_types_are_shown_in_python_syntax(hint: Any, text: str) -> None:
    def take(value: Any) -> None:
        """Take.

        Args:
            value: Anything.
        """

    take.__annotations__["value"] = hint
    assert tool(take).signature == f"(value: {text}) -> None"


@pytest.mark.parametrize("hint", [list, tuple, tuple[Any, ...], Sequence])
def test_array_of_any_items_declares_its_items(hint: Any) -> None:
    """OpenAI refuses an array whose schema does not declare its items."""

    def take(value: Any) -> None:
        """Take.

        Args:
            value: Anything.
        """

    take.__annotations__["value"] = hint
    schema = {"type": "array", "items": {}, "description": "Anything."}
    assert tool(take).parameters["properties"]["value"] == schema


def no_docstring(a: int) -> int:
    return a


def no_argument_docs(a: int) -> int:
    """Do."""
    return a


def no_hints(a, b):  # type: ignore[no-untyped-def]
    """Do.

    Args:
        a: A.
        b: B.
    """


def no_return(a: int):  # type: ignore[no-untyped-def]
    """Do.

    Args:
        a: A.
    """


def star(*items: int) -> int:
    """Do."""
    return 0


def bytes_in(a: bytes) -> int:
    """Do.

    Args:
        a: A.
    """
    return 0


def positional(a: int, /) -> int:
    """Do.

    Args:
        a: A.
    """
    return a


def unknown_hint(a: Nowhere) -> int:  # type: ignore[name-defined]  # noqa: F821
    """Do.

    Args:
        a: A.
    """
    return 0


@pytest.mark.parametrize(
    ("function", "messages"),
    [
        (no_docstring, ["no description", "does not describe 'a'"]),
        (no_argument_docs, ["does not describe 'a' under 'Args:'"]),
        (no_hints, ["'a' has no type hint", "'b' has no type hint", "what it returns"]),
        (no_return, ["does not say what it returns"]),
        (star, ["'*items' is not possible"]),
        (bytes_in, ["'a' has the type <class 'bytes'>"]),
        (positional, ["'a' cannot be given by name"]),
        (unknown_hint, ["'Nowhere' is not defined"]),
        (lambda: 0, ["'<lambda>' is not a Python identifier"]),
    ],
)
def test_error_lists_every_fault_of_a_function(
    function: Callable[..., Any], messages: list[str]
) -> None:
    with pytest.raises(ToolDefinitionError) as caught:
        tool(function)
    assert [message for message in messages if message not in str(caught.value)] == []


def test_tool_works_without_its_source() -> None:
    source = (
        "def double(n: int) -> int:\n    'Double.\\n\\nArgs:\\n    n: A number.'\n    return 2 * n"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    assert tool(namespace["double"]).signature == "(n: int) -> int"


def test_class_in_the_style_of_smolagents_is_a_tool() -> None:
    class Shout(Tool):
        name = "shout"
        description = "Makes text loud."
        inputs = {  # noqa: RUF012
            "text": {"type": "string", "description": "What to shout."},
            "times": {"type": "integer", "description": "How often.", "nullable": True},
        }
        output_type = "string"

        def __init__(self, mark: str) -> None:
            self.mark = mark  # and no super().__init__()

        def forward(self, text: str, times: int | None = None) -> str:
            return (text.upper() + self.mark) * (times or 1)

    shout = Shout("!")
    assert shout.signature == "(text: str, times: int = ...) -> str"
    assert shout("hey") == "HEY!"


def test_types_that_only_smolagents_has_are_left_out_of_the_schema() -> None:
    class Look(Tool):
        name = "look"
        description = "Looks."
        inputs = {  # noqa: RUF012
            "sound": {"type": "audio", "description": "To what."},
            "how": {"type": "any", "description": "How.", "nullable": True},
        }
        output_type = "any"

        def forward(self, sound: Any, how: Any = None) -> Any:
            return [sound, how]

    look = Look()
    assert look.parameters["properties"] == {
        "sound": {"description": "To what."},
        "how": {"description": "How.", "nullable": True},
    }
    assert look.signature == "(sound: Any, how: Any = ...) -> Any"
    assert asyncio.run(look.call(["a.wav"], {"how": 1})) == ["a.wav", 1]


def test_class_with_faults_is_refused() -> None:
    class Silent(Tool):
        name = "not a name"

    with pytest.raises(ToolDefinitionError) as caught:
        Silent()
    for message in ("'not a name' is not a Python identifier", "no description", "no forward()"):
        assert message in str(caught.value)


def test_class_whose_inputs_have_another_order_than_forward_is_bound_as_forward() -> None:
    class Find(Tool):
        name = "find"
        description = "D."
        inputs = {  # noqa: RUF012
            "limit": {"type": "integer", "description": "D."},
            "where": {"type": "string", "description": "D."},
            "query": {"type": "string", "description": "D."},
        }
        output_type = "string"

        def forward(self, query: str, limit: int = 5, *, where: str) -> str:
            return f"{query} {limit} {where}"

    find = Find()
    assert find.signature == "(query: str, limit: int = ..., *, where: str) -> str"
    assert asyncio.run(find.call(["a", 2], {"where": "b"})) == "a 2 b"
    with pytest.raises(
        ToolError, match=r"takes 2 argument\(s\) by position 'query', 'limit', not 3"
    ):
        asyncio.run(find.call(["a", 2, "b"]))


class Given(Tool):
    name = "given"
    description = "D."

    def forward(self, **arguments: Any) -> dict[str, Any]:
        return arguments


def test_class_that_brings_its_parameters_is_a_tool() -> None:
    class Late(Given):
        parameters = {"properties": {"a": {"default": 1}, "b": {}}, "required": ["b"]}  # noqa: RUF012

    assert Late().signature == "(b: Any, a: Any = 1) -> Any"
    assert asyncio.run(Late().call([2], {"a": 3})) == {"b": 2, "a": 3}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"parameters": {"properties": {"a b": {}}}}, "Python cannot have a parameter 'a b'"),
        ({"parameters": 5}, "its parameters are not a JSON Schema"),
        (
            {"parameters": {"properties": {"a": {}}}, "forward": lambda self, b: b},
            "forward() does not take a",
        ),
        ({"inputs": ["a"]}, "its inputs are not a dict"),
        (
            {"inputs": {"a": "text"}, "forward": lambda self, a: a},
            "input 'a' needs a 'type' and a 'description'",
        ),
        ({"name": "__import__"}, "code cannot call it by its name '__import__'; use 'import_'"),
        ({"name": "\ufb01nd"}, "use 'find'"),
        ({"name": None}, "its name None is not a Python identifier"),
        ({"description": None}, "it has no description"),
        ({"description": "d" * 500_000}, "has 500,0"),
        ({"forward": 5}, "it has no forward() method"),
    ],
)
def test_definition_that_cannot_work_is_refused(attributes: dict[str, Any], message: str) -> None:
    usable = {"parameters": {"properties": {}}} if "inputs" not in attributes else {}
    with pytest.raises(ToolDefinitionError) as caught:
        type("Made", (Given,), usable | attributes)()
    assert message in str(caught.value)


def test_class_whose_inputs_do_not_fit_forward_is_refused() -> None:
    class Mismatched(Tool):
        name = "mismatched"
        description = "D."
        inputs = {"a": {"type": "string"}}  # noqa: RUF012
        output_type = "string"

        def forward(self, b: str) -> str:
            return b

    with pytest.raises(
        ToolDefinitionError, match=r"inputs names \['a'\], forward\(\) takes \['b'\]"
    ):
        Mismatched()
