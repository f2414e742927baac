"""What the commands share: the application, its consoles, how errors and times are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from radar_assets.errors import RadarAssetsError
from radar_assets.errors.advice import full_text

app = typer.Typer(
    help="Weather radar volumes as Dagster assets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out, err = Console(), Console(stderr=True)

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
time_option = partial(typer.Option, formats=_TIMES, metavar="TIME")
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for scripts")]


@contextmanager
def errors() -> Iterator[None]:
    """Turn an error of the platform or the system into one clear line and exit code 1."""
    try:
        yield
    except (RadarAssetsError, OSError) as error:
        err.print(f"error: {full_text(error, None)}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def say(text: str) -> None:
    """Print a line as it is."""
    out.print(text, markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print a warning as it is, beside the output."""
    err.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print JSON for scripts."""
    print(json.dumps(value, indent=1))  # noqa: T201 - a console would wrap it


def utc(time: datetime) -> datetime:
    """A time from the command line; one without a zone is UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
