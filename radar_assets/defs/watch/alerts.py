"""What is wrong at a moment, read from feeds, sources, runs and records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus

from radar_assets.defs.instance import recorded_assets
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.partitions import range_of
from radar_assets.defs.records import recent
from radar_assets.defs.runs import FAILURE_KIND
from radar_assets.defs.watch.feeds import present_feeds
from radar_assets.errors.advice import advice, class_of
from radar_assets.ingest.download.situation import is_final
from radar_assets.settings import About
from radar_assets.stages import all_stages
from radar_assets.stages.base.rows import COMPLETED, FAILED
from radar_assets.stages.base.windows import window_key
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.bufr_files import SKIPPED
from radar_assets.watch.alerts import Alert
from radar_assets.watch.freshness import Feed, FeedState

_LOOKBACK = timedelta(hours=6)
"""age up to which failed runs count"""
_RECENT = timedelta(hours=2)
"""age up to which failed windows count, by their records"""
_NEWS = timedelta(hours=1)
"""age up to which completed volumes and products count"""
_NEWS_TABLES = {About.VOLUMES: ("volumes",), About.PRODUCTS: ("products", "maps")}
"""tables of records with what was completed"""
_SHOWN = 3


def present_alerts(
    workspace: Workspace, instance: dg.DagsterInstance, about: Iterable[About], ui: str
) -> list[Alert]:
    """All alerts of this moment."""
    wanted, now = set(about), workspace.now()
    down = _down(workspace)
    found: list[Alert] = []
    if About.SOURCES in wanted:
        found += [_source(name, error) for name, error in down.items()]
    if About.FEEDS in wanted:
        feeds = present_feeds(workspace)
        found += [_feed(feed, ui) for feed in feeds if not _is_covered_by_source(feed, wanted)]
    if About.RUNS in wanted:
        found += _runs(workspace, instance, now, set(down), ui)
    if About.WINDOWS in wanted:
        found += _windows(instance, now, ui)
    for kind, tables in _NEWS_TABLES.items():
        if kind in wanted:
            found += _completed(instance, now, tables, ui)
    return found


def _down(workspace: Workspace) -> dict[str, str]:
    """Sources whose latest answer was an error, with its code."""
    used = {name for radar in workspace.network.radars.values() for name in radar.sources}
    states = {name: workspace.sources.health(name) for name in sorted(used)}
    return {name: state.reason for name, state in states.items() if state.failures}


def _source(name: str, code: str) -> Alert:
    known = advice(class_of(code))
    return Alert(
        key=f"source/{name}",
        title=f"source {name} does not serve",
        text=known.write(f"{known.meaning} Its radars are fetched when it serves again."),
    )


def _is_covered_by_source(feed: Feed, about: set[About]) -> bool:
    has_cause = feed.state is FeedState.UNREACHABLE and About.SOURCES in about
    return feed.is_well or has_cause or feed.state is FeedState.UNSEEN


def _feed(feed: Feed, ui: str) -> Alert:
    return Alert(
        key=f"feed/{feed.radar}",
        title=f"{feed.radar} is silent",
        text=f"{feed.detail}. Ask whoever runs the radar or its link.",
        link=_link(ui, f"assets/{feed.radar}/bufr_files"),
    )


def _runs(
    workspace: Workspace, instance: dg.DagsterInstance, now: datetime, down: set[str], ui: str
) -> Iterator[Alert]:
    """Windows whose newest run failed for what is not their content, by their first window."""
    newest: dict[tuple[str, datetime], dg.DagsterRun] = {}
    network, length = workspace.network, workspace.network.settings.window
    wanted = dg.RunsFilter(updated_after=now - _LOOKBACK)
    for record in instance.get_run_records(wanted):  # newest first
        run = record.dagster_run
        windows = range_of(run.tags, length)
        for owner in {key.path[0] for key in run.asset_selection or ()}:
            if windows and owner in network.owners:
                newest.setdefault((owner, windows[0]), run)
    for (owner, first), run in newest.items():
        is_failed = run.status == DagsterRunStatus.FAILURE and FAILURE_KIND not in run.tags
        sources = network.radars[owner].sources if owner in network.radars else ()
        if is_failed and not (sources and down.issuperset(sources)):
            yield Alert(
                key=f"run/{owner}/{window_key(first, length)}",
                title=f"a run of {owner} from {first:%Y-%m-%d %H:%M} on failed",
                text=_reason(instance, run),
                link=_link(ui, f"runs/{run.run_id}"),
            )


def _reason(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    wanted = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    for entry in instance.all_logs(run.run_id, of_type=wanted):
        event = entry.get_dagster_event()
        if event.is_step_failure:
            details = event.step_failure_data.user_failure_data
            if details and details.description:
                return str(details.description)
        elif event.message:
            return str(event.message)
    return "see its log"


def _windows(instance: dg.DagsterInstance, now: datetime, ui: str) -> Iterator[Alert]:
    """Windows in which files, volumes or products failed, by the newest records."""
    failed: dict[tuple[str, str], list[str]] = {}
    stages: dict[tuple[str, str], str] = {}
    for key in recorded_assets(instance):
        radar, stage = key.path
        for window, record in recent(instance, key, now - _RECENT).items():
            rows = rows_of(record.metadata, all_stages()[stage].row.table)
            texts = [str(row["error_message"]) for row in rows if _is_of_content(row)]
            if texts:
                failed.setdefault((radar, window), []).extend(texts)
                stages.setdefault((radar, window), stage)
    for (radar, window), texts in failed.items():
        more = f"\n… and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
        yield Alert(
            key=f"window/{radar}/{window}",
            title=f"{radar} {window}: {len(texts)} failed",
            text="\n".join(texts[:_SHOWN]) + more,
            link=_link(ui, f"assets/{radar}/{stages[radar, window]}?partition={window}"),
            is_lasting=False,
        )


def _is_of_content(row: Mapping[str, Any]) -> bool:
    """Whether a retry would fail alike; for other failures there are alerts of runs and sources."""
    if row["status"] != FAILED:
        return False
    kind = class_of(str(row.get("error_code")))
    return "file_name" not in row or (is_final(kind) and not issubclass(kind, SKIPPED))


def _completed(
    instance: dg.DagsterInstance, now: datetime, tables: Iterable[str], ui: str
) -> Iterator[Alert]:
    """Windows with volumes or products that were made lately."""
    for key in recorded_assets(instance):
        radar, stage = key.path
        table = all_stages()[stage].row.table
        if table not in tables:
            continue
        for window, record in recent(instance, key, now - _NEWS).items():
            rows = rows_of(record.metadata, table)
            names = [row.get("product") or row["volume_id"] for row in rows]
            made = [
                name for name, row in zip(names, rows, strict=True) if row["status"] == COMPLETED
            ]
            if made:
                yield Alert(
                    key=f"{stage}/{radar}/{window}/{len(made)}",
                    title=f"{radar} {window}: {len(made)} {table} as {stage}",
                    text=", ".join(made),
                    link=_link(ui, f"assets/{radar}/{stage}?partition={window}"),
                    is_lasting=False,
                )


def _link(ui: str, path: str) -> str:
    return f"{ui.rstrip('/')}/{path}" if ui else ""
