"""The messages between an executor and the guest in its sandbox: ``ToGuest`` and ``FromGuest``.

A guest imports nothing else of the protocol, because its process takes time for every class that
it makes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any
"""A JSON value: None, bool, int, float, str, or a list or a str-keyed dict of these."""

Bundle = dict[str, Json]
"""A MIME bundle as in Jupyter: media type → data, text as a string, binary types as base64.
Tables are ``application/vnd.dataresource+json``: ``{"schema": {"fields": [{"name", "type"}]},
"data": [{…}, …]}``. ``text/plain`` is always there."""


MAX_FILE_BYTES = 128 * 1024 * 1024
"""Largest file that crosses the border of the sandbox, in either direction. In a page, memory holds
each file up to four times: in the page, in the agent worker, on its way, and in the sandbox."""


# --- parts -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FileInfo:
    """A file in the sandbox's work folder."""

    path: str
    """Relative to the work folder, with forward slashes, never with ``..``."""
    size_bytes: int
    media_type: str


@dataclass(frozen=True, kw_only=True)
class ToolParameter:
    """One parameter of a tool."""

    name: str
    hint: str = "Any"
    """The type, as Python source. Nothing runs it."""
    kind: Literal["usual", "keyword_only", "more"] = "usual"
    """How arguments are passed: in either way, or only by name. ``more`` stands for every other
    argument by name, as ``**name`` does."""
    required: bool = False
    default: list[Json] = field(default_factory=list)
    """The default as the only item, or nothing if there is none that JSON can hold."""


@dataclass(frozen=True, kw_only=True)
class ToolStub:
    """What a guest must know to offer a tool as a function."""

    name: str
    signature: str
    """The text that people and models read: ``(query: str, limit: int = 5) -> str``."""
    doc: str
    parameters: list[ToolParameter] = field(default_factory=list)
    """The parameters by which calls are bound."""
    returns: str = "Any"
    """The result's type, as Python source."""


@dataclass(frozen=True, kw_only=True)
class ErrorInfo:
    """An exception, as the model and the person read it."""

    type: str
    """The exception's class name: ``ZeroDivisionError``."""
    message: str
    line: int | None = None
    """The line in the executed code, counted from 1; None when the error is not in that code."""
    source_line: str | None = None
    traceback: str = ""
    """The frames of the executed code only, shortened."""
    can_retry: bool = True
    """Whether other code may succeed; False means that the run should end."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The value that the code passed to ``final_answer``."""

    value: Json
    """The value itself if JSON can hold it without loss, else its text."""
    bundle: Bundle


# --- executor → guest ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Execute:
    """Run code in the guest's lasting namespace. Answered by ``Executed``."""

    type: Literal["execute"] = "execute"
    id: int
    code: str


@dataclass(frozen=True, kw_only=True)
class DefineTools:
    """Replace the functions that stand for host tools."""

    type: Literal["define_tools"] = "define_tools"
    tools: list[ToolStub]


@dataclass(frozen=True, kw_only=True)
class SetVariables:
    """Bind names in the guest's namespace."""

    type: Literal["set_variables"] = "set_variables"
    variables: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class ToolReturn:
    """The end of a ``ToolCall``: a value, or an error."""

    type: Literal["tool_return"] = "tool_return"
    call_id: int
    value: Json = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, kw_only=True)
class WriteFile:
    """Put a file into the work folder. One buffer: the file's bytes."""

    type: Literal["write_file"] = "write_file"
    path: str


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """Ask for a file from the work folder. Answered by ``FileContent``."""

    type: Literal["read_file"] = "read_file"
    id: int
    path: str


@dataclass(frozen=True, kw_only=True)
class TakeCheckpoint:
    """Ask for the guest's variables and files. Answered by ``CheckpointTaken``."""

    type: Literal["take_checkpoint"] = "take_checkpoint"
    id: int
    with_files: bool = False
    """Include the files even if they outlive the guest, in which case a checkpoint skips them."""


@dataclass(frozen=True, kw_only=True)
class RestoreCheckpoint:
    """Load a checkpoint. One buffer: the checkpoint. Answered by ``CheckpointRestored``."""

    type: Literal["restore_checkpoint"] = "restore_checkpoint"
    id: int


@dataclass(frozen=True, kw_only=True)
class PackageResponse:
    """The end of a ``PackageRequest``. One buffer: the body (empty on error)."""

    type: Literal["package_response"] = "package_response"
    id: int
    status: int
    content_type: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Preload:
    """Install and import modules ahead of code that is being written. Not answered.

    The namespace stays as it is, and what fails is left to the code's own import.
    """

    type: Literal["preload"] = "preload"
    modules: list[str]
    """Dotted names."""


ToGuest = (
    Execute
    | DefineTools
    | SetVariables
    | ToolReturn
    | WriteFile
    | ReadFile
    | TakeCheckpoint
    | RestoreCheckpoint
    | Preload
    | PackageResponse
)


# --- guest → executor ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class GuestReady:
    """The guest can run code."""

    type: Literal["guest_ready"] = "guest_ready"
    python: str
    """The version of Python: ``3.14.2``."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Text that the code printed."""

    type: Literal["output"] = "output"
    id: int
    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Display:
    """Something that the code showed with ``display``."""

    type: Literal["display"] = "display"
    id: int
    bundle: Bundle


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """The code waits for a host tool. Answered by ``ToolReturn``."""

    type: Literal["tool_call"] = "tool_call"
    call_id: int
    name: str
    args: list[Json] = field(default_factory=list)
    kwargs: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PackageRequest:
    """The guest's installer needs the content of a URL. Answered by ``PackageResponse``."""

    type: Literal["package_request"] = "package_request"
    id: int
    url: str


@dataclass(frozen=True, kw_only=True)
class Executed:
    """The end of an ``Execute``."""

    type: Literal["executed"] = "executed"
    id: int
    value: Bundle | None = None
    """The value of the last expression; None when there was none, or when it was None."""
    answer: Answer | None = None
    """Set when the code called ``final_answer``."""
    error: ErrorInfo | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """The names that this code bound or rebound → the value as short text."""
    files: list[FileInfo] = field(default_factory=list)
    """The files that this code created or changed."""


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """The end of a ``ReadFile``. One buffer: the bytes (empty on error)."""

    type: Literal["file_content"] = "file_content"
    id: int
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckpointTaken:
    """The end of a ``TakeCheckpoint``.

    One buffer: the checkpoint, which only a guest can read (empty if taking it was interrupted).
    """

    type: Literal["checkpoint_taken"] = "checkpoint_taken"
    id: int
    skipped: dict[str, str] = field(default_factory=dict)
    """The names that could not be kept → why."""


@dataclass(frozen=True, kw_only=True)
class CheckpointRestored:
    """The end of a ``RestoreCheckpoint``."""

    type: Literal["checkpoint_restored"] = "checkpoint_restored"
    id: int
    names: list[str]
    failed: dict[str, str] = field(default_factory=dict)
    """The names that could not be restored → why."""
    error: str = ""
    """Why nothing could be restored: the bytes are no checkpoint."""


FromGuest = (
    GuestReady
    | Output
    | Display
    | ToolCall
    | PackageRequest
    | Executed
    | FileContent
    | CheckpointTaken
    | CheckpointRestored
)
