"""``additional_args``: the values that come with a task."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from pyagent.errors import AgentError, ProtocolError
from pyagent.pictures import MAX_BYTES as MAX_IMAGE_BYTES
from pyagent.pictures import Picture, TooLarge, image_type, is_bundle, is_image, picture_in
from pyagent.protocol import Bundle, Json
from pyagent.sandbox.checkpoint import MAX_BYTES
from pyagent.sandbox.texts import short_repr
from pyagent.sandbox.values import NotJson, Replace, to_data
from pyagent.wire import as_json

_TABLES = ("numpy", "pandas", "polars", "pyarrow")
"""The packages whose values have a form as rows or lists."""
_MAX_CHARS = 4_000_000
_MAX_COLUMNS = 30
MAX_KEPT_IMAGES = 30
_MAX_KINDS = 5
_PLAIN = (str, int, float, bool, type(None))
"""The types whose values JSON gives back as they were, beside lists and dicts."""


class Variables(dict[str, Any]):
    """The values that came with the tasks of a conversation, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent: set[str] = set()
        """The names of values that were not yet sent to the sandbox of the code."""
        self.image_files: dict[str, Bundle] = {}
        """The images among the files of the tasks, by their names."""
        self._images: list[str] = []
        """The names of images that tools returned, oldest first."""
        self._count = 0

    def add(self, values: Mapping[str, Any]) -> None:
        """Add the values that came with a task."""
        self.update(values)
        self.unsent.update(values)

    def clear(self) -> None:
        """Forget all values."""
        super().clear()
        self.unsent.clear()
        self._images.clear()
        self.image_files.clear()

    def restore(self, values: Mapping[str, Any], image_files: Mapping[str, Bundle]) -> None:
        """Take back the values of a conversation that was kept, in place of these."""
        self.clear()
        self.update(values)
        self.image_files.update(image_files)
        for name, value in values.items():
            number = name.removeprefix("image_")
            if number != name and number.isdecimal() and len(number) < 16 and is_bundle(value):
                self._images.append(name)
                self._count = max(self._count, int(number))

    def add_image_files(self, files: Mapping[str, bytes]) -> None:
        """Remember the images among the files that came with a task."""
        for name, data in files.items():
            if image_type(data) and len(data) <= MAX_IMAGE_BYTES and (picture := picture_in(data)):
                self.image_files[name] = picture.bundle

    def keep_image(self, bundle: Bundle) -> str:
        """Keep an image that a tool returned, and return its name: ``image_1``, ``image_2``, …

        The same image keeps its name. The last ``MAX_KEPT_IMAGES`` are kept.
        """
        for name in self._images:
            if self.get(name) == bundle:
                return name
        name = ""
        while not name or name in self:
            self._count += 1
            name = f"image_{self._count}"
        self[name] = bundle
        self._images.append(name)
        if len(self._images) > MAX_KEPT_IMAGES:
            self.pop(self._images.pop(0), None)
        return name


@dataclass(frozen=True, kw_only=True)
class Pickled:
    """A value that is not JSON, for a sandbox that takes objects."""

    data: bytes = field(repr=False)
    kind: str
    """The name of the value's class."""
    shown: str
    """What the model is told of it."""
    data_form: Json = field(default=None, repr=False)
    """The value as JSON, for a sandbox that cannot load it; None if it has no such form."""


class TaskVariables(dict[str, "Json | Pickled"]):
    """The values that come with one task, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.as_data: dict[str, str] = {}
        """The kinds of values that were not JSON and became JSON, by the name of the value."""

    def notes(self) -> list[str]:
        """What a person is told of those values."""
        return [data_note(name, kinds) for name, kinds in self.as_data.items()]


def data_note(name: str, kinds: str) -> str:
    """What a person is told of a value that lost its type."""
    return (
        f"The value of '{name}' in additional_args was given to the agent as plain JSON data; it "
        f"was or held: {kinds}."
    )


def read_variables(
    given: Any, *, objects: bool = False, taken: Collection[str] | None = None
) -> TaskVariables:
    """Return a copy of the values. Raises ``AgentError`` that names a value that cannot be given.

    With ``objects``, a value that JSON would change is pickled. Otherwise it becomes JSON data,
    tables become rows, and what has no such form is refused. With ``taken``, the names become
    variables of code, in which those names mean something else already.
    """
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise AgentError(
            f"additional_args must map names to values, not be {given!r:.80}.", kind="bad_argument"
        )
    if taken is not None:
        for name in given:
            _check_name(name, taken)
    variables = TaskVariables()
    for name, value in given.items():
        variables[name] = _read(name, value, objects=objects)
        kept = isinstance(variables[name], Pickled) or is_bundle(variables[name])
        if not kept and (kinds := _kinds_in(value)):
            variables.as_data[name] = kinds
    return variables


def _check_name(name: str, taken: Collection[str]) -> None:
    """Raise ``AgentError`` for a name that no variable of the code can have."""
    why, other = "", f"{name.strip('_')}_value"
    if not name.isidentifier() or normalize("NFKC", name) != name:
        why, other = "is no name of a variable", re.sub(r"\W+", "_", normalize("NFKC", name))
        other = other if other.isidentifier() else f"value_{other}"
    elif iskeyword(name) or name.startswith("__"):
        why = "is a word of Python itself"
    elif name in taken:
        why = "is already a function that the code calls"
    if why:
        raise AgentError(
            f"additional_args has the name {name!r:.80}, which {why}.",
            advice=f"Give the value another name, such as {other[:40]}.",
            kind="bad_argument",
        )


def refused(name: str, reason: str) -> AgentError:
    """The error about a value that cannot be given to the agent."""
    return AgentError(
        f"The value of '{name}' in additional_args cannot be given to the agent: {reason}",
        advice="Give texts, numbers, lists, dicts and images; a table as a file.",
        kind="bad_argument",
    )


def _read(name: str, value: Any, *, objects: bool) -> Json | Pickled:
    try:
        # A sandbox that takes objects gets Pillow's images and figures as they are.
        image = _image_given(value) if objects else _image_in(value)
    except TooLarge as problem:
        raise refused(name, f"{problem}.") from problem
    if image is not None:
        return image
    if _is_plain(value) or not objects:
        try:
            return _copied(value)
        except ProtocolError as error:
            if not objects:
                return _as_data(name, value, error)
    return _as_object(name, value)


def _image_in(value: Any) -> Bundle | None:
    picture = picture_in(value)
    return None if picture is None else picture.bundle


def _image_given(value: Any) -> Bundle | None:
    """The bundle of an image of ours. To make one of Pillow's images or of figures takes time."""
    return value.bundle if isinstance(value, Picture) else None


def _is_plain(value: Any) -> bool:
    """Whether JSON gives the value back as it is: with no other type, at any depth."""
    seen: set[int] = set()
    left = [value]
    while left:
        item = left.pop()
        if type(item) in _PLAIN or id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) is list:
            left += item
        elif type(item) is dict:
            left += item.values()
            left += item
        else:
            return False
    return True


def _copied(value: Any) -> Json:
    copy = as_json(value)
    _check_keys(value)
    return copy


def _as_data(name: str, value: Any, error: ProtocolError, *, image_in: Replace = _image_in) -> Json:
    """The value as JSON data, although JSON has no such values; ``error`` says why it has not.

    What ``image_in`` takes for an image becomes a MIME bundle.
    """
    if _is_plain(value):  # it is too deep, holds itself or is no number, which nothing mends
        raise refused(name, error.message) from error
    try:
        data = _copied(to_data(value, max_chars=_MAX_CHARS, before=image_in))
        _check_keys(value)
    except ProtocolError as problem:
        raise refused(name, problem.message) from problem
    except (NotJson, TooLarge) as problem:
        raise refused(name, f"{problem}.") from problem
    return data


def _kinds_in(value: Any) -> str:
    """The kinds of the values that JSON does not have, as a text; a tuple counts as a list.

    Images are left out, as code gets them as images.
    """
    kinds: dict[str, None] = {}
    seen: set[int] = set()
    left = [value]
    while left:
        item = left.pop()
        if type(item) is float and not math.isfinite(item):
            kinds["a number that JSON does not have"] = None
        if type(item) in _PLAIN or id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) not in (list, tuple, dict) and not is_image(item):
            kinds[type(item).__name__] = None
        if isinstance(item, list | tuple | set | frozenset):
            left += item
        elif isinstance(item, Mapping):
            left += item.values()
    return ", ".join(list(kinds)[:_MAX_KINDS])


def _as_object(name: str, value: Any) -> Pickled:
    try:
        data = _pickled(value)
    except Exception as error:
        # Whatever the value's own code raises while it is pickled is a reason to refuse it.
        reason = f"a {type(value).__name__} cannot be pickled ({type(error).__name__}: {error})."
        raise refused(name, reason) from error
    return Pickled(
        data=data, kind=type(value).__name__, shown=_shown(value), data_form=_data_form(value)
    )


def _data_form(value: Any) -> Json:
    if has_tables(value):  # they can be large, and whoever has such tables has their package
        return None
    try:
        return _as_data("", value, ProtocolError("It is not JSON."), image_in=_image_given)
    except AgentError:
        return None


def _pickled(value: Any) -> bytes:
    # Imported here, as in the sandbox: most runs need no pickle.
    from cloudpickle import dumps  # type: ignore[import-untyped]

    data: bytes = dumps(value, protocol=5)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has {len(data):,} bytes, and {MAX_BYTES:,} are the limit")
    return data


def has_tables(value: Any) -> bool:
    """Whether the value is a table or an array, or holds one."""
    seen: set[int] = set()
    left = [value]
    while left:
        item = left.pop()
        if type(item).__module__.partition(".")[0] in _TABLES:
            return True
        if isinstance(item, Mapping | list | tuple) and id(item) not in seen:
            seen.add(id(item))
            left += item.values() if isinstance(item, Mapping) else item
    return False


def _shown(value: Any) -> str:
    columns = getattr(value, "columns", None)
    if type(value).__module__.partition(".")[0] in _TABLES and columns is not None:
        return f"{len(value):,} rows; columns {', '.join(map(str, columns[:_MAX_COLUMNS]))}"
    return short_repr(value)


def _check_keys(value: Any) -> None:
    """Raise ``ProtocolError`` for a key that is not text: JSON would turn it into text unasked.

    ``value`` is known to be JSON, and therefore not too deep.
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ProtocolError(
                    f"It has the key {key!r:.40} of type {type(key).__name__}, and keys must be "
                    f'text. Write {{"{key!s:.40}": …}}, or a list of pairs.'
                )
    if isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            _check_keys(item)
