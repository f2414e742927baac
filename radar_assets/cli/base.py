"""What the commands share: the application, its consoles, how errors and times are written.

Data go to standard output, errors, warnings and progress to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from typer.core import TyperGroup

from radar_assets.cli.output import is_standard
from radar_assets.errors import SettingsError
from radar_assets.errors.advice import DEFECT, advice, full_text
from radar_assets.errors.masking import mask_known
from radar_assets.radar.release import release
from radar_assets.reports.base import print_fault
from radar_assets.reports.base import print_line as print_to

F = TypeVar("F", bound=Callable[..., Any])

INTERRUPTED = 130
"""exit code of a command that Ctrl-C ended, as shells have it"""


class Commands(TyperGroup):
    """The commands; an error of the platform or the system becomes one clear line, exit code 1."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run a command; a defect of the program is raised, so that its traceback is seen."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            print_fault(err, "; ".join(("interrupted", *map(str, error.args))))
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if advice(error) is DEFECT or isinstance(error, BrokenPipeError):
                raise
            print_fault(err, mask_known(f"error: {full_text(error, None)}"))
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    help="Weather radar volumes as Dagster assets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out, err = Console(), Console(stderr=True)

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
time_option = partial(typer.Option, formats=_TIMES, metavar="TIME")
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for scripts")]


def command(example: str, name: str | None = None, **options: Any) -> Callable[[F], F]:  # noqa: ANN401
    """Register a command, with an example of its use below its help."""
    return app.command(name, epilog=f"Example: radar-assets {example}", **options)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_wanted:
        print_line(f"radar-assets {release()}")
        raise typer.Exit


@app.callback(epilog="Example: radar-assets run --help")
def main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="print the version and exit"
        ),
    ] = False,
) -> None:
    """Weather radar volumes as Dagster assets."""


def print_line(text: str, output: Path | None = None) -> None:
    """Print a line as it is; beside the data where the `output` of these is standard output."""
    print_to(err if output and is_standard(output) else out, text)


def print_warning(text: str) -> None:
    """Print a warning as it is, beside the output."""
    print_fault(err, f"warning: {text}", style="yellow")


def print_json(value: object) -> None:
    """Print JSON for scripts."""
    print(json.dumps(value, indent=1))  # noqa: T201 - a console would wrap it


def utc(time: datetime) -> datetime:
    """A time from the command line; one without a zone is UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def span_of(
    first: datetime | None, last: datetime | None, names: tuple[str, str] = ("--from", "--to")
) -> tuple[datetime | None, datetime | None]:
    """Begin and end from the command line, in UTC; `SettingsError` where these are reversed."""
    begin, end = utc(first) if first else None, utc(last) if last else None
    if begin and end and begin >= end:
        raise SettingsError(f"{names[0]} {begin:%FT%TZ} is not before {names[1]} {end:%FT%TZ}")
    return begin, end
