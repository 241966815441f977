"""``pyagent serve``: the page, from this machine."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option("--open/--no-open", "open_page", default=True, help="Open the page in a browser.")
@click.option(
    "--dist",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("dist"),
    show_default=True,
    help="The built page.",
)
def serve_command(port: int, open_page: bool, dist: Path) -> None:
    """Serve the page on 127.0.0.1."""
