"""Asset checks, named as sentences that are true when green, and how a window is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from radar_assets.defs.metadata import FileRow, ProductRow, Row, VolumeRow
from radar_assets.errors import BadName, VolumeIncomplete
from radar_assets.watch.freshness import Feed

WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR

NOT_WANTED = (BadName.code, VolumeIncomplete.code)
"""codes of errors of files that no one misses"""

_DESCRIPTIONS = {
    "bufr_files": {
        "feed_is_fresh": "The newest volume of the radar is not older than the network allows.",
        "every_file_was_fetched": "Every file of the window's volumes came here as it should be.",
    },
    "volumes": {
        "volumes_are_complete": "Each volume has all fields and sweeps that its strategy promises.",
        "every_volume_was_decoded": "Every BUFR file of the window could be read and assembled.",
        "netcdf_is_readable": "Every NetCDF file of the window opens as a CF/Radial volume.",
        "content_matches_the_network": (
            "Each volume is what the network file says of its radar and strategy."
        ),
    },
    "png": {
        "every_product_was_made": "Every product that the volumes allow was drawn as PNG.",
    },
    "geotiff": {
        "every_product_was_made": "Every product that the volumes allow was written as GeoTIFF.",
        "geotiff_is_valid": "Every GeoTIFF of the window opens and is cloud-optimized.",
    },
}


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check for one window."""

    check: str
    faults: tuple[str, ...] = ()
    """what is wrong, a sentence each; empty when the check is green"""
    severity: dg.AssetCheckSeverity = ERROR

    def evaluation(self, asset: dg.AssetKey, partition: str | None) -> dg.AssetCheckEvaluation:
        """The event that records the verdict."""
        return dg.AssetCheckEvaluation(
            asset_key=asset,
            check_name=self.check,
            passed=not self.faults,
            severity=self.severity,
            partition=partition,
            description="; ".join(self.faults[:20]) or None,
            metadata={"faults": len(self.faults)},
        )


def check_specs(radar: str, stages: Sequence[str]) -> list[dg.AssetCheckSpec]:
    """Specs of all checks of a radar's assets."""
    return [
        dg.AssetCheckSpec(name, asset=dg.AssetKey([radar, str(stage)]), description=description)
        for stage in stages
        for name, description in _DESCRIPTIONS[stage].items()
    ]


def judge_files(rows: Sequence[FileRow]) -> Verdict:
    """Verdict on a window's files; not on those of other names, or of volumes that are left."""
    wanted = [row for row in rows if row.error_code not in NOT_WANTED]
    return Verdict("every_file_was_fetched", _failures(wanted))


def judge_volumes(
    rows: Sequence[VolumeRow], incomplete: Sequence[str], unreadable: Sequence[str]
) -> tuple[Verdict, ...]:
    """Verdicts on a window's volumes; `unreadable` tells of NetCDF files that do not open."""
    strange = tuple(f"{row.volume_id}: {row.warnings}" for row in rows if row.warnings)
    return (
        Verdict("volumes_are_complete", tuple(incomplete), WARN),
        Verdict("every_volume_was_decoded", _failures(rows)),
        Verdict("netcdf_is_readable", tuple(unreadable)),
        Verdict("content_matches_the_network", strange, WARN),
    )


def judge_products(rows: Sequence[ProductRow]) -> Verdict:
    """Verdict on a window's products."""
    return Verdict("every_product_was_made", _failures(rows))


def judge_feed(feed: Feed) -> Verdict:
    """Verdict on a radar's feed."""
    return Verdict("feed_is_fresh", () if feed.is_well else (feed.detail,), WARN)


def _failures(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(row.error_message or "" for row in rows if row.is_failed)
