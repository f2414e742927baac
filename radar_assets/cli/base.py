"""What the commands share: the application, its consoles, how errors and times are written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from radar_assets.errors.advice import DEFECT, advice, full_text
from radar_assets.masking import mask_known
from radar_assets.reports.base import print_fault
from radar_assets.reports.base import print_line as print_to


class Commands(TyperGroup):
    """The commands; an error of the platform or the system becomes one clear line, exit code 1."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run a command; a defect of the program is raised, so that its traceback is seen."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if advice(error) is DEFECT or isinstance(error, BrokenPipeError):
                raise
            print_error(error)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    help="Weather radar volumes as Dagster assets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out, err = Console(), Console(stderr=True)

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
time_option = partial(typer.Option, formats=_TIMES, metavar="TIME")
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for scripts")]


def print_error(error: BaseException) -> None:
    """Print what went wrong in one line."""
    print_fault(err, mask_known(f"error: {full_text(error, None)}"))


def print_line(text: str) -> None:
    """Print a line as it is."""
    print_to(out, text)


def print_warning(text: str) -> None:
    """Print a warning as it is, beside the output."""
    print_fault(err, f"warning: {text}", style="yellow")


def print_json(value: object) -> None:
    """Print JSON for scripts."""
    print(json.dumps(value, indent=1))  # noqa: T201 - a console would wrap it


def utc(time: datetime) -> datetime:
    """A time from the command line; one without a zone is UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
