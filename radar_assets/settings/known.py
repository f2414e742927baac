"""What the network file knows of a volume besides its files."""

from __future__ import annotations

from radar_assets.radar.assembly import Known, Positions
from radar_assets.radar.names import VolumeId
from radar_assets.settings.network import Network
from radar_assets.settings.tables import Settings


def known(network: Network, identity: VolumeId) -> Known:
    """Altitude of the radar, velocities and scan rates of the strategy, meaning of positions."""
    radar = network.radars.get(identity.radar)
    strategy = network.strategy(identity.strategy, identity.volume)
    return Known(
        altitude=radar.altitude if radar else None,
        nyquist_velocity=strategy.nyquist_velocity if strategy else (),
        scan_rate=strategy.scan_rate if strategy else (),
        frequency=network.settings.frequency,
        positions=_positions(network.settings),
    )


def _positions(settings: Settings) -> Positions:
    return Positions(
        row_centre=0.5 if settings.ray_position == "centre" else 0.0,
        offset_in_gate=0.5 if settings.gate_position == "centre" else 0.0,
    )
