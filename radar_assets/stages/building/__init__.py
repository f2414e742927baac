"""From BUFR files to a volume, with what the network file says of its radar and strategy."""

from radar_assets.stages.building.volume import Parts, build_volume, digests, read_parts

__all__ = ["Parts", "build_volume", "digests", "read_parts"]
