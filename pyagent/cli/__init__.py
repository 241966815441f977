"""The ``pyagent`` command: run one task or many in the terminal, or serve the page.

Progress goes to standard error and answers go to standard output, so that
``pyagent run … > answer.txt`` writes only the answer into the file. Nothing in the library may need
this package.
"""

import click

from pyagent import __version__
from pyagent.cli.map import map_command
from pyagent.cli.run import run_command
from pyagent.cli.serve import serve_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="pyagent %(version)s")
def main() -> None:
    """An agent whose model writes Python."""


main.add_command(run_command)
main.add_command(map_command)
main.add_command(serve_command)
