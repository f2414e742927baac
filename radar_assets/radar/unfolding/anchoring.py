"""Folds of parts as a whole: the likeliest of all, given how alike velocities are.

Parts lack a whole number of folds each. Under the Gaussian field of `field`, the likelihood of all
of these numbers is that of a least squares problem in integers (Teunissen 1995, J. Geodesy 70,
65-82, has it of the phases of satellites). Many hypotheses are followed from part to part, the
surest first, and the most likely are kept; their shares are the odds of folds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.unfolding.cells import Cells
from radar_assets.radar.unfolding.field import covariance, noise, variance
from radar_assets.radar.unfolding.scan import Indices

_LARGE = 3.0
"""cells of a part that is evidence of others"""
_MANY = 40
"""parts that are evidence of others"""
_HYPOTHESES = 200
"""that are followed"""
_UNLIKELY = 1e-3
"""share of a hypothesis that says nothing of small parts"""
_TRIED = np.arange(-2, 3)
"""folds that are tried around the likeliest"""
_GROUND = 2.5
"""m/s by which the velocities of ground may differ from none"""

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Anchors:
    """For each part of some cells its fold, and the probability that it is right."""

    folds: Indices
    trust: Reals


def anchor(cells: Cells) -> Anchors:
    """Find the folds of all parts; ground stands still."""
    size = cells.total(cells.weight * ~cells.still)
    ground = 2 * size < cells.total(cells.weight)
    largest = np.argsort(-np.where(ground, 0, size), kind="stable")[:_MANY]
    large = np.sort(largest[(size > _LARGE)[largest] & ~ground[largest]])
    folds, trust = _still(cells)
    if large.size:
        evidence = _Evidence(cells, large)
        small = np.flatnonzero(~ground & ~np.isin(np.arange(size.size), large))
        folds[large], trust[large] = evidence.large()
        folds[small], trust[small] = evidence.small(small)
        trust[~ground & (size == 0)] = 0
    return Anchors(folds, trust)


def _still(cells: Cells) -> tuple[Indices, Reals]:
    """Folds of parts that stand still, and their probability."""
    lack = -cells.total(cells.weight * cells.velocity) / cells.total(cells.weight)
    return _likeliest(lack, np.full(lack.size, _GROUND**2), 2 * cells.nyquist)


def _likeliest(lack: Reals, spread: Reals, period: Reals) -> tuple[Indices, Reals]:
    folds = np.rint(lack / period)
    away = lack - period * folds
    others = _TRIED[:, None] * period
    odds = np.exp((away**2 - (away - others) ** 2) / 2 / spread).sum(axis=0)
    return folds.astype(np.int64), 1 / odds


class _Evidence:
    """Cells of large parts, and hypotheses of their folds."""

    def __init__(self, cells: Cells, large: Indices) -> None:
        from scipy.linalg import cho_factor, cho_solve  # noqa: PLC0415

        self._cells = cells
        self._chosen = chosen = cells.picked(np.isin(cells.part, large) & ~cells.still)
        matrix = covariance(chosen, chosen)
        matrix[np.diag_indices_from(matrix)] += noise(chosen)
        part = np.searchsorted(large, chosen.part)
        self._period = 2 * cells.nyquist[large]
        columns = np.zeros((part.size, large.size))
        columns[np.arange(part.size), part] = self._period[part]
        self._factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve(self._factor, np.column_stack([columns, chosen.velocity]))
        self._velocity, self._columns = solved[:, -1], solved[:, :-1]
        normal, pull = columns.T @ self._columns, -columns.T @ self._velocity
        self._folds, self._odds = _search(normal, pull)

    def large(self) -> tuple[Indices, Reals]:
        """Folds of the large parts, and their probability."""
        best = self._folds[0]
        return best, self._odds @ (self._folds == best)

    def small(self, parts: Indices) -> tuple[Indices, Reals]:
        """Folds of other parts, and their probability."""
        from scipy.linalg import cho_solve  # noqa: PLC0415

        cells = self._cells.picked(np.isin(self._cells.part, parts) & ~self._cells.still)
        index = np.searchsorted(parts, cells.part)
        weight = cells.weight / np.bincount(index, cells.weight, parts.size)[index]
        mean = np.zeros((parts.size, cells.part.size))
        mean[index, np.arange(cells.part.size)] = weight
        between = mean @ covariance(cells, self._chosen)
        inner = np.bincount(index, weight * (variance(cells) + noise(cells)), parts.size)
        spread = inner - (between * cho_solve(self._factor, between.T).T).sum(axis=1)
        likely = self._odds > _UNLIKELY
        weights = self._velocity[:, None] + self._columns @ self._folds[likely].T
        lack = between @ weights - (mean @ cells.velocity)[:, None]
        period = 2 * self._cells.nyquist[parts]
        folds, _ = _likeliest(lack[:, 0], spread, period)
        tried = folds[:, None] + _TRIED
        away = lack[:, :, None] - (period[:, None] * tried)[:, None]
        chance = np.exp(-(away**2) / 2 / spread[:, None, None])
        chance /= np.maximum(chance.sum(axis=2, keepdims=True), 1e-300)
        share = np.einsum("h,phf->pf", self._odds[likely], chance)
        best = share.argmax(axis=1)
        rows = np.arange(parts.size)
        return tried[rows, best], share[rows, best]


def _search(normal: Reals, pull: Reals) -> tuple[Indices, Reals]:
    """The likeliest integers k of exp(-k'Nk/2 + k'p), shape (hypotheses, integers), and shares."""
    order = _order(normal)
    normal, pull = normal[np.ix_(order, order)], pull[order]
    # the first of the order is decided first: rows of the triangle from the last one upwards
    turned = slice(None, None, -1)
    triangle = np.linalg.cholesky(normal[turned, turned]).T
    centre = np.linalg.solve(normal, pull)[turned]
    count = order.size
    folds = np.zeros((1, count), dtype=np.int64)
    cost = np.zeros(1)
    for row in range(count - 1, -1, -1):
        rest = (folds[:, row + 1 :] - centre[row + 1 :]) @ triangle[row, row + 1 :]
        likeliest = centre[row] - rest / triangle[row, row]
        tried = np.rint(likeliest)[:, None] + _TRIED
        costs = cost[:, None] + ((tried - likeliest[:, None]) * triangle[row, row]) ** 2 / 2
        kept = np.argsort(costs, axis=None, kind="stable")[:_HYPOTHESES]
        source, which = np.divmod(kept, _TRIED.size)
        folds, cost = folds[source], costs.ravel()[kept]
        folds[:, row] = tried[source, which]
    shares = np.exp(cost.min() - cost)
    found = np.empty_like(folds)
    found[:, order[turned]] = folds
    return found, shares / shares.sum()


def _order(normal: Reals) -> Indices:
    """Integers by how sure they are once those before them are known."""
    spread = np.linalg.inv(normal)
    order = []
    left = np.ones(len(normal), dtype=np.bool_)
    for _ in range(len(normal)):
        at = np.where(left, np.diag(spread), np.inf).argmin()
        order.append(at)
        left[at] = False
        spread = spread - np.outer(spread[:, at], spread[at]) / spread[at, at]
    return np.array(order)
