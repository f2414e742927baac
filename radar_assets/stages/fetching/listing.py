"""What the sources of a radar have of a run's windows, listed once for all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from radar_assets.ingest.listing.confirm import confirm_empty
from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.scheduling.arrivals import VolumeArrival, assess
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.stages.base.stage import Run
from radar_assets.stages.base.workspace import Workspace


@dataclass(frozen=True)
class Listed:
    """What sources had at a moment, and the sizes of the files some seconds before."""

    time: datetime
    listing: Listing
    sizes_before: Mapping[str, int] = field(default_factory=dict)


def list_windows(run: Run) -> Listed:
    """List what a radar's sources have of a run's contiguous windows.

    A file may have settled although its time does not show it: the server gives none, or has
    another clock. Where a whole volume depends on that, a second listing compares sizes.
    """
    windows = run.windows
    radar, span = windows[0].owner, (windows[0].start, windows[-1].end)
    listed = Listed(run.workspace.now(), _listing(run, radar, span))
    arrivals = arrivals_of(run.workspace, radar, listed.listing, listed)
    if not any(arrival.is_settling for arrival in arrivals):
        return listed
    time.sleep(run.workspace.network.settings.settle_after.total_seconds())
    sizes = {str(file.name): file.size for file in listed.listing.files}
    return Listed(run.workspace.now(), _listing(run, radar, span), sizes)


def arrivals_of(
    workspace: Workspace, radar: str, listing: Listing, listed: Listed
) -> Sequence[VolumeArrival]:
    """Volumes of a listing, and whether they are due."""
    network = workspace.network
    return assess(
        listing.files,
        lambda volume: network.expected_fields(radar, volume.strategy, volume.volume),
        listed.time,
        Plan.of(network, radar).arrival,
        listed.sizes_before,
    )


def _listing(run: Run, radar: str, span: Span) -> Listing:
    workspace = run.workspace
    over = workspace.now() - workspace.network.settings.incomplete_after
    closed = [(window.start, window.end) for window in run.windows if window.end <= over]
    listing = list_files(workspace.sources, radar, [span])
    listing = confirm_empty(workspace.sources, radar, listing, closed)
    for fault in listing.faults:
        run.log.warning(fault.message)
    return listing
