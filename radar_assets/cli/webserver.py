"""The UI, and the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radar_assets.cli.base import command, print_line

_AS_THEY_ARE = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
"""arguments are Dagster's, also --help and -h"""


@command("webserver", context_settings=_AS_THEY_ARE)
def webserver(context: typer.Context) -> None:
    """Dagster's webserver, which refuses what pages of other sites ask of it; its options."""
    from radar_assets.web.webserver import run

    run(context.args)


@command("map --port 3002", "map")
def map_(
    *,
    host: Annotated[str, typer.Option(help="address that the server listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3002,
    page: Annotated[
        Path | None,
        typer.Option(
            help="write the page there instead, for a web server of files", metavar="FOLDER"
        ),
    ] = None,
) -> None:
    """Serve a page with the maps of RADAR_ASSETS_DATA, their files and a small API."""
    from radar_assets.settings import environment
    from radar_assets.stages.base.workspace import Workspace
    from radar_assets.web.map.page_files import export_page
    from radar_assets.web.map.serve import run_map

    if page:
        export_page(page)
        print_line(f"the page is in {page}; index/ and products/ belong beside it")
        return
    workspace = Workspace.of(environment())
    print_line(f"the map is on http://{host}:{port}; Ctrl-C ends")
    run_map(workspace, host, port)
