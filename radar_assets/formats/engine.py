"""The xarray engine `sinarame_bufr`: BUFR files of one volume as a tree of FM 301.

Importing this module imports xarray.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from radar_assets.errors import BadName, SettingsError
from radar_assets.errors.texts import naming
from radar_assets.formats import fm301
from radar_assets.formats.reading import UNKNOWN_STRATEGY, open_volume
from radar_assets.radar.assembly import Assembly
from radar_assets.radar.cfradial import FILL
from radar_assets.radar.names import BufrName
from radar_assets.settings import environment, load_network

FirstDim = Literal["auto", "time"]


class SinarameBufr(BackendEntrypoint):
    """Opens the BUFR files of one volume; fields are inflated sweep by sweep, when they are used.

    What is opened is a path, bytes, a file object, or a sequence of these: one message each,
    gzipped or not, with one field each.

    Options of `open_datatree`, `open_groups` and `open_dataset`:

    - `group` of `open_dataset`: `sweep_0` (default) and so on, or `/`.
    - `first_dim`: `auto` for rays by azimuth, `time` for rays in the order of acquisition.
    - `network`: a network file, which has altitudes, Nyquist velocities and scan rates; by default
      the one that RADAR_ASSETS_NETWORK names, or else that of the package.
    """

    description = "Open BUFR files of SINARAME radars"
    open_dataset_parameters = (
        "filename_or_obj", "drop_variables", "decode_times", "group", "first_dim", "network",
    )  # fmt: skip
    supports_groups = True

    def guess_can_open(self, filename_or_obj: Any) -> bool:  # noqa: ANN401
        """Whether a path has the name of a radar's BUFR file."""
        if not isinstance(filename_or_obj, (str, os.PathLike)):
            return False
        try:
            BufrName.parse(Path(filename_or_obj).name)
        except BadName:
            return False
        return True

    def open_dataset(
        self,
        filename_or_obj: Any,  # noqa: ANN401
        *,
        drop_variables: str | Iterable[str] | None = None,
        decode_times: Any = True,  # noqa: ANN401
        group: str | None = "sweep_0",
        first_dim: FirstDim = "auto",
        network: str | os.PathLike[str] | None = None,
    ) -> xr.Dataset:
        """Open one group, with the place of the radar among its coordinates."""
        assembly = _open(filename_or_obj, network)
        names = [fm301.sweep_name(i) for i in range(len(assembly.bare.sweeps))]
        wanted = (group or "/").strip("/")
        if wanted and wanted not in names:
            raise SettingsError(f"{assembly.bare.id} has no group {group!r}, but {names}")
        dataset = _root(assembly)
        if wanted:
            place = {name: dataset[name].variable for name in fm301.SITE}
            dataset = _sweep(assembly, names.index(wanted), first_dim).assign_coords(place)
        return _decoded(dataset, drop_variables, decode_times)

    def open_groups_as_dict(
        self,
        filename_or_obj: Any,  # noqa: ANN401
        *,
        drop_variables: str | Iterable[str] | None = None,
        decode_times: Any = True,  # noqa: ANN401
        first_dim: FirstDim = "auto",
        network: str | os.PathLike[str] | None = None,
    ) -> dict[str, xr.Dataset]:
        """Open the root and all sweeps."""
        assembly = _open(filename_or_obj, network)
        groups = {"/": _root(assembly)}
        for index in range(len(assembly.bare.sweeps)):
            groups[f"/{fm301.sweep_name(index)}"] = _sweep(assembly, index, first_dim)
        return {
            path: _decoded(group, drop_variables, decode_times) for path, group in groups.items()
        }

    def open_datatree(self, filename_or_obj: Any, **options: Any) -> xr.DataTree:  # noqa: ANN401
        """Open the root and all sweeps as a tree."""
        return xr.DataTree.from_dict(self.open_groups_as_dict(filename_or_obj, **options))


class _Moment(BackendArray):
    """One sweep of a field, inflated when it is indexed."""

    def __init__(self, assembly: Assembly, field: str, index: int, north: int | None) -> None:
        sweep = assembly.bare.sweeps[index]
        self.shape, self.dtype = (sweep.rays, sweep.gates), np.dtype(np.float32)
        self._assembly, self._field, self._index = assembly, field, index
        self._north = north

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:  # noqa: ANN401
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._taken
        )

    def _taken(self, key: tuple[Any, ...]) -> Any:  # noqa: ANN401
        with naming(f"{self._assembly.bare.id} {self._field}"):
            values = self._assembly.values(self._field, self._index)
        if self._north is not None:
            values = np.roll(values, -self._north, axis=0)
        rows, columns = key
        return values[rows][:, columns] if np.ndim(rows) else values[rows, ..., columns]


def _open(source: Any, network: str | os.PathLike[str] | None) -> Assembly:  # noqa: ANN401
    path = environment().network_file if network is None else Path(network)
    return open_volume(source, load_network(path))


def _root(assembly: Assembly) -> xr.Dataset:
    group = fm301.root(assembly.bare)
    dataset = xr.Dataset(_variables(group), attrs=dict(group.attributes))
    if assembly.bare.id.strategy == UNKNOWN_STRATEGY:
        for name in ("scan_name", "scan_id"):
            del dataset.attrs[name]
    return dataset.set_coords(fm301.SITE)


def _sweep(assembly: Assembly, index: int, first_dim: FirstDim) -> xr.Dataset:
    """A sweep without the place of the radar; rays by azimuth, or in the order of acquisition."""
    volume = assembly.bare
    group = fm301.sweep(volume, index)
    dataset = xr.Dataset(_variables(group))
    dataset = dataset.set_coords([name for name in fm301.COORDINATES if name in dataset])
    north = None
    if first_dim == "auto":
        azimuth = dataset["azimuth"].values
        north = int(azimuth.argmin())
        dataset = dataset.roll(time=-north, roll_coords=True).swap_dims(time="azimuth")
    for field in assembly.names:
        values = indexing.LazilyIndexedArray(_Moment(assembly, field, index, north))
        dataset[fm301.moment_name(field)] = xr.Variable(
            (dataset["azimuth"].dims[0], "range"),
            values,
            fm301.moment_attributes(field, volume),
            {"_FillValue": FILL, "_Undetect": fm301.UNDETECT, "dtype": np.dtype(np.float32)},
        )
    return dataset


def _variables(group: fm301.Group) -> dict[str, xr.Variable]:
    return {
        name: xr.Variable(item.dims, item.values, dict(item.attributes))
        for name, item in group.variables.items()
    }


def _decoded(
    dataset: xr.Dataset,
    drop_variables: str | Iterable[str] | None,
    decode_times: Any,  # noqa: ANN401
) -> xr.Dataset:
    return xr.decode_cf(
        dataset, decode_times=decode_times, decode_coords=False, drop_variables=drop_variables
    )
