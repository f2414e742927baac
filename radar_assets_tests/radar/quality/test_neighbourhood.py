"""Means and texture around a gate, held against sums by hand."""

import numpy as np
import pytest

from radar_assets.radar.quality.neighbourhood import PAIRS, Neighbourhood


@pytest.fixture(params=[(7, 20), (5, 21), (4, 4), (3, 1)], ids=str)
def sweep(request):
    """Values among nodata and undetect, and where there is echo."""
    generator = np.random.default_rng(4)
    values = generator.normal(0, 30, request.param).astype(np.float32)
    kind = generator.random(request.param)
    values[kind < 0.3] = -np.inf
    values[kind < 0.15] = np.nan
    return values, np.isfinite(values) & (generator.random(request.param) < 0.9)


def around(values, row, gate):
    """The three rays and three blocks of three gates around a gate, block by block."""
    rays, gates = values.shape
    first = gate // 3 * 3
    starts = [start for start in (first - 3, first, first + 3) if 0 <= start < gates]
    return [
        values[(row + shift) % rays, start : start + 3] for shift in (-1, 0, 1) for start in starts
    ]


def folded(difference, period):
    return difference - period * np.rint(difference / period) if np.isfinite(period) else difference


def test_means_are_those_of_the_valid_gates_around(sweep):
    values, echo = sweep
    found = Neighbourhood(echo).mean(values)
    everywhere = Neighbourhood(echo).mean(values, np.ones_like(echo))
    for number, (row, gate) in enumerate(np.argwhere(echo)):
        blocks = around(values, row, gate), around(echo, row, gate)
        part, valid = (np.concatenate(item) for item in blocks)
        assert found[number] == pytest.approx(part[valid].mean(), rel=1e-4, abs=1e-3)
        finite = part[np.isfinite(part)]
        assert everywhere[number] == pytest.approx(finite.mean(), rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("period", [np.inf, 16.0])
def test_texture_is_that_of_neighbouring_gates_of_echo(sweep, period):
    values, echo = sweep
    found = Neighbourhood(echo).texture(values, period)
    for number, (row, gate) in enumerate(np.argwhere(echo)):
        squares = []
        for part, valid in zip(around(values, row, gate), around(echo, row, gate), strict=True):
            pairs = valid[1:] & valid[:-1]
            squares += list(folded(np.diff(np.where(valid, part, 0)), period)[pairs] ** 2)
        if len(squares) < PAIRS:
            assert np.isnan(found[number])
        else:
            assert found[number] == pytest.approx(np.mean(squares), rel=1e-3, abs=1e-2)


def test_shares_are_of_the_gates_of_echo(sweep):
    values, echo = sweep
    found = Neighbourhood(echo).share(values > 0)
    for number, (row, gate) in enumerate(np.argwhere(echo)):
        part, valid = (np.concatenate(around(item, row, gate)) for item in (values > 0, echo))
        assert found[number] == pytest.approx(part[valid].mean())
