"""Interference: spokes that other transmitters and the sun leave along rays.

What another transmitter radiates arrives with the same power at every range, so that the radar
takes it for reflectivity that rises with 20 log r (Saltikoff et al. 2016, Bull. Amer. Meteor. Soc.
97, 1159-1167), in one ray or few, without the neighbouring rays having it: a line segment, as Peura
(2002, Computer vision methods for anomaly removal, ERAD) finds it in pictures. A spoke is echo that

- stands out from rays within three degrees on both sides, averaged over 5 km along the ray;
- shares its received power, within 4 dB, with more of its ray than any other power or but one;
- reaches over 20 km, with gaps of up to 10 km, within one ray or three neighbouring ones;
- has less than 0.4 of the variance in power that it has in reflectivity, or a power constant to
  1 dB, fluctuations from gate to gate aside; or has the random velocities of noise without the
  correlation of weather;
- neither correlates as weather does nor moves steadily.

Gates of the same power, within 3 dB, beside such gates in a ray belong to the spoke, also amid
weather.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.quality.scan import Scan
from radar_assets.radar.quality.stretches import Gates, Stretches

WIDTH = 3.0
"""degrees; the widest spoke"""
SMOOTHING = 5_000.0
"""metres over which a ray is compared with its neighbours"""
GAP = 10_000.0
"""metres; the widest gap of a spoke"""
STEP = 1_000.0
"""metres along the ray in which that is done"""
PROMINENCE = 5.0
"""dB by which a spoke exceeds its neighbours"""
PRESENCE = 10.0
"""dB that an echo counts above no echo, whatever its power"""
TOLERANCE = 4.0
"""dB around its power within which the gates of a spoke lie"""
POWERS = 2
"""powers that are tried for each ray"""
CLOSE = 3.0
"""the same for gates that do not stand out, amid weather"""
STEADY = 0.4
"""share of the variance of reflectivity along the ray that the power of a spoke has at most, both
without what differs from gate to gate"""
FLAT = 1.0
"""dB; standard deviation of power, likewise, that is constant whatever the reflectivity does"""
SHARED = 0.6
"""share of the gates that stand out within a spoke that have its power, at least"""
LENGTH = 20_000.0
"""metres; the shortest spoke"""
FILLED = 0.25
"""share of the gates within a spoke that have echo, at least"""
REACH = 30_000.0
"""metres of a ray over which a spoke's power is known from its gates"""
NOISE_RHOHV, WEATHER_RHOHV = 0.8, 0.93
"""mean correlation: below, noise; above, weather"""
NOISE_COHERENCE, WEATHER_COHERENCE = 0.5, 0.8
"""mean cosine of the phase by which neighbouring velocities differ: below, noise; above, none"""


def interference(scan: Scan) -> Mask:
    """Gates of spokes, shape (rays, gates); none without reflectivity.

    Nor has a vertical sweep any, whose rays all point to the same place.
    """
    values = scan.reflectivity
    if values is None:
        return np.zeros(scan.shape, dtype=np.bool_)
    echo = np.isfinite(values)
    if scan.is_vertical or np.count_nonzero(echo) < LENGTH * FILLED / scan.gate_size:
        return np.zeros_like(echo)
    power = values - _loss(scan).astype(np.float32)
    prominent = _prominent(power, echo, scan.gate_size)
    spokes = _spokes(scan, power, prominent)
    if not spokes.any():
        return spokes
    beside = _same_power(power, echo, spokes, scan.gate_size)
    if "RHOHV" in scan.fields:
        beside &= ~(scan.fields["RHOHV"] > WEATHER_RHOHV)
    return spokes | beside


def _loss(scan: Scan) -> NDArray[np.float64]:
    """What the range adds to the reflectivity of a constant power, in dB, by gate."""
    return 20 * np.log10(scan.ranges)


def _span(metres: float, scan_gate: float) -> int:
    """Odd number of gates that a distance spans, at least three."""
    return max(round(metres / scan_gate) | 1, 3)


def _prominent(power: Floats, echo: Mask, gate_size: float) -> Mask:
    """Echo in rays that exceed, over a stretch, all structure wider than a spoke."""
    from scipy.ndimage import uniform_filter1d  # noqa: PLC0415

    rays, gates = power.shape
    floor = np.float32(power[echo].min() - PRESENCE)
    height = np.fmax(power, floor)
    height -= floor
    step = max(round(STEP / gate_size), 1)
    coarse = np.zeros((rays, -(-gates // step)), np.float32)
    for offset in range(step):
        part = height[:, offset::step]
        coarse[:, : part.shape[1]] += part
    level = uniform_filter1d(coarse, _span(SMOOTHING, step * gate_size), axis=1, mode="constant")
    exceeds = _excess(level, round(WIDTH * rays / 360)) >= PROMINENCE * step
    exceeds &= _in_long_stretches(exceeds, step * gate_size)
    return echo & np.repeat(exceeds, step, axis=1)[:, :gates]


def _in_long_stretches(flags: Mask, gate_size: float) -> Mask:
    """Where three neighbouring rays together have flags over a spoke's length, but for its gaps."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d  # noqa: PLC0415

    near = flags | np.roll(flags, 1, axis=0) | np.roll(flags, -1, axis=0)
    rays = np.flatnonzero(near.any(axis=1))
    found = near[rays].view(np.uint8)
    gap, length = _span(GAP, gate_size), _span(LENGTH, gate_size) - 2
    for action, span in (
        (maximum_filter1d, gap),
        (minimum_filter1d, length),
        (maximum_filter1d, length),
    ):
        found = action(found, span, axis=1, mode="constant")
    near[rays] = found > 0
    return near


def _excess(level: Floats, width: int) -> Floats:
    """By how much rays exceed their grey opening over `width` + 1 rays, which close a circle."""
    rays = len(level)
    circle = np.concatenate([level[-width:], level, level[:width]])
    lowest = circle[: rays + width].copy()
    for shift in range(1, width + 1):
        np.minimum(lowest, circle[shift : shift + rays + width], out=lowest)
    opened = lowest[:rays].copy()
    for shift in range(1, width + 1):
        np.maximum(opened, lowest[shift : shift + rays], out=opened)
    excess: Floats = level - opened
    return excess


def _spokes(scan: Scan, power: Floats, prominent: Mask) -> Mask:
    """Of the prominent gates those of spokes: first ray by ray, then where a spoke drifts."""
    rays, gates = np.nonzero(prominent)
    received = power[rays, gates]
    chosen = np.zeros(rays.size, dtype=np.bool_)
    if rays.size:
        chosen = _along(scan, rays, gates, received) | _drifting(scan, rays, gates, received)
    found = np.zeros_like(prominent)
    found[rays[chosen], gates[chosen]] = True
    return found


def _drifting(scan: Scan, rays: Gates, gates: Gates, power: Floats) -> Mask:
    """Which gates belong to a spoke within three neighbouring rays."""
    circle, size = scan.shape
    own = np.full((circle + 2, size), -np.inf, np.float32)
    own.ravel()[(rays + 1) * size + gates] = power
    own[0], own[-1] = own[-2], own[1]
    strongest = np.maximum(own[:-2], own[2:])
    np.maximum(strongest, own[1:-1], out=strongest)
    flat = strongest.ravel()
    places = np.flatnonzero(flat > -np.inf)
    around = flat[places]
    chosen = _along(scan, places // size, places % size, around)
    own.fill(np.inf)
    own.ravel()[places[chosen] + size] = around[chosen] - TOLERANCE
    own[0], own[-1] = own[-2], own[1]
    least = (own.ravel()[(rays + shift) * size + gates] for shift in (0, 1, 2))
    found: Mask = np.logical_or.reduce([power >= level for level in least])
    return found


def _along(scan: Scan, rays: Gates, gates: Gates, power: Floats) -> Mask:
    """Which gates, ordered by ray and range, are in stretches of rays that are spokes.

    Those of the power that most gates of a ray share are tried first, then those of the power that
    most of the rest share.
    """
    chosen = np.zeros(rays.size, dtype=np.bool_)
    rest = np.arange(rays.size)
    for _ in range(POWERS):
        common = _is_common(rays[rest], power[rest])
        tried, rest = rest[common], rest[~common]
        if tried.size:
            chosen[tried] = _is_spoke(scan, rays[tried], gates[tried], power[tried], tried)
    return chosen


def _is_spoke(scan: Scan, rays: Gates, gates: Gates, power: Floats, order: Gates) -> Mask:
    """Which gates are in stretches that are spokes, by their order among all that stand out."""
    found = np.zeros(rays.size, dtype=np.bool_)
    gap = GAP / scan.gate_size
    stretch = Stretches((np.diff(rays, prepend=-1) != 0) | (np.diff(gates, prepend=-1) > gap))
    reach, among = (stretch.last(values) - stretch.first(values) + 1 for values in (gates, order))
    long = (reach >= LENGTH / scan.gate_size) & (stretch.count >= FILLED * reach)
    long &= stretch.count >= SHARED * among
    inside = np.flatnonzero(long[stretch.number])
    if inside.size:
        part = Stretches(np.diff(stretch.number[inside], prepend=-1) != 0)
        spoke = _like_spokes(scan, rays[inside], gates[inside], power[inside], part)
        found[inside] = spoke[part.number]
    return found


def _like_spokes(scan: Scan, rays: Gates, gates: Gates, power: Floats, stretch: Stretches) -> Mask:
    """Which stretches have the power, the velocities and the correlation of spokes."""
    received = power.astype(np.float64)
    of_power = stretch.drift(received)
    of_reflectivity = stretch.drift(received + _loss(scan)[gates])
    rhohv = stretch.mean(_rhohv(scan, rays, gates))
    coherence = stretch.mean(_alike(scan, rays, gates))
    steady = of_power < np.maximum(STEADY * of_reflectivity, FLAT**2)
    noisy = ~(rhohv >= NOISE_RHOHV) & (coherence < NOISE_COHERENCE)
    weather = (rhohv > WEATHER_RHOHV) | (coherence > WEATHER_COHERENCE)
    spoke: Mask = (steady | noisy) & ~weather
    return spoke


def _is_common(rays: Gates, power: Floats) -> Mask:
    """Whether the power of a gate is near the one that most gates share in its ray."""
    from scipy.ndimage import uniform_filter1d  # noqa: PLC0415

    if rays.size == 0:
        return np.zeros(0, dtype=np.bool_)
    lowest = np.floor(power.min())
    steps = (power - lowest).astype(np.intp)
    bins = int(steps.max()) + 1
    counts = np.bincount(rays * bins + steps, minlength=(rays.max() + 1) * bins).reshape(-1, bins)
    around = uniform_filter1d(counts.astype(np.float32), 7, axis=1, mode="constant")
    mode = lowest + 0.5 + around.argmax(axis=1)
    common: Mask = np.abs(power - mode[rays]) <= TOLERANCE
    return common


def _rhohv(scan: Scan, rays: Gates, gates: Gates) -> NDArray[np.float64]:
    values = scan.fields.get("RHOHV")
    return np.full(rays.size, np.nan) if values is None else values[rays, gates].astype(np.float64)


def _alike(scan: Scan, rays: Gates, gates: Gates) -> NDArray[np.float64]:
    """Cosine of the phase by which the velocity differs from that of the gate before."""
    velocity = scan.fields.get("VRAD")
    if velocity is None:
        return np.full(rays.size, np.nan)
    with np.errstate(invalid="ignore"):
        difference = velocity[rays, gates] - velocity[rays, np.maximum(gates - 1, 0)]
        return np.cos(difference.astype(np.float64) * (np.pi / scan.nyquist))


def _same_power(power: Floats, echo: Mask, spokes: Mask, gate_size: float) -> Mask:
    """Echo of the power that a spoke has in the same ray nearby."""
    from scipy.ndimage import uniform_filter1d  # noqa: PLC0415

    rays = np.nonzero(spokes.any(axis=1))[0]
    inside = spokes[rays]
    span = _span(REACH, gate_size)
    number = uniform_filter1d(inside.astype(np.float32), span, axis=1, mode="constant")
    total = uniform_filter1d(
        np.where(inside, power[rays], np.float32(0)), span, axis=1, mode="constant"
    )
    near = number > 0.5 / span
    level = np.divide(total, number, out=np.zeros_like(total), where=near)
    same = np.zeros_like(spokes)
    with np.errstate(invalid="ignore"):
        same[rays] = echo[rays] & near & (np.abs(power[rays] - level) <= CLOSE)
    return same
