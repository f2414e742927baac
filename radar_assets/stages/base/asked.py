"""Whether a run has done what it was asked for by name: a run that has not is no success."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from radar_assets.errors import SettingsError
from radar_assets.radar.names import VolumeId
from radar_assets.stages.base.rows import NOT_APPLICABLE, MapRow, ProductRow, Row, volume_of
from radar_assets.stages.base.selection import Selection
from radar_assets.stages.base.windows import Window

_QUALITY = "QC"
"""parameters of quality control, which all products share"""


def check_asked(
    selection: Selection, windows: Sequence[Window], owner_makes: Collection[str]
) -> None:
    """Raise `SettingsError` for what a run over windows of one owner cannot do.

    `owner_makes` are the names of products that the owner has by the network file.
    """
    owner = windows[0].owner
    for name in sorted(selection.products):
        if name not in owner_makes:
            made = ", ".join(sorted(owner_makes))
            raise SettingsError(f"{owner} does not make {name} by the network file, but {made}")
    for name in sorted(selection.parameters.keys() - {_QUALITY}):
        if name not in (selection.products or owner_makes):
            raise SettingsError(f"there are parameters of {name}, which the run does not make")
    for text in sorted(selection.volumes):
        volume = VolumeId.parse(text)
        if owner != volume.radar:
            raise SettingsError(f"{volume} is no volume of {owner}")
        if not any(item.holds(volume.time) for item in windows):
            spans = f"{windows[0].key} to {windows[-1].key}"
            raise SettingsError(f"{volume} lies in none of the run's windows ({spans})")


class Asked:
    """What a run was asked for by name, and what it has seen of it."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._volumes: set[str] = set()
        self._unfit: dict[str, str] = {}
        """why products do not apply to any volume so far"""
        self._fit: set[str] = set()

    def see(self, rows: Iterable[Row]) -> None:
        """Note the rows of a stage of a window."""
        for row in rows:
            if volume := volume_of(row):
                self._volumes.add(volume)
            if isinstance(row, ProductRow | MapRow):
                if row.status == NOT_APPLICABLE:
                    self._unfit[row.product] = row.error_message or ""
                else:
                    self._fit.add(row.product)

    def undone(self) -> Iterator[str]:
        """Say what was asked for and is not done, a sentence each."""
        for volume in sorted(self._selection.volumes - self._volumes):
            yield f"there is no volume {volume}"
        for name in sorted(self._selection.products - self._fit):
            if name in self._unfit:
                yield f"{name} could not be made: {self._unfit[name]}"
