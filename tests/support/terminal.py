"""Runs the ``pyagent`` command in the tests' process, without the keys of this machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from click.testing import CliRunner, Result

from pyagent.cli import main
from pyagent.models.catalog.providers import all_providers
from support.models.scripted_server import Reply, ScriptedServer

OUR_VARIABLES = ("PYAGENT_API_KEY", "PYAGENT_BASE_URL", "PYAGENT_MODEL")
NO_KEYS = dict.fromkeys((*OUR_VARIABLES, *(p.key_env for p in all_providers() if p.key_env)))


def invoke(*args: str, stdin: str = "", **env: str) -> Result:
    """Run the command with these arguments."""
    runner = CliRunner(env={**NO_KEYS, **env})
    return runner.invoke(main, args, input=stdin, catch_exceptions=False)


def at(server: ScriptedServer) -> list[str]:
    """The options that choose the scripted server."""
    return ["--base-url", server.base_url, "--model", "m", "--api-key", "sk-test"]


def run(replies: Iterable[Reply], *args: str, **options: Any) -> Result:
    """Run ``pyagent run`` with a scripted server."""
    with ScriptedServer(replies) as server:
        return invoke("run", *args, *at(server), **options)
