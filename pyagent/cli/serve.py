"""``pyagent serve``: serves the page from this machine."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import click

from pyagent.errors import AgentError
from pyagent.executors.wasm.site import site_folder


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), help="8420 by default, or the next free.")
@click.option("--open/--no-open", "open_page", default=True, help="Open the page in a browser.")
@click.option(
    "--dist",
    type=click.Path(path_type=Path, file_okay=False),
    help="The built page: by default dist/ here, else that of the package pyagent-site.",
)
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of GGUF files to offer in addition to the models of the page.",
)
def serve_command(
    port: int | None, open_page: bool, dist: Path | None, models: Path | None
) -> None:
    """Serve the page on 127.0.0.1 until Ctrl-C."""
    page = dist or _page()
    try:
        # Imported here, because the server is an extra that not everyone has installed.
        from pyagent.server import serve
    except ImportError as error:
        raise click.ClickException(
            f"The server is not installed ({str(error.name).partition('.')[0]} is missing). "
            "Install what it needs with: pip install 'pyagent[server]'" + _without_a_page(page)
        ) from error

    def tell(address: str) -> None:
        click.echo(f"pyagent is at {address} (Ctrl-C ends it)")
        if open_page:
            webbrowser.open(address)

    try:
        serve(page, port, models, on_ready=tell)
    except AgentError as error:
        click.echo(f"{error.message}\n{error.advice}".strip(), err=True)
        sys.exit(1)


def _page() -> Path:
    """The page that was built here, else the installed one."""
    here = Path("dist")
    return here if (here / "index.html").is_file() else site_folder() or here


def _without_a_page(dist: Path) -> str:
    """What else is missing, so that nobody installs a server for a page that is not there."""
    if (dist / "index.html").is_file():
        return ""
    return (
        f"\nThere is also no page in {dist.resolve()}: it comes with the package pyagent-site."
        " Build it, or that package, with scripts/build in a clone of pyagent's repository, or name"
        " a dist folder with --dist."
    )
