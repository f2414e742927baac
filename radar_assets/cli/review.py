"""Verbs that look back: history."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from radar_assets.cli.base import AsJson, app, errors, out, print_json, time_option, utc
from radar_assets.reports import history as reports
from radar_assets.settings import environment, load_network
from radar_assets.settings.types import Duration
from radar_assets.stages.base.statistics import By, Pass, most_failing, slowest, summaries


@app.command()
def history(
    *,
    radar: Annotated[str | None, typer.Option(help="e.g. RMA1; all by default")] = None,
    stage: Annotated[str | None, typer.Option()] = None,
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
        Path | None, typer.Option("--csv", help="write every pass to this file")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what ran, how long it took, how often it failed, and the worst volumes."""
    from radar_assets.defs.history import Period, passes, runs
    from radar_assets.defs.instance import instance

    now = datetime.now(UTC)
    period = Period(
        radar=radar,
        stage=stage,
        first=utc(first) if first else None,
        last=utc(last) if last else None,
        since=now - _duration(recent) if recent else utc(since) if since else None,
        until=utc(until) if until else None,
        volume=volume,
        search=search,
    )
    with errors(), instance() as records:
        window = load_network(environment().network_file).settings.window
        found = sorted(passes(records, period, window), key=lambda item: item.time)
        report = {
            "summary": summaries(found, by),
            "slowest": slowest(found, number),
            "most_failing": most_failing(found, number),
            "runs": runs(records, period, window),
        }
        if table:
            _write_csv(table, found)
    if as_json:
        print_json({**report, "passes": [_plain(item) for item in found]})
    else:
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
            codes = sorted({trouble.code for trouble in item.troubles})
            more = (item.is_success, len(item.troubles), " ".join(codes), " ".join(item.volumes))
            writer.writerow([*(row[name] for name in columns), *more])
