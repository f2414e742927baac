"""The UI, and the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radar_assets.cli.base import AS_THEY_ARE, command, print_line
from radar_assets.cli.processes import log_format


@command("webserver -w workspace-shared.yaml --port 3000", context_settings=AS_THEY_ARE)
def webserver(context: typer.Context) -> None:
    """Dagster's webserver, which refuses what pages of other sites ask of it.

    Takes the options of `dagster-webserver`, which that lists with --help.
    """
    from radar_assets.web.webserver import run

    run([*log_format(), *context.args])


@command("map --port 3002", "map")
def map_(
    *,
    host: Annotated[str, typer.Option(help="address that the server listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3002,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="origin of pages of others that may read, more than once; all by default",
            metavar="URL",
        ),
    ] = None,
    login: Annotated[
        bool, typer.Option("--login", help="reading needs a token, as a browser's password")
    ] = False,
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
    from radar_assets.web.map.app import MapOptions
    from radar_assets.web.map.page_files import export_page
    from radar_assets.web.map.serve import run_map

    if page:
        export_page(page)
        print_line(f"the page is in {page}; index/ and products/ belong beside it")
        return
    found = environment()
    options = MapOptions.of(found, tuple(origin or ("*",)), needs_login=login)
    print_line(f"the map is on http://{host}:{port}; Ctrl-C ends")
    run_map(Workspace.of(found), host, port, options)


@command("operator ana --radar RMA1")
def operator(
    name: Annotated[str, typer.Argument(help="who gets the token")],
    *,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="the token reads, and launches nothing")
    ] = False,
    radar: Annotated[
        list[str] | None,
        typer.Option(
            help="radar or composite that may be launched, more than once; all by default"
        ),
    ] = None,
) -> None:
    """Make a token for the map's API; its hash goes into the file RADAR_ASSETS_OPERATORS."""
    from radar_assets.errors import SettingsError
    from radar_assets.settings import environment
    from radar_assets.web.map.operators import add_operator

    file = environment().operators_file
    if file is None:
        raise SettingsError("RADAR_ASSETS_OPERATORS is not set; it names the file of operators")
    radars = tuple(radar) if radar else None
    token = add_operator(file, name, ("read",) if read_only else ("read", "launch"), radars)
    print(token)  # noqa: T201 - it is shown this once, and masked everywhere else
