"""Every exception of pyagent.

AgentError
├── ModelError              the model could not answer
│   ├── AuthenticationError     no key, or a key the provider refuses
│   ├── RateLimitError          too many requests, or the quota is used up
│   ├── ContextOverflowError    the conversation is longer than the model reads
│   ├── EndpointError           wrong address, CORS refusal, no connection
│   ├── ServerError             the provider failed (5xx)
│   └── StreamError             a reply that was cut off or could not be read
├── ToolError               a tool failed or was called wrongly; the model can correct it
├── ToolDefinitionError     a tool that was declared wrongly; its author must correct it
├── ExecutorError           the sandbox failed, not the code in it
│   └── SandboxLostError        the sandbox died (crash, `os._exit`, C-stack overflow)
├── LimitError              the run reached its limit of tokens or cost
│   ├── TimeLimitError          the run reached its limit of seconds
│   └── MaxStepsError           the run used up its steps without an answer
├── FileError               a file that cannot be read, is too large or lies outside the work folder
├── FrozenError             a step, or a list of steps, that was to be changed in its place
├── LoadError               a saved agent that cannot be made again as it stands
├── ProtocolError           a message between realms that does not fit its declaration
├── ChannelClosed           the other end of a channel is gone
└── Cancelled               the run was stopped

The text of an error says what happened; ``advice`` says what to do about it.
"""

from __future__ import annotations

import dataclasses


class AgentError(Exception):
    """Base of all errors raised by pyagent.

    ``kind`` is the stable name by which the page and the terminal tell errors apart;
    ``advice`` is one sentence for the person in front of the screen, and may be empty.
    """

    kind = "internal"

    def __init__(self, message: str, *, advice: str = "", kind: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        if kind is not None:
            self.kind = kind

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ModelError(AgentError):
    """The model could not answer.

    ``status`` is the HTTP status, or None when no response was seen. ``retry_after_s`` is what
    the provider asked for, in seconds. ``can_retry`` says whether the same request may succeed
    later; None leaves it as it is for errors of this class.
    """

    kind = "model"
    can_retry = False

    def __init__(
        self,
        message: str,
        *,
        advice: str = "",
        kind: str | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
        can_retry: bool | None = None,
    ) -> None:
        super().__init__(message, advice=advice, kind=kind)
        if can_retry is not None:
            self.can_retry = can_retry
        self.status = status
        self.retry_after_s = retry_after_s


class AuthenticationError(ModelError):
    """No key was given, or the provider refuses it (401, 403)."""

    kind = "wrong_key"


class RateLimitError(ModelError):
    """Too many requests, or the quota is used up (429)."""

    kind = "rate_limited"
    can_retry = True


class ContextOverflowError(ModelError):
    """The conversation is longer than the model's context."""

    kind = "context_overflow"


class EndpointError(ModelError):
    """The address is wrong, refuses pages from this origin, or does not answer."""

    kind = "unreachable"


class ServerError(ModelError):
    """The provider failed (408, 409, 5xx)."""

    kind = "server_error"
    can_retry = True


class StreamError(ModelError):
    """A reply that broke off or is not what the wire format allows."""

    kind = "stream_broken"


class ToolError(AgentError):
    """A tool failed or was called with wrong arguments.

    A tool raises it, or a class derived from it, with ``can_retry = False`` if the model can mend
    nothing by trying again: the run of a ``CodeAgent`` then ends.
    """

    kind = "tool"
    can_retry = True


class ToolDefinitionError(AgentError):
    """A tool whose name, types or docstring do not say what a model must know."""

    kind = "tool_definition"


class ExecutorError(AgentError):
    """The sandbox failed, not the code in it."""

    kind = "sandbox"


class SandboxLostError(ExecutorError):
    """The sandbox died while code ran in it."""

    kind = "sandbox_lost"


class LimitError(AgentError):
    """The run reached its limit of tokens or cost."""

    kind = "limit"


class TimeLimitError(LimitError):
    """The run reached its limit of seconds.

    Code of a step that takes longer than ``deadline_s`` is another thing: that step ends with the
    ``TimeoutError`` that the model reads, and the run goes on.
    """


class MaxStepsError(LimitError):
    """The run used up its steps without an answer."""

    kind = "max_steps"


class FileError(AgentError):
    """A file that cannot be read, is too large, or lies outside the work folder."""

    kind = "file"


class FrozenError(AgentError, dataclasses.FrozenInstanceError):
    """A step that was to be changed, although steps are replaced and never changed."""

    kind = "bad_argument"


class LoadError(AgentError):
    """A saved agent that cannot be made again: something is missing, unknown or not allowed."""

    kind = "load"


class ProtocolError(AgentError):
    """A message between realms that does not fit its declaration in ``protocol``."""

    kind = "protocol"


class ChannelClosed(AgentError):
    """The other end of a channel is gone."""

    kind = "closed"


class Cancelled(AgentError):
    """The run was stopped, by ``interrupt`` or by whoever waited for it."""

    kind = "cancelled"
