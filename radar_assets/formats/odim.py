"""Volumes as ODIM_H5 2.4 polar volumes.

Values are float32 as they were measured, with `nodata` and `undetect` as composites of OPERA have
them. Rays lie clockwise from north; `how` has their true azimuths and times. The same volume gives
the same bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from radar_assets.radar.cfradial.chunks import Chunk, pack, put
from radar_assets.radar.cfradial.netcdf import open_hdf5
from radar_assets.radar.geometry import turned_north
from radar_assets.radar.release import release
from radar_assets.radar.volume import Sweep, Volume

NODATA, UNDETECT = np.float32(-9_999_000), np.float32(-8_888_000)

_QUANTITIES = {"VRAD": "VRADH", "WRAD": "WRADH", "TDR": "UZDR", "CM": "CMAP"}
"""the radar's names of fields -> quantities, where they differ"""


def write(volume: Volume, path: Path, source: str) -> None:
    """Write a volume to a file that nobody reads yet; errors are those of `cfradial.write`.

    `source` is what names the radar in `what/source`.
    """
    sweeps = range(len(volume.sweeps))
    fields = sorted(volume.fields)
    chunks = [_chunk(volume, i, fields, j) for i in sweeps for j in range(len(fields))]
    with open_hdf5(path, "w") as file:
        _put_root(file, volume, source)
        for index in sweeps:
            dataset = file.create_group(f"dataset{index + 1}")
            for name, attributes in _of_sweep(volume, index).items():
                _put(dataset.create_group(name), attributes)
            for number, field in enumerate(fields, 1):
                _declare(dataset.create_group(f"data{number}"), field, volume.sweeps[index])
    put(path, chunks)


def source_of(radar: str, title: str, node: str | None) -> str:
    """What `what/source` says of a radar.

    Args:
        radar: name of the radar.
        title: name of its place, or empty; written without accents, for HDF5 text is ASCII here.
        node: its identifier in the network of ODIM, or None.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    parts = [("NOD", node), ("RAD", radar), ("PLC", plain.replace(",", " ").replace(":", " "))]
    return ",".join(f"{key}:{text}" for key, text in parts if text)


def _put_root(file: h5py.File, volume: Volume, source: str) -> None:
    _put(file, {"Conventions": "ODIM_H5/V2_4"})
    site = volume.site
    date, time = _date_and_time(volume.start)
    what = {
        "object": "PVOL",
        "version": "H5rad 2.4",
        "date": date,
        "time": time,
        "source": source,
    }
    where = {"lon": site.longitude, "lat": site.latitude, "height": site.altitude}
    how: dict[str, Any] = {"software": "radar_assets", "sw_version": release()}
    if volume.frequency is not None:
        how["frequency"] = volume.frequency
    for name, attributes in (("what", what), ("where", where), ("how", how)):
        _put(file.create_group(name), attributes)


def _of_sweep(volume: Volume, index: int) -> dict[str, dict[str, Any]]:
    """Attributes of the groups what, where and how of a sweep."""
    sweep = volume.sweeps[index]
    end = max(sweep.start, sweep.end)
    (startdate, starttime), (enddate, endtime) = map(_date_and_time, (sweep.start, end))
    return {
        "what": {
            "product": "SCAN",
            "startdate": startdate,
            "starttime": starttime,
            "enddate": enddate,
            "endtime": endtime,
        },
        "where": {
            "elangle": sweep.elevation,
            "nbins": sweep.gates,
            "rstart": float(volume.first_gate),
            "rscale": float(volume.gate_size),
            "nrays": sweep.rays,
            "a1gate": sweep.first_ray,
        },
        "how": {**_rays(volume, sweep), **_known(volume, index)},
    }


def _rays(volume: Volume, sweep: Sweep) -> dict[str, Any]:
    """Angles and times of rays, clockwise from north."""
    rows = np.arange(sweep.rays)
    order = (rows - sweep.first_ray) % sweep.rays
    start = sweep.start.timestamp()
    step = max((sweep.end - sweep.start).total_seconds(), 0.0) / sweep.rays
    first = (rows + volume.row_centre - 0.5) * 360 / sweep.rays
    angles = np.full(sweep.rays, sweep.elevation)
    return {
        "startazA": first % 360,
        "stopazA": (first + 360 / sweep.rays) % 360,
        "startelA": angles,
        "stopelA": angles,
        "startazT": start + order * step,
        "stopazT": start + (order + 1) * step,
    }


def _known(volume: Volume, index: int) -> dict[str, Any]:
    known: dict[str, Any] = {"scan_index": index + 1, "scan_count": len(volume.sweeps)}
    if volume.nyquist_velocity:
        known["NI"] = volume.nyquist_velocity[index]
    return known


def _declare(group: h5py.Group, field: str, sweep: Sweep) -> None:
    what = {
        "quantity": _QUANTITIES.get(field, field),
        "gain": 1.0,
        "offset": 0.0,
        "nodata": float(NODATA),
        "undetect": float(UNDETECT),
    }
    _put(group.create_group("what"), what)
    shape = (sweep.rays, sweep.gates)
    group.create_dataset(
        "data", shape, "f4", chunks=shape, shuffle=True, compression="gzip", compression_opts=1
    )


def _chunk(volume: Volume, index: int, fields: list[str], number: int) -> Chunk:
    sweep, rays = volume.sweeps[index], volume.sweep_slice(index)
    values = volume.checked(fields[number])[rays, : sweep.gates]
    coded = np.where(np.isnan(values), NODATA, np.maximum(values, UNDETECT))
    rows = turned_north(coded, volume, index)
    return pack(f"dataset{index + 1}/data{number + 1}/data", 0, rows, len(rows))


def _put(group: h5py.Group, attributes: Mapping[str, Any]) -> None:
    """Attributes as ODIM wants them: text of fixed length that ends in zero, int64, float64."""
    for name, value in attributes.items():
        if isinstance(value, str):
            kind = h5py.h5t.C_S1.copy()
            kind.set_size(len(value) + 1)
            group.attrs.create(name, np.bytes_(value), dtype=h5py.Datatype(kind))
        else:
            group.attrs[name] = value


def _date_and_time(moment: datetime) -> tuple[str, str]:
    return moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
