"""Verbs for a platform: run, status, doctor."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from radar_assets import reports
from radar_assets.cli.base import AsJson, app, err, errors, out, print_json, time_option, utc
from radar_assets.settings import environment, load_network


@app.command()
def run(
    *,
    radar: Annotated[str | None, typer.Option(help="e.g. RMA1; all by default")] = None,
    first: Annotated[datetime, time_option("--from", help="UTC, e.g. 2025-11-18T12:00")],
    last: Annotated[
        datetime | None, time_option("--to", help="UTC, not included; now by default")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option(help="all by default")] = None,
    volume: Annotated[list[str] | None, typer.Option(help="identifier; all by default")] = None,
    product: Annotated[list[str] | None, typer.Option(help="e.g. COLMAX; all by default")] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="PRODUCT.PARAMETER=VALUE, for this run only")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="make again what follows from unchanged input")
    ] = False,
) -> None:
    """Materialize windows in this process; what is unchanged stays as it is."""
    from radar_assets.defs.instance import instance
    from radar_assets.defs.progress import listening
    from radar_assets.defs.run import chosen_stages, planned, run_ranges, windows_in
    from radar_assets.defs.run_config import config_of
    from radar_assets.radar.parameters import from_text

    with errors():
        from radar_assets.definitions import defs, network, workspace

        until = utc(last) if last else workspace.now()
        plan = planned(network, radar, utc(first), until, workspace.now())
        size = partial(windows_in, length=network.settings.window)
        total = sum(size(*span) for ranges in plan.values() for span in ranges)
        config = partial(
            config_of,
            parameters=from_text(param or ()),
            volumes=volume or (),
            products=product or (),
            force=force,
        )
        configs = {name: config(name) for name in plan}
        bars = reports.windows_bar(err, total)
        runs = []
        with instance() as records, bars as bar, listening(bar.tell):
            for name, ranges in plan.items():
                steps = run_ranges(
                    defs,
                    records,
                    workspace,
                    name,
                    ranges,
                    stages=chosen_stages(network, name, stage or ()),
                    config=configs[name],
                )
                for step in steps:
                    bar.run_done(size(step.first, step.last))
                    runs.append(step)
    reports.runs(out, runs)
    if not all(item.is_success for item in runs):
        raise typer.Exit(1)


@app.command()
def status(
    *,
    radar: Annotated[str | None, typer.Option()] = None,
    first: Annotated[datetime | None, time_option("--from", help="UTC")] = None,
    last: Annotated[datetime | None, time_option("--to", help="UTC, not included")] = None,
    state: Annotated[str | None, typer.Option("--status", help="e.g. failed")] = None,
    stage: Annotated[str | None, typer.Option()] = None,
    volume: Annotated[str | None, typer.Option(help="volume identifier or number")] = None,
    file: Annotated[str | None, typer.Option(help="BUFR file name")] = None,
    error_type: Annotated[str | None, typer.Option(help="class or code of an error")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened: files, volumes and products, by Dagster's records."""
    from radar_assets.defs.instance import instance
    from radar_assets.defs.status import Query
    from radar_assets.defs.status import status as read
    from radar_assets.defs.watch.feeds import feeds

    query = Query(
        radar=radar,
        first=utc(first) if first else None,
        last=utc(last) if last else None,
        status=state,
        stage=stage,
        volume=volume,
        file=file,
        error_type=error_type,
    )
    with errors(), instance() as records:
        window = load_network(environment().network_file).settings.window
        report = {**read(records, window, query), "feeds": feeds(radar)}
    if as_json:
        print_json(report)
    else:
        reports.status(out, report)


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Look for what would go wrong; exit code 1 when something would."""
    from radar_assets.doctor import examine

    with errors():
        findings = list(examine(environment()))
    if as_json:
        print_json([{**vars(finding), "level": finding.level} for finding in findings])
    else:
        reports.findings(out, findings)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)
