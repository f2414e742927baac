"""A radar, its server and its runs, played with a clock of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from radar_assets.errors import AccessDenied, SourceUnreachable
from radar_assets.ingest.listing.model import Listing, SourceFault, Span, hours_of
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import Decision, decide
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.ingest.scheduling.requests import Request, RunOutcome
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.radar.names import VolumeId
from radar_assets_tests.ingest.tree import name, utc

EXPECTED = {"01": frozenset({"DBZH", "ZDR"}), "02": frozenset({"VRAD"})}
NOON = utc("2025-11-18T12:00")


def expected(volume: VolumeId) -> frozenset[str] | None:
    return EXPECTED.get(volume.volume)


class World:
    """Files that are on the server from some moment on, and runs that end as set."""

    def __init__(self, start: datetime = NOON, now: datetime | None = None, **plan: object) -> None:
        self.plan = replace(Plan("RMA1", start), **plan)
        self.now = now or start
        self.cursor = Cursor()
        self.files: list[RemoteFile] = []
        self.outcomes: dict[str, RunOutcome] = {}
        self.requests: list[Request] = []
        self.listed: list[tuple[Span, ...]] = []
        self.result: RunOutcome = "success"
        self.is_down = False
        self.server = "here"
        self.unlistable: set[datetime] = set()
        """hours that cannot be listed"""

    def put(
        self, time: str, *fields: str, volume: str = "01", size: int = 100, at: str | None = None
    ) -> None:
        """Put files of a volume on the server, by default a minute after the volume's time."""
        modified = utc(at) if at else utc(time) + timedelta(minutes=1)
        for field in fields or ("DBZH", "ZDR"):
            bufr = name(time, field, volume)
            self.files = [file for file in self.files if file.name != bufr]
            self.files.append(RemoteFile(bufr, size, modified, "here"))

    def listing(self, spans: tuple[Span, ...]) -> Listing:
        if self.is_down:
            return Listing(faults=(SourceFault("here", SourceUnreachable("does not answer")),))
        found = [
            file
            for file in self.files
            if any(first <= file.name.id.time < last for first, last in spans)
            and (file.modified_at is None or file.modified_at <= self.now)
        ]
        hours = [hour for span in spans for hour in hours_of(*span)]
        covered = tuple(hour for hour in hours if hour[0] not in self.unlistable)
        return Listing(
            files=tuple(
                replace(file, server=self.server)
                for file in found
                if file.name.id.time.replace(minute=0, second=0) not in self.unlistable
            ),
            faults=tuple(
                SourceFault("here", AccessDenied("denied"), hour)
                for hour in hours
                if hour[0] in self.unlistable
            ),
            covered=covered,
        )

    def decide(self) -> Decision:
        """What would be decided now; nothing is remembered."""
        self.listed.append(hours_to_list(self.cursor, self.plan, self.now))
        listing = self.listing(self.listed[-1]) if self.listed[-1] else Listing()
        return decide(
            self.cursor, listing, self.now, self.plan, expected=expected, outcomes=self.outcomes
        )

    def tick(self, at: str | None = None) -> list[str]:
        """Poll, decide and remember; returns the windows with files that were requested."""
        self.now = utc(at) if at else self.now
        decision = self.decide()
        for request in decision.requests:
            self.outcomes[request.run_key] = self.result
        self.requests += decision.requests
        self.cursor = Cursor.from_json(decision.cursor.to_json())
        assert self.cursor == decision.cursor
        return self.windows(decision.requests)

    def windows(
        self, requests: list[Request] | tuple[Request, ...], kind: str = "files"
    ) -> list[str]:
        return [
            f"{window:%d %H:%M}"
            for request in requests
            if request.kind == kind
            for window in self.plan.windows(request.first, request.last)
        ]


def play(world: World, until: str, every: timedelta = timedelta(minutes=5)) -> None:
    while world.now < utc(until):
        world.tick()
        world.now += every


def days(first: str, last: str, cadence: timedelta = timedelta(minutes=10)) -> list[datetime]:
    time, times = utc(first), []
    while time < utc(last):
        times.append(time)
        time += cadence
    return times
