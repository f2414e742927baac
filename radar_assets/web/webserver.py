"""Dagster's webserver behind the guard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from radar_assets.web.guard import Guard

_PROGRAM = "radar-assets webserver"


def run(arguments: Sequence[str]) -> None:
    """Run `dagster-webserver` with its own arguments until it ends; exits the process."""
    from dagster_webserver import cli, webserver  # noqa: PLC0415 - pure code loads no Dagster
    from starlette.middleware import Middleware  # noqa: PLC0415

    server = webserver.DagsterWebserver
    inherited = server.build_middleware

    def build_middleware(self: webserver.DagsterWebserver[Any, Any]) -> list[Middleware]:
        return [Middleware(Guard), *inherited(self)]

    server.build_middleware = build_middleware  # type: ignore[method-assign]
    cli.cli(list(arguments), prog_name=_PROGRAM, auto_envvar_prefix="DAGSTER_WEBSERVER")
