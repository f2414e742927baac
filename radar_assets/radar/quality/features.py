"""What the echo of a sweep is judged by: fields, their means and their texture around each gate.

Texture is by how much a field differs from gate to gate along the ray: the mean square of the
differences over a neighbourhood of three rays and nine gates, halved where it stands for a variance
(as Gourley et al. 2007, J. Atmos. Oceanic Technol. 24, 1439-1451, take it from all neighbours).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.quality.neighbourhood import Neighbourhood
from radar_assets.radar.quality.scan import Scan

STILL = 0.25
"""m/s; slower gates do not move"""


class Features:
    """Features of the gates of `echo` without some, of shape (gates,); None without their field.

    NaN stands where a feature cannot be known.
    """

    def __init__(self, scan: Scan, echo: Mask, left_out: Mask) -> None:
        self.scan = scan
        self._left_out = left_out
        self._around = Neighbourhood(echo & ~left_out)

    @property
    def places(self) -> NDArray[np.intp]:
        """Index of each gate in the flat arrays of the sweep."""
        return self._around.places

    @property
    def size(self) -> int:
        """Number of gates."""
        return self.places.size

    def field(self, name: str) -> Floats | None:
        """A field itself."""
        values = self.scan.fields.get(name)
        return None if values is None else values.ravel()[self.places]

    @cached_property
    def reflectivity(self) -> Floats | None:
        """Reflectivity in dBZ."""
        values = self.scan.reflectivity
        return None if values is None else values.ravel()[self.places]

    @cached_property
    def mean_rhohv(self) -> Floats | None:
        """Mean correlation of all gates that are not excluded, with echo or without."""
        values = self.scan.fields.get("RHOHV")
        return None if values is None else self._around.mean(values, ~self._left_out)

    @cached_property
    def mean_zdr(self) -> Floats | None:
        """Mean differential reflectivity in dB."""
        values = self.scan.fields.get("ZDR")
        return None if values is None else self._around.mean(values)

    @cached_property
    def roughness(self) -> Floats | None:
        """Mean square difference of reflectivity in dB squared."""
        values = self.scan.reflectivity
        return None if values is None else self._around.texture(values)

    @cached_property
    def zdr_spread(self) -> Floats | None:
        """Standard deviation of differential reflectivity in dB."""
        values = self.scan.fields.get("ZDR")
        return None if values is None else np.sqrt(self._around.texture(values) / 2)

    @cached_property
    def phase_spread(self) -> Floats | None:
        """Standard deviation of the differential phase in degrees."""
        values = self.scan.fields.get("PHIDP")
        return None if values is None else np.sqrt(self._around.texture(values, 360) / 2)

    @cached_property
    def velocity_spread(self) -> Floats | None:
        """Standard deviation of velocity as a share of the Nyquist velocity, without folds."""
        values, nyquist = self.scan.fields.get("VRAD"), self.scan.nyquist
        if values is None or not np.isfinite(nyquist):
            return None
        texture = self._around.texture(values, 2 * nyquist)
        spread: Floats = np.sqrt(texture / np.float32(2 * nyquist**2))
        return spread

    @cached_property
    def stillness(self) -> Floats | None:
        """Share of the gates that move by less than `STILL`."""
        values = self.scan.fields.get("VRAD")
        return None if values is None else self._around.share(np.abs(values) < STILL)
