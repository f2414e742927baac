"""A run over windows of a radar: their work side by side, their records in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from threading import Lock

import dagster as dg
from dagster._core.storage.tags import MAX_RUNTIME_SECONDS_TAG

from radar_assets.defs.choice import run_choice
from radar_assets.defs.execution import Done, Job
from radar_assets.defs.ingest import Look, fetch_window, list_windows
from radar_assets.defs.metadata import VolumeRow
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.progress import run_progress
from radar_assets.defs.recording import record
from radar_assets.ingest.scheduling.requests import Outcome
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Settings

BLAME = "radar_assets/blame"
"""tag of a run that failed, and that another one may not mend: final or refused, see `Outcome`"""

_TAGGED = 8
"""volumes that a run has a tag for, each; a longer run is found by its windows"""


@dataclass
class Trouble:
    """What a run ends in failure for."""

    reasons: dict[tuple[Window, str], str] = field(default_factory=dict)
    """the first one of each window and stage"""
    outcomes: set[Outcome] = field(default_factory=set)

    def note(self, place: Window, stage: str, reason: str, outcome: Outcome) -> None:
        """Note one reason."""
        self.reasons.setdefault((place, stage), reason)
        self.outcomes.add(outcome)

    def note_of(self, place: Window, done: Done) -> None:
        """Note what kept a stage of a window from being done in full."""
        if done.result is None:
            self.note(place, done.stage, done.reason, "failure")
            return
        if done.result.shortfall:
            outcome: Outcome = "refused" if done.result.is_refusal else "failure"
            self.note(place, done.stage, done.result.shortfall, outcome)
        if done.result.has_failed and not done.result.is_open:
            self.note(place, done.stage, done.result.reason, "final")

    @property
    def blame(self) -> Outcome | None:
        """What the run is to be tagged with; None where the world may mend it."""
        if "failure" in self.outcomes:
            return None
        return "refused" if "refused" in self.outcomes else "final"

    def failure(self) -> dg.Failure:
        """What the run is to end with."""
        failed = [
            f"{place.radar}/{stage} {place.key}: {reason}"
            for (place, stage), reason in self.reasons.items()
        ]
        windows = {place for place, _ in self.reasons}
        return dg.Failure(
            f"{len(windows)} of the run's windows failed: " + "; ".join(failed[:5]),
            metadata={"failed": dg.MetadataValue.json(failed)},
            allow_retries=False,
        )


def limit_time(context: dg.AssetExecutionContext, settings: Settings, windows: int) -> None:
    """Tell Dagster's monitoring how long this run may take; it ends a run that takes longer."""
    limit = settings.run_limit + windows * settings.window_limit
    seconds = str(int(limit.total_seconds()))
    context.instance.add_run_tags(context.run_id, {MAX_RUNTIME_SECONDS_TAG: seconds})


def conclude(context: dg.AssetExecutionContext, trouble: Trouble) -> None:
    """End a run in failure if there was trouble, with a tag that tells whom to blame."""
    if not trouble.reasons:
        return
    if trouble.blame:
        context.instance.add_run_tags(context.run_id, {BLAME: trouble.blame})
    raise trouble.failure()


def run_windows(
    context: dg.AssetExecutionContext, platform: Platform, windows: Sequence[Window]
) -> Trouble:
    """Do the chosen stages of contiguous windows of one radar, and record them window by window."""
    trouble = Trouble()
    look = _once(lambda: list_windows(platform, windows))
    progress = run_progress(len(windows))
    job = Job(
        platform=platform,
        instance=context.instance,
        stages=frozenset(key.path[-1] for key in context.selected_asset_keys),
        choice=run_choice(context),
        fetch=lambda place: fetch_window(platform, place, look(), progress),
        run_id=context.run_id,
    )
    tags: dict[str, str] = {}
    with closing(_results(job.work, windows, platform.workers(len(windows)))) as results:
        for place, finished in zip(windows, results, strict=True):
            for done in _recorded(context, platform, place, finished):
                trouble.note_of(place, done)
                tags |= _tags(place, done)
            progress.add(windows_done=1)
    if 0 < len(tags) <= _TAGGED:
        context.instance.add_run_tags(context.run_id, tags)
    return trouble


def _once(see: Callable[[], Look]) -> Callable[[], Look]:
    """A look that the first thread takes and the others share; one that fails is taken again."""
    seen, lock = cache(see), Lock()

    def look() -> Look:
        with lock:
            return seen()

    return look


def _results(
    work: Callable[[Window], list[Done]], windows: Sequence[Window], workers: int
) -> Generator[list[Done]]:
    """Work on windows with so many threads; with one, in this thread, so that signals end it.

    Results come in order. Closing them waits for the threads.
    """
    if workers == 1:
        yield from map(work, windows)
        return
    with ThreadPoolExecutor(workers) as pool:
        futures = deque(pool.submit(work, place) for place in windows)
        try:
            while futures:
                yield futures.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _recorded(
    context: dg.AssetExecutionContext, platform: Platform, place: Window, finished: Iterable[Done]
) -> Iterator[Done]:
    """Record the stages of a window up to one that is not due yet."""
    for done in finished:
        yield done
        if done.result and not record(context, platform, place, done.result, done.before):
            return


def _tags(place: Window, done: Done) -> dict[str, str]:
    """Tags by which the run of a volume is found."""
    rows = done.result.rows if done.result else ()
    names = (VolumeId.parse(row.volume_id).stem for row in rows if isinstance(row, VolumeRow))
    return {f"volume/{name}": place.key for name in names}
