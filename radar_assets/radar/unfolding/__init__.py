"""Unfolding velocity in a volume: regions, their neighbours in three dimensions, then the wind.

Velocities are measured modulo twice the Nyquist velocity. A first wind is found from velocities
as angles (`wind`); what is left beside it is cut into regions (`regions`), which are merged to
parts by votes of neighbours along the rays, across them and from sweep to sweep (`merging`); each part
gets its fold from known echo nearby and from the wind (`anchoring`); each gate follows its
neighbours (`volume`). No gate keeps its old fold inside of what was unfolded.
"""

from radar_assets.radar.unfolding.volume import Unfolded, unfold

__all__ = ["Unfolded", "unfold"]
