"""Verbs for a platform: run, status, doctor."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from filelock import Timeout

from radar_assets import reports
from radar_assets.cli.base import (
    AsJson,
    command,
    err,
    out,
    print_json,
    print_line,
    print_warning,
    span_of,
    time_option,
    utc,
)
from radar_assets.cli.choices import check_code, check_radar, check_volume, known_stages
from radar_assets.settings import environment, load_network

if TYPE_CHECKING:
    from radar_assets.stages.base.workspace import Workspace


class State(StrEnum):
    """What can have become of a file, volume or product."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@command("run --radar RMA1 --from 2025-11-18T12:00 --to 2025-11-18T18:00 --stage png")
def run(
    *,
    radar: Annotated[
        str | None, typer.Option(help="or composite, e.g. RMA1; all by default")
    ] = None,
    first: Annotated[datetime, time_option("--from", help="UTC, e.g. 2025-11-18T12:00")],
    last: Annotated[
        datetime | None, time_option("--to", help="UTC, not included; now by default")
    ] = None,
    stage: Annotated[
        list[str] | None, typer.Option(help="all by default", callback=known_stages)
    ] = None,
    volume: Annotated[list[str] | None, typer.Option(help="identifier; all by default")] = None,
    product: Annotated[list[str] | None, typer.Option(help="e.g. COLMAX; all by default")] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="PRODUCT.PARAMETER=VALUE, for this run only")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="make again what follows from unchanged input")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="exit with 0 although single files or maps failed")
    ] = False,
) -> None:
    """Materialize windows in this process; what is unchanged stays as it is.

    Exit code 1 when a run failed, or when files, volumes or products failed in runs that made the
    others.
    """
    from radar_assets.definitions import defs, network, workspace
    from radar_assets.defs.instance import instance
    from radar_assets.defs.progress import listening
    from radar_assets.defs.run import chosen_stages, faults_in, planned, run_ranges, windows_in
    from radar_assets.defs.run_config import config_of
    from radar_assets.radar.parameters import from_text
    from radar_assets.stages import draws

    until = utc(last) if last else workspace.now()
    plan = planned(network, radar, stage or (), (utc(first), until), workspace.now())
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
    stages = {name: chosen_stages(network, name, stage or ()) for name in plan}
    runs = []
    with instance() as records:
        with reports.windows_bar(err, total) as bar, listening(bar.show):
            for name, ranges in plan.items():
                where = (defs, records, workspace, name, ranges)
                steps = run_ranges(*where, stages=stages[name], config=configs[name])
                _warn_of_others(workspace, name)
                for step in steps:
                    bar.run_done(size(step.first, step.last))
                    runs.append(step)
                    _warn_of_others(workspace, name)
        faults = faults_in(records, network.settings.window, runs)
    reports.runs(out, runs, faults)
    reports.run_faults(err, runs, faults)
    for name in sorted(name for name in plan if any(map(draws, stages[name]))):
        print_line(f"maps: {workspace.root / 'products' / name}")
    if not all(item.is_success for item in runs) or (faults and not keep_going):
        raise typer.Exit(1)


def _warn_of_others(workspace: Workspace, radar: str) -> None:
    """Warn when another run holds a radar's lock, for which the next one waits."""
    try:
        with workspace.lock(radar).acquire(timeout=0):
            pass
    except Timeout:
        print_warning(f"another run of {radar} is under way; this one waits until it has ended")


@command("status --radar RMA1 --from 2025-11-18 --status failed")
def status(
    *,
    radar: Annotated[str | None, typer.Option()] = None,
    first: Annotated[datetime | None, time_option("--from", help="UTC")] = None,
    last: Annotated[datetime | None, time_option("--to", help="UTC, not included")] = None,
    state: Annotated[State | None, typer.Option("--status")] = None,
    stage: Annotated[str | None, typer.Option(callback=known_stages)] = None,
    volume: Annotated[str | None, typer.Option(help="volume identifier or number")] = None,
    file: Annotated[str | None, typer.Option(help="BUFR file name")] = None,
    error_type: Annotated[str | None, typer.Option(help="class or code of an error")] = None,
    faults: Annotated[
        bool, typer.Option("--faults", help="windows in which something failed, a line each")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what happened: files, volumes and products, by Dagster's records."""
    from radar_assets.defs.instance import instance, recorded_radars
    from radar_assets.defs.status import Query
    from radar_assets.defs.status import status as read
    from radar_assets.defs.watch.feeds import feeds

    check_code(error_type)
    if volume:
        check_volume(volume)
    begin, end = span_of(first, last)
    query = Query(
        radar=radar,
        first=begin,
        last=end,
        status=state,
        stage=stage,
        volume=volume,
        file=file,
        error_type=error_type,
        faults=faults,
    )
    with instance() as records:
        network = load_network(environment().network_file)
        check_radar(radar, network, recorded_radars(records))
        report = {**read(records, network.settings.window, query), "feeds": feeds(radar)}
    if as_json:
        print_json(report)
    elif faults:
        reports.faulty_windows(out, report)
    else:
        reports.status(out, report)


@command("doctor")
def doctor(*, as_json: AsJson = False) -> None:
    """Check for what would go wrong; exit code 1 when something would."""
    from radar_assets.doctor import examine

    findings = list(examine(environment()))
    if as_json:
        print_json([{**vars(finding), "level": finding.level} for finding in findings])
    else:
        reports.findings(out, findings)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)
