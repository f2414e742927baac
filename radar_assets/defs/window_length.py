"""The length of windows that records were made with: those of two lengths would count twice."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from radar_assets.errors import SettingsError

_KEY = "radar_assets/window_minutes"


def check_window_length(instance: dg.DagsterInstance, length: timedelta) -> None:
    """Remember the length of windows at first; `SettingsError` when it is another one later."""
    minutes = f"{length / timedelta(minutes=1):g}"
    storage = instance.daemon_cursor_storage
    known = storage.get_cursor_values({_KEY}).get(_KEY)
    if known is None:
        storage.set_cursor_values({_KEY: minutes})
    elif known != minutes:
        raise SettingsError(
            f"the records of DAGSTER_HOME are by windows of {known} minutes: set window_minutes = "
            f"{known} in the network file again, or let DAGSTER_HOME name a new folder and make "
            "its records by `radar-assets run --from …`, which downloads nothing that is stored"
        )
