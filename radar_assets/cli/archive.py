"""Verbs for stored files: adopt, verify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar_assets import reports
from radar_assets.cli.base import AsJson, command, err, out, print_json, span_of, time_option
from radar_assets.ingest.archive.adopt import Adoption, find
from radar_assets.ingest.archive.adoption_report import AdoptionReport, advice
from radar_assets.ingest.archive.spans import RadarSpan
from radar_assets.ingest.archive.state_db import StateDb

if TYPE_CHECKING:
    from radar_assets.defs.verify import Checked, Report

Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="of the old daemon")]


@command("adopt /srv/old --state-db /srv/old/state.db")
def adopt(
    folder: Folder,
    *,
    state_db: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="database of the old daemon")
    ] = None,
    also: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="another folder that state.db may name"),
    ] = None,
    radar: Annotated[str | None, typer.Option(help="all of the network by default")] = None,
    move: Annotated[
        bool, typer.Option("--move", help="take no space, leave nothing behind")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take over the BUFR files of an older daemon, so that they are not downloaded again.

    They are found by their names anywhere below FOLDER, checked, and copied to the data folder.
    What is there already stays as it is. The files of the old daemon, their time stamps included,
    are not touched unless they are moved. With --state-db, what the old daemon noted of downloads,
    volumes and products is recorded, failures too, of windows that have no record. The commands
    that process the files are printed at the end. Exit code 1 when BUFR files could not be adopted.
    """
    from radar_assets.definitions import network, workspace
    from radar_assets.defs.adoption import record_older_daemon
    from radar_assets.defs.instance import instance

    report = AdoptionReport()
    with ExitStack() as opened:
        state = opened.enter_context(StateDb(state_db)) if state_db else None
        records = opened.enter_context(instance()) if state else None
        if radar:
            network.radar(radar)
        adoption = Adoption(
            workspace.root,
            workspace.scratch,
            network.radars,
            workspace.lock,
            only=radar,
            state=state,
            is_move=move,
            min_free=network.settings.min_free,
        )
        total = sum(1 for _ in find(folder, lambda _: None))
        for path in reports.progress(err, find(folder, report.add_folder), total):
            report.add(adoption.adopt(path))
        for file in adoption.adopt_listed([folder, *(also or ())]):
            report.add(file)
        if state and records:
            report.recorded = record_older_daemon(records, workspace, state, radar)
    spans = report.spans(network)
    if as_json:
        print_json(_adopted(report, spans))
    else:
        reports.adoption(out, report, spans, advice(spans, network))
    if report.not_adopted:
        raise typer.Exit(1)


@command("verify --radar RMA1 --from 2025-11-18 --repair")
def verify(
    *,
    radar: Annotated[str | None, typer.Option()] = None,
    first: Annotated[datetime | None, time_option("--from", help="UTC")] = None,
    last: Annotated[datetime | None, time_option("--to", help="UTC, not included")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="remove damaged files and run their windows")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare BUFR files and volumes on disk with their recorded sizes and digests.

    Lists what is wrong, and says which windows to run again; --repair does that, and removes
    damaged files first, which a run would take for what they were. Exit code 1 when something is
    wrong and stays so.
    """
    from radar_assets.defs import verify as stored
    from radar_assets.defs.instance import instance

    with instance() as records:
        from radar_assets.definitions import defs, network, workspace

        if radar:
            network.radar(radar)
        radars = [radar] if radar else list(network.radars)
        begin, end = span_of(first, last)

        def checked() -> Iterator[Checked]:
            days = stored.recorded_days(records, radars, begin, end)
            for day in reports.progress(err, days, total=len(days)):
                yield from stored.check_day(records, workspace, day)

        report = stored.Report.of(checked())
        spans = stored.wrong_spans(report, network.settings.window)
        if repair and spans:
            steps = stored.repair(defs, records, workspace, report, spans)
            done = list(steps)
            reports.runs(err, done)
            reports.run_faults(err, done)
            report = stored.after_repair(report, checked())
            spans = stored.wrong_spans(report, network.settings.window)
    if as_json:
        print_json(_verified(report, spans))
    else:
        reports.verification(out, report, spans)
    if spans:
        raise typer.Exit(1)


def _adopted(report: AdoptionReport, spans: Sequence[RadarSpan]) -> dict[str, Any]:
    return {
        "counts": dict(report.counts),
        "days": [
            {"radar": radar, "day": day.isoformat(), "files": found.files}
            for (radar, day), found in sorted(report.days.items(), key=lambda item: item[0])
        ],
        "left": [
            asdict(found) | {"name": found.name and str(found.name)} for found in report.not_adopted
        ],
        "missing": [found.path for found in report.missing],
        "recorded": dict(report.recorded),
        "commands": [span.command for span in spans],
    }


def _verified(report: Report, spans: Sequence[RadarSpan]) -> dict[str, Any]:
    return {
        "counts": report.counts,
        "files": [
            {**asdict(item.file), "state": item.state, "detail": item.detail}
            for item in report.wrong
        ],
        "commands": [span.command for span in spans],
    }
