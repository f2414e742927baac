"""Folds of parts as a whole: from echo nearby whose fold is known, or from the wind.

Parts are placed one by one, the most certain first; each is then evidence of the wind and of its
surroundings. Missing values are estimated as in kriging: near known echo by the difference of that
echo from the wind, far from it by the wind alone. Estimate and variance give the odds of folds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.unfolding.cells import SECTORS, Cells
from radar_assets.radar.unfolding.likeness import SPREAD, likeness
from radar_assets.radar.unfolding.profile import Profile
from radar_assets.radar.unfolding.scan import Indices
from radar_assets.radar.unfolding.wind import Wind

_REACH = 60_000.0
"""metres within which known echo says something"""
_FACING = 5_000.0
"""metres by which a part's cells may be farther from known echo than the nearest of them"""
_TRUSTED = 0.8
"""probability from which on a part's fold counts as known"""
_ROUGH = 2.5
"""m/s by which mean velocities of cells next to each other differ"""
_LARGE = 3.0
"""cells of a part that is placed by itself"""
_WEIGHTY = 10.0
"""cells from which on a part's size does not count any more"""
_MANY = 30
"""parts that are placed by themselves"""
_WIDE = 1 / 3
"""share of the directions from which on a part is evidence of its own wind"""
_DIRECTIONS = 12

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Anchors:
    """For each part of some cells its fold, and the probability that it is right."""

    folds: Indices
    trust: Reals


def anchor(cells: Cells, wind: Wind) -> Anchors:
    """Find the folds of all parts."""
    placing = _Placing(cells, wind)
    size = cells.total(cells.weight)
    large = np.sort(np.argsort(-size, kind="stable")[:_MANY])
    waiting = large[size[large] >= _LARGE]
    while waiting.size:
        anchors = placing.judged()
        worth = anchors.trust[waiting] * np.minimum(1, size[waiting] / _WEIGHTY)
        first = int(np.lexsort((size[waiting], worth))[-1])
        placing.place(int(waiting[first]), anchors)
        waiting = np.delete(waiting, first)
    return placing.judged()


class _Placing:
    """The state of placing parts one by one."""

    def __init__(self, cells: Cells, wind: Wind) -> None:
        self._cells = cells
        self._profile = Profile(wind)
        count = cells.parts.size
        self._placed = np.zeros(count, dtype=np.bool_)
        self._anchors = Anchors(np.zeros(count, np.int64), np.zeros(count))
        self._velocity = cells.velocity.copy()
        self._distance = np.full(cells.part.size, np.inf)
        self._nearest = np.zeros(cells.part.size, dtype=np.int64)
        self._weight = cells.weight * np.where(cells.still, 1e-3, 1)
        self._total = cells.total(self._weight)
        self._ground = 2 * cells.total(cells.weight * cells.still) > cells.total(cells.weight)
        directions = cells.sector * _DIRECTIONS // SECTORS
        pairs = np.unique(cells.part * _DIRECTIONS + directions) // _DIRECTIONS
        self._share = np.bincount(pairs, minlength=count) / _DIRECTIONS

    def judged(self) -> Anchors:
        """Folds of all parts, by what is known so far; what is placed stays."""
        lack, variance = self._by_wind()
        near_lack, near_variance, known = self._by_neighbours(lack)
        nearer = near_variance < variance
        lack = np.where(nearer, near_lack, lack)
        variance = np.where(nearer, near_variance, variance)
        period = 2 * self._cells.nyquist
        folds = np.rint(lack / period)
        away = lack - period * folds
        others = np.arange(-2, 3)[:, None] * period
        odds = np.exp((away**2 - (away - others) ** 2) / 2 / variance).sum(axis=0)
        return Anchors(
            np.where(self._placed, self._anchors.folds, folds.astype(np.int64)),
            np.where(self._placed, self._anchors.trust, np.where(nearer, known, 1) / odds),
        )

    def place(self, part: int, anchors: Anchors) -> None:
        """Keep a part's fold from now on; learn from it if it can be trusted."""
        cells = self._cells
        self._anchors, self._placed[part] = anchors, True
        chosen = cells.of(part)
        fold = anchors.folds[part] * 2 * cells.nyquist[part]
        self._velocity[chosen] = cells.velocity[chosen] + fold
        if anchors.trust[part] > _TRUSTED and not self._ground[part]:
            self._profile.learn(cells, chosen, self._velocity[chosen])
            self._spread(chosen)

    def _spread(self, chosen: slice) -> None:
        """Let the cells of other parts know that those of a part are known now."""
        from scipy.spatial import cKDTree  # noqa: PLC0415

        known = np.arange(chosen.start, chosen.stop)[~self._cells.still[chosen]]
        open_ = np.flatnonzero(~self._placed[self._cells.part])
        distance, nearest = cKDTree(self._cells.place[known]).query(
            self._cells.place[open_], distance_upper_bound=_REACH
        )
        better = distance < self._distance[open_]
        self._distance[open_[better]] = distance[better]
        self._nearest[open_[better]] = known[nearest[better]]

    def _by_wind(self) -> tuple[Reals, Reals]:
        """What parts lack beside the wind, and the variance of that; ground stands still."""
        cells = self._cells
        rest = np.where(self._ground[cells.part], 0, self._profile.seen(cells)) - cells.velocity
        lack = cells.total(self._weight * rest) / self._total
        wide = (self._share >= _WIDE) & ~self._placed & ~self._ground
        for part in np.flatnonzero(wide).tolist():
            lack[part] = self._profile.lack(cells, cells.of(part))
        free = np.where(self._ground, 0, 1 - self._share)
        return lack, (SPREAD * free) ** 2 + _ROUGH**2

    def _by_neighbours(self, lack: Reals) -> tuple[Reals, Reals, Reals]:
        """What parts lack beside known echo nearby, the variance, and the trust in that echo.

        The variance is infinite where there is none.
        """
        cells = self._cells
        nearest = np.full(cells.parts.size, np.inf)
        np.minimum.at(nearest, cells.part, self._distance)
        facing = (self._distance < _REACH) & (self._distance <= nearest[cells.part] + _FACING)
        facing &= ~self._ground[cells.part]
        weight = self._weight * facing
        total = np.maximum(cells.total(weight), 1e-9)
        seen = self._profile.seen(cells)
        rest = seen + (self._velocity - seen)[self._nearest] - cells.velocity
        near = cells.total(weight * rest) / total
        trust = cells.total(weight * self._anchors.trust[cells.part[self._nearest]]) / total
        distance = cells.total(weight * np.where(facing, self._distance, 0)) / total
        like = likeness(distance)
        variance = SPREAD**2 * (1 - like**2) + _ROUGH**2
        estimate = like * near + (1 - like) * lack
        return estimate, np.where(total > 1e-6, variance, np.inf), trust
