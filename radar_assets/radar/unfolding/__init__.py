"""Unfolding velocity in a volume: regions, their neighbours in three dimensions, then the wind.

Velocities are measured modulo twice the Nyquist velocity. A first wind is found from velocities
as angles (`wind`). What is left beside it is cut into regions (`regions`), which are merged to
parts by votes of neighbours along the rays, across them and from sweep to sweep (`merging`). Each
part gets its fold from known echo nearby and from the wind (`anchoring`), and each gate follows
its neighbours (`volume`): none keeps its old fold inside of what was unfolded.
"""

from radar_assets.radar.unfolding.volume import Unfolded, unfold

__all__ = ["Unfolded", "unfold"]
