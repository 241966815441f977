"""The ``pyagent`` command: run one task or many in the terminal, or serve the page.

Progress goes to standard error and answers go to standard output, so that
``pyagent run … > answer.txt`` writes only the answer into the file. Nothing in the library may need
this package.
"""

from difflib import get_close_matches

import click

from pyagent import __version__
from pyagent.cli.map import map_command
from pyagent.cli.report import report_command
from pyagent.cli.run import chat_command, run_command
from pyagent.cli.serve import serve_command

_MEANT = {
    **dict.fromkeys(("ask", "solve", "task", "exec", "execute", "agent", "smolagent"), "run"),
    **dict.fromkeys(("repl", "interactive", "shell", "talk", "conversation"), "chat"),
    **dict.fromkeys(("batch", "bulk", "many", "tasks"), "map"),
    **dict.fromkeys(("stats", "usage", "costs", "monitor", "trace", "spans"), "report"),
    **dict.fromkeys(("web", "ui", "server", "page", "start", "gui", "open", "webagent"), "serve"),
}
"""What other commands are called elsewhere → what it is here."""


class _Commands(click.Group):
    """Suggests the command that a wrong name may mean."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = get_close_matches(name.lower(), [*self.commands, *_MEANT], 1)
            meant = _MEANT.get(near[0], near[0]) if near else ""
            hint = f" Did you mean {meant!r}?" if meant else ""
            ctx.fail(f"There is no command {name!r}.{hint} There is: {', '.join(self.commands)}.")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="pyagent %(version)s")
def main() -> None:
    """An agent whose model writes Python."""


main.add_command(run_command)
main.add_command(chat_command)
main.add_command(map_command)
main.add_command(report_command)
main.add_command(serve_command)
