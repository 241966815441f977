"""The ``modal`` executor: a guest in a sandbox of Modal, reached with Modal's own library."""

from __future__ import annotations

import asyncio
import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyagent.errors import ExecutorError
from pyagent.executors.cloud.executor import CloudExecutor, RunningSandbox

_ID, _SECRET = "MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"
_IMAGE_PYTHON = "3.12"


class ModalExecutor(CloudExecutor):
    """Runs code in a sandbox of Modal (https://modal.com), which costs money while it lives.

    ``token_id`` and ``token_secret`` are by default the environment variables ``MODAL_TOKEN_ID``
    and ``MODAL_TOKEN_SECRET``, or what ``modal token new`` wrote. They never get into a sandbox.
    ``image`` is the name of an image in a registry, or a ``modal.Image``; without it, Modal's
    slim Debian with Python. ``packages`` are installed into it from PyPI when it is made.
    ``internet`` lets code reach the network. ``env`` is the environment of the code, and ``python``
    its interpreter, 3.11 or newer.
    Modal ends a sandbox within ``2 * life_s`` seconds after the last sign of life of this program,
    and after ``longest_life_s`` seconds in any case. The executor gives it back after ``idle_s``
    seconds without use. The next step gets a new one with the variables and files of the last.
    ``app`` is the name of the app at Modal, made if it is not there. ``sdk_options`` are more
    arguments for ``Sandbox.create``, such as ``cpu``, ``memory`` (in MiB) or ``region``.
    """

    service = "Modal"
    library = "modal"

    def __init__(
        self,
        *,
        image: Any = None,
        packages: Sequence[str] = (),
        token_id: str | None = None,
        token_secret: str | None = None,
        app: str = "pyagent",
        internet: bool = False,
        life_s: int = 120,
        longest_life_s: int = 3600,
        idle_s: float = 600.0,
        env: Mapping[str, str] | None = None,
        python: str = "python3",
        sdk_options: Mapping[str, Any] | None = None,
    ) -> None:
        if (token_id is None) != (token_secret is None):
            raise ValueError("Pass token_id and token_secret, or neither.")
        self._token = None if token_id is None else (token_id, str(token_secret))
        self._client: Any = None
        self._image = image
        self._packages = list(packages)
        self._app = app
        self._longest_life_s = longest_life_s
        self._sdk_options = dict(sdk_options or {})
        options = {
            "image": image,
            "packages": packages,
            "token_id": token_id,
            "token_secret": token_secret,
            "app": app,
            "longest_life_s": longest_life_s,
            "sdk_options": sdk_options,
        }
        super().__init__(
            internet=internet,
            life_s=life_s,
            idle_s=idle_s,
            env=env,
            python=python,
            options=options,
        )

    def _keys(self) -> set[str]:
        given = self._token or (os.environ.get(_ID), os.environ.get(_SECRET))
        return {key for key in given if key}

    def _check_key(self) -> None:
        kept = Path(os.environ.get("MODAL_CONFIG_PATH") or Path.home() / ".modal.toml")
        if len(self._keys()) < 2 and not kept.exists():
            raise ExecutorError(
                "There is no token for Modal.",
                advice=f"Run: modal token new. Or set {_ID} and {_SECRET}.",
            )

    async def _create(self, library: Any) -> RunningSandbox:
        with in_words(library):
            if self._token is not None and self._client is None:
                self._client = await library.Client.from_credentials.aio(*self._token)
            client = self._client  # without one, the library has one for the environment's token
            app = await library.App.lookup.aio(self._app, create_if_missing=True, client=client)
            options = {"tags": {"made-by": "pyagent"}, **self._sdk_options}
            made = await library.Sandbox.create.aio(
                app=app,
                image=self._made_image(library),
                block_network=not self._internet,
                timeout=self._longest_life_s,
                idle_timeout=self._life_s,
                env=self._env or None,
                client=client,
                **options,
            )
        return _ModalSandbox(library, made)

    async def aclose(self) -> None:
        await super().aclose()
        client, self._client = self._client, None
        if client is not None:
            await client.close.aio()

    def _made_image(self, library: Any) -> Any:
        image = self._image
        if image is None:
            image = library.Image.debian_slim(python_version=_IMAGE_PYTHON)
        elif isinstance(image, str):
            image = library.Image.from_registry(image)
        return image.pip_install(*self._packages) if self._packages else image


class _ModalSandbox(RunningSandbox):
    """A sandbox of Modal.

    Nothing prolongs it: it counts as idle once the relay has ended, which happens when this program
    is silent.
    """

    def __init__(self, library: Any, sandbox: Any) -> None:
        self._library = library
        self._sandbox = sandbox
        self._command: Any = None
        self._reading: asyncio.Task[None] | None = None

    async def run(
        self,
        command: Sequence[str],
        *,
        on_output: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        with in_words(self._library):
            nowhere = self._library.stream_type.StreamType.DEVNULL
            self._command = await self._sandbox.exec.aio(*command, text=False, stderr=nowhere)
        self._reading = asyncio.create_task(self._read(on_output, on_end))

    async def _read(self, on_output: Callable[[str], None], on_end: Callable[[str], None]) -> None:
        decoder = getincrementaldecoder("ascii")("replace")
        try:
            with in_words(self._library):
                async for data in self._command.stdout:
                    on_output(decoder.decode(data))
                code = await self._command.wait.aio()
        except ExecutorError as error:
            on_end(error.message)
        else:
            on_end(f"its command ended with exit code {code}")

    async def write(self, data: bytes) -> None:
        with in_words(self._library):
            self._command.stdin.write(data)
            await self._command.stdin.drain.aio()

    async def prolong(self) -> None:
        return

    async def end(self) -> None:
        with in_words(self._library):
            await self._sandbox.terminate.aio()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        with in_words(self._library):
            await self._sandbox.detach.aio()


@contextmanager
def in_words(library: Any) -> Iterator[None]:
    """Raise what the library raises as ``ExecutorError`` in words for people."""
    errors = library.exception
    try:
        yield
    except (errors.AuthError, errors.PermissionDeniedError) as error:
        raise ExecutorError(
            "Modal refused the token.", advice=f"Run: modal token new. Or check {_ID}."
        ) from error
    except errors.ResourceExhaustedError as error:
        raise ExecutorError(
            f"Modal gives no more sandboxes at the moment: {_short(error)}",
            advice="Use fewer agents at once, or wait a minute.",
        ) from error
    except (errors.RemoteError, errors.InvalidError) as error:
        raise ExecutorError(
            f"Modal cannot make this sandbox: {_short(error)}",
            advice="Check image=, packages= and sdk_options=.",
        ) from error
    except (errors.NotFoundError, errors.ClientClosed, errors.SandboxTerminatedError) as error:
        raise ExecutorError("Modal ended it.") from error
    except (errors.ConnectionError, errors.TimeoutError, OSError) as error:
        raise ExecutorError(
            f"Modal could not be reached: {_short(error)}",
            advice="Check the network of this machine, and https://status.modal.com.",
        ) from error
    except Exception as error:  # what its transport raises is not documented
        raise ExecutorError(f"Modal reported an error: {_short(error)}") from error


def _short(error: BaseException) -> str:
    """The first line of an error, cut to a length that people read."""
    first = (str(error).strip() or type(error).__name__).partition("\n")[0]
    return first if len(first) <= 300 else f"{first[:300]}…"
