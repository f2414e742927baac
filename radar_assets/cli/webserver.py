"""The UI."""

from __future__ import annotations

import typer

from radar_assets.cli.base import command

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
