"""Winds whose radial velocity is known, and volumes that measured them folded."""

from __future__ import annotations

import dataclasses

import numpy as np

from radar_assets.radar.volume import Volume
from radar_assets_tests.volumes import make_volume

GATES = 240
ELEVATIONS = (0.5, 1.3, 2.3)


def along(east, north, azimuth):
    """Radial velocity of a wind from its components, azimuths in degrees."""
    return east * np.sin(np.radians(azimuth)) + north * np.cos(np.radians(azimuth))


def height(elevation, distance):
    return distance * np.sin(np.radians(elevation)) + distance**2 / 17e6


def jet(elevation, azimuth, distance):
    """A low-level jet: 25 m/s from the north at 600 m, 8 m/s from the west at 3 km."""
    z = height(elevation, distance)
    nose = np.exp(-(((z - 600) / 500) ** 2))
    return along(8 * np.minimum(z / 3000, 1.5), -25 * nose - 3, azimuth)


def shear(elevation, azimuth, distance):
    """A wind that turns and grows by 8 m/s per kilometre of height, up to 40 m/s."""
    z = height(elevation, distance)
    speed = 6 + np.minimum(8 * z / 1000, 34)
    turn = np.radians(200 + 20 * z / 1000)
    return along(speed * np.sin(turn), speed * np.cos(turn), azimuth)


def convergence(elevation, azimuth, distance):
    """Two air masses that meet along a line 30 km east of the radar, over 3 km."""
    x = distance * np.sin(np.radians(azimuth))
    across = -10 * np.tanh((x - 30_000) / 1500)
    return along(across, 6 + 0 * x, azimuth)


def couplet(elevation, azimuth, distance):
    """A wind of 12 m/s with a vortex of 18 m/s, 3 km from its middle, 40 km north-east."""
    x, y = (distance * wave(np.radians(azimuth)) - 28_000 for wave in (np.sin, np.cos))
    r = np.hypot(x, y)
    swirl = 18 * np.where(r < 3000, r / 3000, 3000 / np.maximum(r, 1))
    east = 10 - swirl * y / np.maximum(r, 1)
    north = 7 + swirl * x / np.maximum(r, 1)
    return along(east, north, azimuth)


WINDS = {"jet": jet, "shear": shear, "convergence": convergence, "couplet": couplet}


def measured(
    wind, nyquists, *, elevations=ELEVATIONS, texture=None, echo=None
) -> tuple[Volume, np.ndarray]:
    """A volume that measured a wind, and the true velocities in the shape of its fields.

    `texture` is added to the wind; no echo is where `echo` is false, both of shape (rays, gates).
    """

    def true(index, azimuth, distance):
        values = wind(elevations[index], azimuth, distance)
        values = values if texture is None else values + texture
        return values if echo is None else np.where(echo, values, -np.inf)

    volume = make_volume({"VRAD": true}, elevations=elevations, gates=GATES)
    truth = volume.fields["VRAD"]
    period = 2 * np.repeat(nyquists, 360)[:, None].astype(np.float32)
    valued = np.isfinite(truth)
    turns = np.rint(np.where(valued, truth, 0) / period)
    folded = np.where(valued, truth - period * turns, truth)
    known = dataclasses.replace(
        volume, fields={"VRAD": folded}, nyquist_velocity=tuple(map(float, nyquists))
    )
    return known, truth
