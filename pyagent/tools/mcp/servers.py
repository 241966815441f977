"""What names an MCP server: an address, a command, or an entry of a config file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TextIO, TypeAlias
from urllib.parse import urlsplit

Given: TypeAlias = "str | Mapping[str, Any] | Any"
"""An address, a dict, or the SDK's ``StdioServerParameters``: see ``servers_of``."""

READ_TIMEOUT_S = 300
"""How long a stream of a server may be silent. A call has a shorter limit of its own."""
_HOW = (
    "An MCP server is an http(s) address, StdioServerParameters(command=…, args=[…]), or a dict "
    'such as {"url": …, "headers": {…}} or {"command": …, "args": […], "env": {…}}'
)
_OF_A_URL = {"url", "transport", "headers", "timeout", "auth", "type"}
_OF_A_COMMAND = {"command", "args", "env", "cwd", "encoding", "encoding_error_handler", "type"}


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server, and the way to it: ``connect`` makes a new transport for each connection.

    It gets the file for what a server that is a process writes to its standard error.
    """

    name: str
    connect: Callable[[TextIO], AbstractAsyncContextManager[Any]]


def servers_of(given: Given | Sequence[Given]) -> list[Server]:
    """The servers that ``given`` names, one or several. No two of them have the same name.

    A dict may also be a whole config file: ``{"mcpServers": {name: {…}}}``. Raises ``ValueError``
    for anything else.
    """
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    servers = [server for one in several for server in _servers(one)]
    if not servers:
        raise ValueError(f"No server is given. {_HOW}.")
    taken: dict[str, int] = {}
    for index, server in enumerate(servers):
        count = taken[server.name] = taken.get(server.name, 0) + 1
        if count > 1:
            servers[index] = Server(name=f"{server.name}_{count}", connect=server.connect)
    return servers


def _servers(given: Given) -> Iterator[Server]:
    if isinstance(given, Mapping) and isinstance(given.get("mcpServers"), Mapping):
        for name, entry in given["mcpServers"].items():
            yield _server(entry, str(name))
    else:
        yield _server(given)


def _server(given: Given, name: str = "") -> Server:
    if isinstance(given, str):
        given = {"url": given}
    if isinstance(given, Mapping) and "url" in given:
        return _by_address(given, name)
    if isinstance(given, Mapping) and "command" in given:
        return _by_command(given, name)
    if hasattr(given, "command") and hasattr(given, "args"):
        known = {key: getattr(given, key, None) for key in _OF_A_COMMAND}
        return _by_command({k: value for k, value in known.items() if value is not None}, name)
    raise ValueError(f"{_HOW}; not {_kind_of(given)}.")


def _by_address(given: Mapping[str, Any], name: str) -> Server:
    _check_keys(given, _OF_A_URL)
    url = given["url"]
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        told = repr(url)[:200] if isinstance(url, str) else _kind_of(url)
        raise ValueError(f"{told} is no http(s) address of a server. {_HOW}.")
    transport = given.get("transport") or given.get("type") or "streamable-http"
    kind = str(transport).replace("_", "-").lower()
    if kind not in ("streamable-http", "http", "sse"):
        raise ValueError(f"There is no transport {transport!r}: use streamable-http, or sse.")
    options = {key: given[key] for key in ("headers", "timeout", "auth") if given.get(key)}
    open_it = _sse if kind == "sse" else _http

    def connect(errors: TextIO) -> AbstractAsyncContextManager[Any]:
        return open_it(url, **options)

    return Server(name=name or parts.hostname, connect=connect)


def _by_command(given: Mapping[str, Any], name: str) -> Server:
    _check_keys(given, _OF_A_COMMAND)
    command, arguments = given["command"], given.get("args") or []
    if not isinstance(command, str) or not command:
        raise ValueError(f"The command of a server is text, not {_kind_of(command)}.")
    if not isinstance(arguments, list | tuple) or not all(isinstance(o, str) for o in arguments):
        raise ValueError(f"The args of a server are a list of texts, not {_kind_of(arguments)}.")
    options = {key: given[key] for key in given if key != "type"}

    def connect(errors: TextIO) -> AbstractAsyncContextManager[Any]:
        # Imported here: the SDK takes a third of a second, and few agents need it.
        from mcp.client.stdio import StdioServerParameters, stdio_client

        return stdio_client(StdioServerParameters(**options), errlog=errors)

    return Server(name=name or _program(command, arguments), connect=connect)


def _program(command: str, arguments: Sequence[str]) -> str:
    """The name of what a command starts: of the script that an interpreter or a runner gets."""
    plain = next((one for one in arguments if not one.startswith("-")), command)
    is_code = bool({"-c", "-e", "--eval"} & {*arguments})
    return PurePath(command if is_code else plain).stem


def _kind_of(given: object) -> str:
    """What somebody gave, without its values: they often are keys and tokens."""
    if isinstance(given, Mapping):
        return f"a dict with {', '.join(map(repr, given)) or 'nothing'}"
    return f"a {type(given).__name__}"


def _check_keys(given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(map(repr, given.keys() - known)):
        raise ValueError(
            f"A server has no {', '.join(unknown)}; known are {', '.join(sorted(known))}."
        )


@asynccontextmanager
async def _http(
    url: str, headers: Any = None, timeout: float = 30, auth: Any = None
) -> AsyncIterator[Any]:
    # Imported here, as above.
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    times = httpx2.Timeout(timeout, read=READ_TIMEOUT_S)
    async with (
        httpx2.AsyncClient(headers=headers, timeout=times, auth=auth) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


@asynccontextmanager
async def _sse(
    url: str, headers: Any = None, timeout: float = 5, auth: Any = None
) -> AsyncIterator[Any]:
    # Imported here, as above.
    from mcp.client.sse import sse_client

    async with sse_client(url, headers=headers, timeout=timeout, auth=auth) as streams:
        yield streams
