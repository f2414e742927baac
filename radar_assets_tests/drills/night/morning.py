"""The morning after: what the records, the notifications and the disk say."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from radar_assets.defs.instance import ACTIVE
from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest
from radar_assets.defs.status import status
from radar_assets.stages import all_stages
from radar_assets.stages.base.windows import window_key
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import STAGES
from radar_assets_tests.drills.night.feed import MINUTE, Feed

_WINDOW = re.compile(r"(RMA\d+) (\d{4}-\d\d-\d\d-\d\d:\d\d): \d+ failed")


@dataclass(frozen=True)
class Morning:
    """What is looked at when the night is over."""

    feed: Feed
    workspace: Workspace
    instance: dg.DagsterInstance
    titles: list[str]
    """of the notifications that came"""

    @property
    def windows(self) -> list[str]:
        """Partition keys of the night."""
        starts = (self.feed.begin + minute * MINUTE for minute in range(self.feed.minutes))
        return [window_key(start, MINUTE) for start in starts]

    def await_rest(self, patience: timedelta) -> bool:
        """Wait until every window is settled and nothing is under way; False when that is late."""
        deadline = time.monotonic() + patience.total_seconds()
        while time.monotonic() < deadline:
            active = self.instance.get_runs_count(dg.RunsFilter(statuses=ACTIVE))
            if not active and not list(self._open()) and not list(self._differences()):
                return True
            time.sleep(2)
        return False

    def wrong(self) -> Iterator[str]:
        """What is not as it should be, a sentence each."""
        yield from self._open()
        yield from self._differences()
        yield from self._mail()
        for folder in (self.workspace.scratch, self.workspace.partial):
            yield from (f"{path} is left" for path in folder.rglob("*") if path.is_file())

    def _open(self) -> Iterator[str]:
        """Windows that are neither materialized nor failed, nor behind one that failed."""
        for radar in self.feed.radars:
            records = {s: newest(self.instance, asset_key(radar, s)) for s in STAGES}
            for window in self.windows:
                failed = set[str]()
                for stage in STAGES:
                    record = records[stage].get(window)
                    if not failed.isdisjoint(all_stages()[stage].upstream):
                        failed.add(stage)
                    elif record is None:
                        yield f"{radar} {window} {stage} is open"
                    elif not record.is_made:
                        failed.add(stage)

    def _differences(self) -> Iterator[str]:
        """Where the status differs from the book of what was published."""
        report = status(self.instance, MINUTE)
        reported = {row["file_name"]: row["status"] for row in report["files"]}
        meant = {
            str(name): "completed" if is_whole else "failed"
            for name, is_whole in self.feed.book.items()
        }
        for name in reported.keys() | meant.keys():
            if reported.get(name) != meant.get(name):
                yield f"{name} is {reported.get(name)}, not {meant.get(name)}"
        volumes = {row["volume_id"] for row in report["volumes"] if row["netcdf_path"]}
        wanted = {str(volume) for volume in self.feed.volumes}
        yield from (f"{name} is not as published" for name in sorted(volumes ^ wanted))
        if Counter(reported.values()) != Counter(report["counts"]["files"]):
            yield f"the counts {report['counts']['files']} are not those of the rows"

    def _mail(self) -> Iterator[str]:
        counts = Counter(self.titles)
        yield from (f"reported {n} times: {title}" for title, n in counts.items() if n > 1)
        for title in counts:
            if title.startswith("over: ") and title.removeprefix("over: ") not in counts:
                yield f"reported without its beginning: {title}"
        silent = f"{self.feed.silent[0]} is silent"
        for title in (silent, f"over: {silent}", *self._outage()):
            if title not in counts:
                yield f"not reported: {title}"
        broken = {
            (name.id.radar, window_key(name.id.time, MINUTE))
            for name, is_whole in self.feed.book.items()
            if not is_whole
        }
        seen = {tuple(found.groups()) for title in counts if (found := _WINDOW.match(title))}
        yield from (f"not reported: {radar} {window}" for radar, window in sorted(broken - seen))
        yield from (
            f"reported for nothing: {radar} {window}" for radar, window in sorted(seen - broken)
        )

    @staticmethod
    def _outage() -> tuple[str, str]:
        return "source server does not serve", "over: source server does not serve"


def moment(begin: datetime, share: float, minutes: int) -> datetime:
    """The moment at a share of the night."""
    return begin + share * minutes * MINUTE
