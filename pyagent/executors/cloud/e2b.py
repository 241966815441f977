"""The ``e2b`` executor: a guest in a sandbox of E2B, reached with E2B's own library."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pyagent.errors import ExecutorError
from pyagent.executors.cloud.executor import CloudExecutor, RunningSandbox

_KEY = "E2B_API_KEY"


class E2BExecutor(CloudExecutor):
    """Runs code in a sandbox of E2B (https://e2b.dev), which costs money while it lives.

    ``api_key`` is by default the environment variable ``E2B_API_KEY``. It never gets into a
    sandbox. ``template`` is the image; without it, E2B's own. ``internet`` lets code reach the
    network. ``env`` is the environment of the code, and ``python`` its interpreter, 3.11 or newer.
    E2B ends a sandbox ``life_s`` seconds after the last sign of life of this program, and the
    executor gives it back after ``idle_s`` seconds without use; the next step gets a new one with
    the variables and files of the last. ``sdk_options`` are more arguments for
    ``AsyncSandbox.create``, such as ``metadata`` or ``network``.
    """

    service = "E2B"
    library = "e2b"

    def __init__(
        self,
        *,
        template: str | None = None,
        api_key: str | None = None,
        internet: bool = False,
        life_s: int = 120,
        idle_s: float = 600.0,
        env: Mapping[str, str] | None = None,
        python: str = "python3",
        sdk_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._api_key = api_key
        self._template = template
        self._sdk_options = dict(sdk_options or {})
        super().__init__(
            internet=internet,
            life_s=life_s,
            idle_s=idle_s,
            env=env,
            python=python,
            options={"template": template, "api_key": api_key, "sdk_options": sdk_options},
        )

    def _keys(self) -> set[str]:
        return {key for key in (self._api_key, os.environ.get(_KEY)) if key}

    def _check_key(self) -> None:
        if not self._keys():
            raise ExecutorError(
                "There is no key for E2B.",
                advice=f"Set {_KEY} to a key from https://e2b.dev/dashboard, or pass api_key=.",
            )

    async def _create(self, library: Any) -> RunningSandbox:
        options = {"metadata": {"made_by": "pyagent"}, **self._sdk_options}
        if not self._internet:
            # Otherwise everybody can reach a server in the sandbox by its address at E2B.
            closed = {"allow_public_traffic": False}
            options["network"] = {**closed, **options.get("network", {})}
        with in_words(library, self._template):
            made = await library.AsyncSandbox.create(
                template=self._template,
                timeout=self._life_s,
                allow_internet_access=self._internet,
                envs=self._env,
                api_key=self._api_key,
                **options,
            )
        return _E2BSandbox(library, made, self._life_s)


class _E2BSandbox(RunningSandbox):
    """A sandbox of E2B."""

    def __init__(self, library: Any, sandbox: Any, life_s: int) -> None:
        self._library = library
        self._sandbox = sandbox
        self._life_s = life_s
        self._command: Any = None
        self._waiting: asyncio.Task[None] | None = None

    async def run(
        self,
        command: Sequence[str],
        *,
        on_output: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        with in_words(self._library):
            self._command = await self._sandbox.commands.run(
                f"exec {shlex.join(command)}",
                background=True,
                stdin=True,
                timeout=0,
                on_stdout=on_output,
                retain_output=False,
            )
        self._waiting = asyncio.create_task(self._wait(on_end))

    async def _wait(self, on_end: Callable[[str], None]) -> None:
        try:
            with in_words(self._library):
                await self._command.wait()
        except self._library.CommandExitException as error:
            on_end(f"its command ended with exit code {error.exit_code}")
        except ExecutorError as error:
            on_end(error.message)
        else:
            on_end("its command ended")

    async def write(self, data: bytes) -> None:
        with in_words(self._library):
            await self._sandbox.commands.send_stdin(self._command.pid, data)

    async def prolong(self) -> None:
        with in_words(self._library):
            await self._sandbox.set_timeout(self._life_s)

    async def end(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        try:
            with in_words(self._library):
                await self._sandbox.kill()
        finally:
            if self._command is not None:
                await self._command.disconnect()


@contextmanager
def in_words(library: Any, template: str | None = None) -> Iterator[None]:
    """Raise what the library raises as ``ExecutorError`` in words for people."""
    try:
        yield
    except library.CommandExitException:
        raise
    except library.AuthenticationException as error:
        raise ExecutorError(
            "E2B refused the key.",
            advice=f"Check {_KEY}, or make a new key on https://e2b.dev/dashboard.",
        ) from error
    except library.RateLimitException as error:
        raise ExecutorError(
            f"E2B gives no more sandboxes at the moment: {_short(error)}",
            advice="Use fewer agents at once, or wait a minute.",
        ) from error
    except (library.TemplateException, library.InvalidArgumentException) as error:
        raise ExecutorError(
            f"E2B cannot use the template {template or 'of this sandbox'}: {_short(error)}",
            advice="Check template=, or leave it out.",
        ) from error
    except library.NotFoundException as error:
        gone = f"E2B does not know the template {template}." if template else "E2B ended it."
        raise ExecutorError(gone) from error
    except library.TimeoutException as error:
        raise ExecutorError(f"E2B ended it, or did not answer: {_short(error)}") from error
    except library.SandboxException as error:
        raise ExecutorError(f"E2B reported an error: {_short(error)}") from error
    except Exception as error:  # what its transport raises is not documented
        raise ExecutorError(
            f"E2B could not be reached: {_short(error)}",
            advice="Check the network of this machine, and https://status.e2b.dev.",
        ) from error


def _short(error: BaseException) -> str:
    """The first line of an error, cut to a length that people read."""
    first = (str(error).strip() or type(error).__name__).partition("\n")[0]
    return first if len(first) <= 300 else f"{first[:300]}…"
