"""Commands about the past: history."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from radar_assets.cli.base import AsJson, command, out, print_json, span_of, time_option
from radar_assets.cli.choices import check_radar, check_volume, known_stages
from radar_assets.cli.output import is_standard, writing
from radar_assets.reports import history as reports
from radar_assets.settings import environment, load_network
from radar_assets.settings.types import Duration
from radar_assets.stages.base.statistics import By, Pass, most_failing, slowest, summaries


@command("history --radar RMA1 --last 24h --by stage")
def history(
    *,
    radar: Annotated[str | None, typer.Option(help="e.g. RMA1; all by default")] = None,
    stage: Annotated[str | None, typer.Option(callback=known_stages)] = None,
    volume: Annotated[str | None, typer.Option(help="volume identifier")] = None,
    search: Annotated[str | None, typer.Option(help="text in names and errors")] = None,
    first: Annotated[datetime | None, time_option("--from", help="windows from")] = None,
    last: Annotated[datetime | None, time_option("--to", help="windows before")] = None,
    since: Annotated[datetime | None, time_option("--since", help="what ran after")] = None,
    until: Annotated[datetime | None, time_option("--until", help="what ran before")] = None,
    recent: Annotated[str | None, typer.Option("--last", help="what ran in e.g. 24h")] = None,
    by: Annotated[By, typer.Option(help="what the summary is by")] = By.STAGE,
    number: Annotated[int, typer.Option("--top", min=0, help="volumes and runs to show")] = 10,
    table: Annotated[
        Path | None, typer.Option("--csv", help="file for every pass, or - for standard output")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what ran, how long it took, how often it failed, and the worst volumes."""
    from radar_assets.defs.history import Period, passes, runs
    from radar_assets.defs.instance import instance, recorded_radars

    if recent:
        since = datetime.now(UTC) - _duration(recent)
    if volume:
        check_volume(volume, is_number=False)
    begin, end = span_of(first, last)
    after, before = span_of(since, until, ("--since" if not recent else "--last", "--until"))
    period = Period(
        radar=radar,
        stage=stage,
        first=begin,
        last=end,
        since=after,
        until=before,
        volume=volume,
        search=search,
    )
    with instance() as records:
        network = load_network(environment().network_file)
        check_radar(radar, network, recorded_radars(records))
        window = network.settings.window
        found = sorted(passes(records, period, window), key=lambda item: item.time)
        report = {
            "summary": summaries(found, by),
            "slowest": slowest(found, number),
            "most_failing": most_failing(found, number),
            "runs": runs(records, period, window),
        }
        if table:
            with writing(table) as path:
                _write_csv(path, found)
    if as_json:
        print_json({**report, "passes": [_plain(item) for item in found]})
    elif not (table and is_standard(table)):
        reports.history(out, report, number)


def _duration(text: str) -> timedelta:
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(f"--last {text}: {error.errors()[0]['msg']}") from None


def _plain(item: Pass) -> dict[str, Any]:
    row = asdict(item)
    return {**row, "time": f"{item.time:%Y-%m-%dT%H:%M:%SZ}", "is_success": item.is_success}


def _write_csv(path: Path, passes: Sequence[Pass]) -> None:
    columns = ("radar", "window", "stage", "time", "run_id", "seconds", "is_made", "items")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*columns, "is_success", "failures", "error_codes", "volumes"])
        for item in passes:
            row = _plain(item)
            codes = sorted({failed.code for failed in item.failed_items})
            more = (
                item.is_success,
                len(item.failed_items),
                " ".join(codes),
                " ".join(item.volumes),
            )
            writer.writerow([*(row[name] for name in columns), *more])
