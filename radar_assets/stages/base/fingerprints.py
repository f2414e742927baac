"""What a volume or a product follows from, as a short digest: equal digests, equal bytes.

A run leaves what its record has under the same fingerprint, unless it is forced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from radar_assets.maps.palettes import in_scheme, palette
from radar_assets.products import Choices, Product
from radar_assets.radar.names import VolumeId
from radar_assets.radar.release import release
from radar_assets.settings import Network

_LENGTH = 16


def of_volume(network: Network, identity: VolumeId, digests: Mapping[str, str]) -> str:
    """Fingerprint of a volume, from the SHA-256 of its BUFR messages by file name."""
    settings, radar = network.settings, network.radars.get(identity.radar)
    strategy = network.strategy(identity.strategy, identity.volume)
    return _digest(
        digests=digests,
        place=_place(network, identity.radar) if radar else None,
        fields=radar.fields if radar else None,
        strategy=strategy.model_dump(mode="json") if strategy else None,
        positions=[settings.ray_position, settings.gate_position],
        frequency=settings.frequency,
    )


def of_product(
    network: Network, item: Product, choices: Choices, netcdf_sha256: str, stage: str
) -> str:
    """Fingerprint of a product of the volume in a NetCDF file, as a stage draws it."""
    settings = network.settings
    shown = item.name in settings.quicklooks if stage == "png" else False
    return _digest(
        netcdf=netcdf_sha256,
        product=item.name,
        parameters=item.chosen(choices).model_dump(mode="json"),
        quality=choices.quality.model_dump(mode="json") if item.filtered else None,
        stage=stage,
        grid=[settings.zoom, settings.crs],
        palette=in_scheme(palette(item.palette), settings.palettes).model_dump(mode="json"),
        template=settings.product_names,
        quicklook=settings.attribution if shown else None,
    )


def of_export(kind: str, netcdf_sha256: str, source: str) -> str:
    """Fingerprint of the volume in a NetCDF file in a format of others; `source` is of ODIM."""
    return _digest(format=kind, netcdf=netcdf_sha256, source=source)


def of_composite(
    network: Network, composite: str, item: Product, name: str, versions: Mapping[str, str]
) -> str:
    """Fingerprint of a map of a composite: of a product, or of what describes it.

    `versions` are those of the radars' maps, by their files' names.
    """
    settings, own = network.settings, network.composites[composite]
    return _digest(
        name=name,
        product=item.name,
        composed=str(item.composed),
        versions=dict(versions),
        radars=[[name, *_place(network, name)] for name in network.radars_of(composite)],
        grid=[network.composite_zoom(composite), settings.crs, own.max_range],
        palette=in_scheme(palette(item.palette), settings.palettes).model_dump(mode="json"),
        quicklook=settings.attribution if name in settings.quicklooks else None,
    )


def of_sequence(*parts: str | None) -> str:
    """One fingerprint of several in their order, None among them."""
    return _digest(sequence=parts)


def of_all(parts: Iterable[str | None]) -> str:
    """One fingerprint of several, in any order."""
    return _digest(parts=sorted(part or "" for part in parts))


def _place(network: Network, radar: str) -> list[float | None]:
    known = network.radar(radar)
    return [known.latitude, known.longitude, known.altitude]


def _digest(**parts: Any) -> str:  # noqa: ANN401
    text = json.dumps({"version": release(), **parts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
