"""What a run does in one window: its stages, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg

from radar_assets.defs.choice import Choice
from radar_assets.defs.events import tell
from radar_assets.defs.images import Drawing, make_products
from radar_assets.defs.keys import UPSTREAM, asset_key
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.recording import Rows, previous_rows
from radar_assets.defs.stage import StageResult, log_failure
from radar_assets.defs.volumes import Shelf, make_volumes
from radar_assets.errors.advice import full_text
from radar_assets.logs import about
from radar_assets.settings import Stage


@dataclass(frozen=True)
class Done:
    """What became of a stage of a window."""

    stage: str
    result: StageResult | None = None
    """None: a defect or a wrong setting kept it from being tried"""
    reason: str = ""
    """of that"""
    before: Rows = ()
    """rows of the record before; not of files, which are compared with the source"""


@dataclass(frozen=True)
class Job:
    """What a run is to do in each of its windows."""

    platform: Platform
    instance: dg.DagsterInstance
    stages: frozenset[str]
    choice: Choice
    fetch: Callable[[Window], StageResult]
    run_id: str = ""

    def work(self, place: Window) -> list[Done]:
        """Do the stages of a window; a stage whose input could not be made is left out."""
        done, broken = [], set[str]()
        for stage, do in self._steps(place).items():
            if stage not in self.stages:
                continue
            if UPSTREAM.get(stage) in broken:
                broken.add(stage)
                continue
            with about(radar=place.radar, window=place.key, stage=stage, run_id=self.run_id):
                outcome = self._try(place, stage, do)
            done.append(outcome)
            if outcome.result is None or outcome.result.has_failed:
                broken.add(stage)
            elif outcome.result.is_open:
                break
        return done

    def _try(self, place: Window, stage: str, do: Callable[[Rows], StageResult]) -> Done:
        started = time.monotonic()
        try:
            key = asset_key(place.radar, stage)
            is_file = stage == Stage.BUFR_FILES
            before = () if is_file else previous_rows(self.instance, key, place.key)
            result = do(before)
            tell(result, time.monotonic() - started)
            return Done(stage, result, before=before)
        except Exception as error:  # noqa: BLE001 - one window's defect must not stop the others
            log_failure(f"{place.radar}/{stage} {place.key}", error)
            return Done(stage, reason=full_text(error))

    def _steps(self, place: Window) -> Mapping[str, Callable[[Rows], StageResult]]:
        shelf = Shelf()
        parameters = self.platform.network.parameters(place.radar), self.choice.parameters
        drawing = Drawing(shelf, parameters, self.choice)

        return {
            "bufr_files": lambda _: self.fetch(place),
            "volumes": lambda rows: make_volumes(self.platform, place, shelf, self.choice, rows),
            "png": lambda rows: make_products(self.platform, place, "png", drawing, rows),
            "geotiff": lambda rows: make_products(self.platform, place, "geotiff", drawing, rows),
        }
