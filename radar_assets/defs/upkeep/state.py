"""The state of Dagster's storage, daemons and sensors."""

from __future__ import annotations

import dagster as dg

from radar_assets.defs.internals import InstigatorStatus


def outdated(instance: dg.DagsterInstance) -> list[str]:
    """Storages whose tables are of another version of Dagster than the one installed."""
    storages = {
        "runs": instance.run_storage,
        "events": instance.event_log_storage,
        "schedules": instance.schedule_storage,
    }
    return [name for name, storage in storages.items() if _is_outdated(storage)]


def _is_outdated(storage: object) -> bool:
    versions = getattr(storage, "alembic_version", lambda: None)()
    return versions is not None and versions[0] != versions[1]


def daemons(instance: dg.DagsterInstance) -> dict[str, bool | None]:
    """Whether each daemon lives, by name; None for one that never did."""
    return {
        name: daemon.healthy if daemon.last_heartbeat else None
        for name, daemon in instance.get_daemon_statuses().items()
        if daemon.required
    }


def sensors(instance: dg.DagsterInstance) -> set[str]:
    """Names of sensors that are switched on, by hand or by their definition."""
    states = instance.all_instigator_state()
    return {state.instigator_name for state in states if state.status != InstigatorStatus.STOPPED}
