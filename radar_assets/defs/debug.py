"""What a debug report shows of Dagster's records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus

from radar_assets.defs.checks import check_specs
from radar_assets.defs.instance import ACTIVE, recorded_assets
from radar_assets.defs.status import Query, status
from radar_assets.stages import all_stages, tables
from radar_assets.stages.base.rows import FAILED, stamp

_ROWS, _RUNS, _TICKS = 200, 20, 3
_PERIOD = timedelta(days=2)


def recent(instance: dg.DagsterInstance, window_length: timedelta) -> dict[str, Any]:
    """Failed rows of the last days, failed and active runs, checks, sensors and daemons."""
    since = datetime.now(UTC) - _PERIOD
    found = status(instance, window_length, Query(first=since, status=FAILED))
    return {
        "failures": {table: found[table][-_ROWS:] for table in tables()},
        "failed_runs": [_failed(instance, run) for run in _runs(instance)],
        "active_runs": [
            {"run_id": run.run_id, "status": run.status.value, "tags": run.tags}
            for run in instance.get_runs(dg.RunsFilter(statuses=ACTIVE), limit=_RUNS)
        ],
        "checks": _checks(instance),
        "sensors": [_sensor(instance, state) for state in instance.all_instigator_state()],
        "daemons": {
            name: {
                "healthy": daemon.healthy,
                "last_heartbeat": _moment(
                    daemon.last_heartbeat and daemon.last_heartbeat.timestamp
                ),
            }
            for name, daemon in instance.get_daemon_statuses().items()
        },
    }


def _checks(instance: dg.DagsterInstance) -> list[dict[str, Any]]:
    """What every check of the radars' assets said last."""
    keys = [
        spec.key
        for asset in recorded_assets(instance)
        for spec in check_specs(asset.path[0], [all_stages()[asset.path[1]]])
    ]
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return [
        {
            "check": key.to_user_string(),
            "status": record.status.value,
            "partition": record.partition,
            "time": _moment(record.create_timestamp),
        }
        for key, record in found.items()
    ]


def _runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    wanted = dg.RunsFilter(statuses=[DagsterRunStatus.FAILURE])
    return list(instance.get_runs(wanted, limit=_RUNS))


def _failed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, Any]:
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    entries = instance.all_logs(run.run_id, of_type=kinds)
    errors = [entry.error_info.to_string() for entry in entries if entry.error_info]
    messages = [entry.user_message or entry.message for entry in entries]
    return {"run_id": run.run_id, "tags": run.tags, "messages": messages, "errors": errors}


def _sensor(instance: dg.DagsterInstance, state: Any) -> dict[str, Any]:  # noqa: ANN401
    ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=_TICKS)
    return {
        "name": state.instigator_name,
        "status": state.status.value,
        "ticks": [
            {
                "time": _moment(tick.timestamp),
                "status": tick.status.value,
                "said": tick.skip_reason,
                "error": tick.error.to_string() if tick.error else None,
            }
            for tick in ticks
        ],
    }


def _heartbeat(daemon: Any) -> str | None:  # noqa: ANN401
    return _moment(daemon.last_heartbeat.timestamp) if daemon.last_heartbeat else None


def _moment(time: float | None) -> str | None:
    return stamp(datetime.fromtimestamp(time, UTC)) if time else None
